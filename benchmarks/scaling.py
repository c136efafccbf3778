"""Throughput of the stage `simulate` against its size and its workers, and what follows for the whole plane.

Run: ``python benchmarks/scaling.py`` on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from distributed import Client, LocalCluster

from relaxnet.core.files import atomic_path
from relaxnet.studies.relaxation.dataset import DaskCluster, ln_a_table
from relaxnet.studies.relaxation.dataset.shards import SHARD_QUARTETS
from relaxnet.studies.relaxation.dataset.state_space import N_SHAPES

ROOT = Path(__file__).parents[1]
REPLAYED_SHARDS = 64


@dataclass(frozen=True)
class Timing:
    """One run of the stage, from starting Python to its end."""

    quartets: int
    wall_s: float
    stored_bytes: int

    @property
    def rate(self) -> float:
        return self.quartets / self.wall_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quartets", type=int, nargs="+", default=[256, 1024, 4096], help="sizes, rising")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers, rising from 1")
    parser.add_argument("--target-workers", type=int, default=64, help="of the extrapolation")
    parser.add_argument("--network", type=float, default=1.25, help="assumed for the client, GB/s (10 Gbit/s)")
    parser.add_argument("--disk", type=float, default=0.5, help="assumed for the client, GB/s")
    arguments = parser.parse_args()
    small, large = arguments.quartets[0], arguments.quartets[-1]

    stage(small, workers=1)  # compiles the kernels
    print(f"{os.cpu_count()} processors, shards of {SHARD_QUARTETS} quartets; whole processes, start-up included\n")
    print("executor  workers  quartets       s  quartets/s   ratio  a worker")
    by_size = [stage(count, workers=1) for count in arguments.quartets]
    for timing in by_size:
        line("local", 1, timing, by_size[0])
    for workers in arguments.workers[1:]:
        line("local", workers, stage(large, workers=workers), by_size[-1])
    first = None
    for workers in arguments.workers:
        with cluster(workers) as running:
            address = running.scheduler_address
            stage(workers * SHARD_QUARTETS, executor="dask", dask_address=address)  # the workers load the kernels
            timing = stage(large, executor="dask", dask_address=address)
            first = first or timing
            line("dask", workers, timing, first)
            shard_bytes = by_size[-1].stored_bytes * SHARD_QUARTETS // large
            overhead_s = min(client_overhead_s(address, shard_bytes) for _ in range(3))
    extrapolate(by_size, overhead_s, arguments)


def cluster(workers: int) -> LocalCluster:
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0")
    with Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(workers)
    return cluster


def stage(quartets: int, **choices: object) -> Timing:
    """Time the stage for subset C in a project folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = yaml.safe_load((ROOT / "params.yaml").read_text())
        raw["profiles"][raw["profile"]]["simulate"]["quartets_per_subset"] = quartets
        raw["simulate"] = choices
        (folder / "params.yaml").write_text(yaml.safe_dump(raw))
        command = [sys.executable, str(ROOT / "pipelines" / "simulate.py"), "relaxation", "C"]
        start_s = time.perf_counter()
        subprocess.run(command, cwd=folder, env={**os.environ, "DVC_ROOT": name}, stderr=subprocess.PIPE, check=True)
        wall_s = time.perf_counter() - start_s
        return Timing(
            quartets, wall_s, sum(path.stat().st_size for path in (folder / "data" / "relaxation" / "C").iterdir())
        )


def line(executor: str, workers: int, timing: Timing, reference: Timing) -> None:
    print(
        f"{executor:8s}  {workers:7d}  {timing.quartets:8d}  {timing.wall_s:6.2f}  {timing.rate:10.1f}  "
        f"{timing.rate / reference.rate:6.2f}  {timing.rate / workers:8.1f}",
        flush=True,
    )


def client_overhead_s(address: str, shard_bytes: int) -> float:
    """Time a shard takes the client when its workers need none: tell, fetch, write."""
    tasks = [partial(bytes, shard_bytes) for _ in range(REPLAYED_SHARDS)]
    with tempfile.TemporaryDirectory() as folder:
        start_s = time.perf_counter()
        for number, (_, content) in enumerate(DaskCluster(address).run(tasks)):
            with atomic_path(Path(folder, f"{number}.parquet")) as part:
                part.write_bytes(content)
        return (time.perf_counter() - start_s) / REPLAYED_SHARDS


def extrapolate(by_size: list[Timing], overhead_s: float, arguments: argparse.Namespace) -> None:
    """Say how long all quartets of the plane take, each limit on its own: they overlap, so the longest counts."""
    small, large = by_size[0], by_size[-1]
    quartet_s = (large.wall_s - small.wall_s) / (large.quartets - small.quartets)
    quartets = ln_a_table().size * N_SHAPES
    shards = -(-quartets // SHARD_QUARTETS)
    total_gb = large.stored_bytes / large.quartets * quartets / 1e9
    limits_s = {
        f"computing on {arguments.target_workers} workers like these": quartets * quartet_s / arguments.target_workers,
        f"client, {overhead_s * 1e3:.1f} ms a shard": shards * overhead_s,
        f"network at {arguments.network:g} GB/s": total_gb / arguments.network,
        f"disk at {arguments.disk:g} GB/s": total_gb / arguments.disk,
    }
    print(f"\nstart-up apart, a quartet takes a worker {quartet_s * 1e3:.3f} ms", end="")
    print(f" and {large.stored_bytes / large.quartets:.0f} bytes")
    print(f"all {quartets} quartets: {shards} shards, {total_gb:.1f} GB over the network and on the disk")
    for name, seconds in limits_s.items():
        print(f"  {name:36s} {seconds / 60:7.1f} min")
    print(f"  wall time, the longest of these      {max(limits_s.values()) / 60:7.1f} min")


if __name__ == "__main__":
    main()
