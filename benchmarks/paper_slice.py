"""A timed slice of the profile `paper`, and what the whole would take on this machine: hours and memory.

Usage: python benchmarks/paper_slice.py [--architecture mcnn-paper] [--steps 10] [--quick]

Simulates some quartets, decodes them on the paper's grid and trains a network of the paper's sizes for a few steps, on
batches made by threads, as it would be with all quartets. The times of the whole are products of these.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm
from training import Stopwatch, Trainer, feed_on_demand, prepared, print_markdown, profile_params, simulate

from relaxnet.core.backend import load_keras
from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dataset import select, subset_size
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import simulate_many

TEST_BATCHES = 2  # the first one compiles


@dataclass(frozen=True)
class Costs:
    """Measured seconds."""

    quartet_s: float  # to simulate it, on one processor
    decoding_s: float  # of a batch, by one thread
    first_step_s: float
    computing_s: float  # of a step
    step_s: float  # with the wait for the next batch
    test_step_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", default="mcnn-paper")
    parser.add_argument("--subset", default="C", help="of the quartets that are simulated")
    parser.add_argument("--quartets", type=int, default=400, help="simulated")
    parser.add_argument("--steps", type=int, default=10, help="timed, after the first, which compiles")
    parser.add_argument("--quick", action="store_true", help="two steps, to see that it runs")
    arguments = parser.parse_args()
    steps = 2 if arguments.quick else arguments.steps
    if steps < 1:
        raise InvalidInputError("--steps", steps, "at least 1")
    params = profile_params("paper")
    feed_on_demand()
    costs = measure(params, arguments.architecture, arguments.subset, arguments.quartets, steps)
    report(params, costs, steps)
    memory_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # Linux counts KiB
    print(f"at most {memory_gib:.1f} GiB of memory, without the processes that simulate")


def measure(params: RelaxationParams, architecture: str, subset: str, count: int, steps: int) -> Costs:
    """Do the slice; a first step, and a first validation step, are left out of the medians: they compile."""
    config = params.training(architecture)
    with tempfile.TemporaryDirectory() as name, tqdm(total=3, unit="part") as bar:
        bar.set_description("simulate")
        parameters = select(subset, count, params.simulate.seed).parameters()
        simulate_many(parameters)  # fits the exponential sums of all beta, once for all quartets
        simulating_s = cpu_s(lambda: simulate_many(parameters))
        project = simulate(Path(name), subset, count, params.simulate.seed)
        bar.update()
        bar.set_description("decode")
        task = prepared(project, params, subset, architecture)
        batch = np.resize(task.parts.train, config.batch_size)
        task.source.inputs(batch[:1])
        decoding_s = cpu_s(lambda: task.source.inputs(batch))
        bar.update()
        bar.set_description(f"train {1 + steps} steps, validate {TEST_BATCHES}")
        trainer = Trainer(architecture, task, config, 1 + steps, TEST_BATCHES)
        trainer.epoch(0)
        bar.update()
    points, scans = task.source.input_shapes["signals"]
    print(f"{architecture}: {trainer.n_parameters} parameters, {scans} signals of {points} points, batches of", end=" ")
    print(f"{config.batch_size}, {config.optimizer.name}; {os.cpu_count()} processors\n")
    watch = trainer.watch
    computing_s = float(np.median(watch.train_s[1:]))
    return Costs(
        simulating_s / count, decoding_s, trainer.first_s, computing_s, median_step_s(watch), watch.test_s[-1]
    )  # fmt: skip


def cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()  # of this process: other work on the machine counts less
    work()
    return time.process_time() - begun


def median_step_s(watch: Stopwatch) -> float:
    """From the beginning of a step to that of the next one, without the first."""
    return float(np.median(np.diff([*watch.begun[1:], watch.begun[-1] + watch.train_s[-1]])))


def report(params: RelaxationParams, costs: Costs, steps: int) -> None:
    """Print what was measured, and what follows for the seven models."""
    config, processors = params.train, os.cpu_count() or 1
    rows = [
        ["measured", "s"],
        ["simulating a quartet, CPU", f"{costs.quartet_s:.5f}"],
        ["decoding a batch, CPU", f"{costs.decoding_s:.3f}"],
        ["first step, with tracing and compiling", f"{costs.first_step_s:.1f}"],
        [f"a step, median of {steps}", f"{costs.computing_s:.2f}"],
        ["the same with the wait for the next batch", f"{costs.step_s:.2f}"],
        ["a step of validation", f"{costs.test_step_s:.2f}"],
    ]
    print_markdown(rows)
    rows = [["model", "training quartets", "steps an epoch", "h an epoch", f"days for {config.epochs} epochs"]]
    decoded = total_h = 0.0
    for name, model in params.models.items():
        quartets = subset_size(model.subset)
        train, test = round(quartets * params.split.train), round(quartets * params.split.validation)
        batches, test_batches = -(-train // config.batch_size), -(-test // config.batch_size)
        hours = (batches * costs.step_s + test_batches * costs.test_step_s) / 3600
        total_h += hours * config.epochs
        decoded += (batches + test_batches) * config.epochs
        rows.append([name, str(train), str(batches), f"{hours:.2f}", f"{hours * config.epochs / 24:.1f}"])
    rows.append(["all", "", "", "", f"{total_h / 24:.1f}"])
    print()
    print_markdown(rows)
    simulated = sum(subset_size(subset) for subset in {model.subset for model in params.models.values()})
    simulating_h = simulated * costs.quartet_s / 3600 / processors
    decoding_h = decoded * costs.decoding_s / 3600
    print(f"\nsimulating the {simulated} quartets of all subsets: {simulating_h:.2f} h on {processors} processors")
    print(f"decoding all batches of all epochs: {decoding_h:.0f} h of CPU, in the days above")


if __name__ == "__main__":
    load_keras()
    sys.exit(run_cleanly(main))
