"""A whole subset, killed twice and resumed, against one made without interruption: bytes, time, memory, size.

Usage: python benchmarks/whole_subset.py [--subset C] [--quartets all] [--workers 2] [--folder DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from relaxnet.core.console import run_cleanly
from relaxnet.studies.relaxation.dataset import LocalThreads, select, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

SEED = 1


def make(folder: Path, subset: str, count: int | None, workers: int) -> None:
    """Simulate the subset into ``folder``, in this process and its workers."""
    quartets = select(subset, count, SEED)
    write_dataset(
        folder,
        quartets.parameters(),
        source=subset,
        program=chr_program(),
        seed=SEED,
        index=quartets,
        executor=LocalThreads(workers),
    )


def run(folder: Path, arguments: argparse.Namespace, kill_after_shards: int | None = None) -> tuple[float, float]:
    """Run a child, killed with SIGKILL after some shards; returns wall seconds and the largest memory in GB."""
    options = ["--subset", arguments.subset, "--quartets", arguments.quartets, "--workers", str(arguments.workers)]
    start, peak = time.monotonic(), 0.0
    child = subprocess.Popen([sys.executable, __file__, "--child", str(folder), *options])
    while child.poll() is None:
        peak = max(peak, memory_gb(child.pid))
        if kill_after_shards is not None and len(list(folder.glob("*.parquet"))) >= kill_after_shards:
            child.kill()
            child.wait()
        time.sleep(0.1)
    expected = 0 if kill_after_shards is None else -signal.SIGKILL
    if child.returncode != expected:
        raise SystemExit(f"the child ended with status {child.returncode}")
    return time.monotonic() - start, peak


def memory_gb(pid: int) -> float:
    """Proportional memory of a process and its descendants (shared pages are counted once)."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.Error:
        pass  # ended meanwhile
    return total / 1e9


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.parquet"))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subset", default="C")
    parser.add_argument("--quartets", default="all", help="a number, or all (default)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    count = None if arguments.quartets == "all" else int(arguments.quartets)
    if arguments.child:
        make(arguments.child, arguments.subset, count, arguments.workers)
        return
    quartets = len(select(arguments.subset, count, SEED))
    work = Path(tempfile.mkdtemp(dir=arguments.folder))
    try:
        seconds, peak = run(work / "whole", arguments)
        whole = digests(work / "whole")
        size = sum(path.stat().st_size for path in (work / "whole").iterdir())
        print(f"{arguments.subset}: {quartets} quartets, {len(whole)} shards, {size / 1e6:.0f} MB", end=" ")
        print(f"({size / quartets:.0f} B a quartet)")
        print(f"uninterrupted: {seconds:.0f} s, {quartets / seconds:.0f} quartets/s, at most {peak:.2f} GB of memory")
        stops = (len(whole) // 3, 2 * len(whole) // 3, None)
        parts = [run(work / "killed", arguments, stop)[0] for stop in stops]
        print(f"killed (SIGKILL) after a third and two thirds: {' + '.join(f'{part:.0f}' for part in parts)} s")
        same = digests(work / "killed") == whole
        print(f"same bytes: {'yes' if same else 'NO'}")
        if not same:
            raise SystemExit(1)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
