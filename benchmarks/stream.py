"""A network trained from the emulator's stream against the same network trained from stored quartets.

Usage: python benchmarks/stream.py [--model C] [--architecture mcnn-spline] [--quartets 2000] [--epochs 45] [--clean]

Both see the same number of quartets an epoch, the same validation part and are tested on the same stored quartets.
With many epochs the stream shows what data without end teach a network: is it limited by the data or by its steps?
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from relaxnet.core.console import run_cleanly

SOURCES = ("stored", "stream")
CLEAN = {"noise": 0.0, "epsilon": 0.01}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="C")
    parser.add_argument("--architecture", help="default: the model's")
    parser.add_argument("--quartets", type=int, default=2000)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--clean", action="store_true", help="no noise while training, epsilon 0.01: as in the paper")
    parser.add_argument("--from", dest="sources", nargs="+", choices=SOURCES, default=SOURCES)
    arguments = parser.parse_args()

    from relaxnet.workflow.tasks import Task

    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.dataset import LocalProcesses, select, write_dataset
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.studies.relaxation.physics import chr_program
    from relaxnet.studies.relaxation.samples.stream import EmulatedStream, project_emulator
    from relaxnet.workflow.train import fit

    params = load_params(PARAMS_FILE)
    model = params.model(arguments.model)
    if arguments.architecture:
        model = model.model_copy(update={"architecture": arguments.architecture})
    config = params.training(model.architecture).model_copy(update={"epochs": arguments.epochs or params.train.epochs})
    if arguments.clean:
        quiet = {key: value for key, value in CLEAN.items() if key in config.network}
        config = config.model_copy(update={"network": {**config.network, **quiet}})
    with tempfile.TemporaryDirectory() as folder:
        quartets = select(model.subset, arguments.quartets, params.simulate.seed)
        write_dataset(
            Path(folder),
            quartets.parameters(),
            source=model.subset,
            program=chr_program(),
            seed=params.simulate.seed,
            index=quartets,
            executor=LocalProcesses(os.cpu_count() or 1),
        )
        task = Task.prepare(Path(folder), params, config)
        emulator = project_emulator(project_root())
        stream = EmulatedStream(emulator, model.subset, task.source.grid_k)
        start, count = time.monotonic(), 20_000
        stream.draw(np.random.default_rng(0), count)
        seconds = time.monotonic() - start
        print(f"stream: {count / seconds:.0f} quartets/s on a grid of {len(task.source.grid_k)} points x 6 scans")
        test = task.usual(task.parts.test, params.evaluate.largest_cp_n_max)
        truth = task.source.targets[test]
        print(f"{'trained from':14s} {'beta':>7s} {'x':>7s} {'dh':>7s} {'ln A':>7s}   val_loss   seconds")
        for name in arguments.sources:
            chosen = config.model_copy(update={"stream": name == "stream"})
            estimator, trained = fit(f"{arguments.model} {name}", model, task, chosen, data_hash=name)
            error = np.abs(estimator.estimate(task.source.inputs(test)) - truth)
            shares = [
                (error[:, column] <= limit).mean() for column, limit in ((3, 0.02), (2, 0.02), (1, 1e4), (0, 1.0))
            ]
            cells = " ".join(f"{100 * share:6.1f}%" for share in shares)
            print(f"{name:14s} {cells}   {trained.history['val_loss'][-1]:.2e}   {trained.seconds:.0f}")
        print("shares of test quartets within 0.02 (beta, x), 10 kJ/mol (dh), 1 (ln A)")


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
