"""A network trained from the emulator's stream against the same network trained from stored quartets.

Usage: python benchmarks/stream.py [--model C] [--architecture mcnn-spline] [--quartets 2000] [--epochs 45] [--clean]

Both see the same number of quartets an epoch, the same validation part and are tested on the same stored quartets.
With many epochs the stream shows what data without end teach a network: is it limited by the data or by its steps?
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from relaxnet.core.backend import load_keras
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

    load_keras()
    from training import simulate

    from relaxnet.datasets.source import in_blocks
    from relaxnet.studies.relaxation.study import STUDY
    from relaxnet.workflow.fit import Task, fit
    from relaxnet.workflow.params import load_params
    from relaxnet.workflow.project import Project
    from relaxnet.workflow.recipe import Recipe, recipe, with_config

    here = Project.find(STUDY.name)
    params = load_params(STUDY.params, here.params)
    chosen = recipe(params, arguments.model)
    if arguments.architecture:
        model = chosen.model.model_copy(update={"architecture": arguments.architecture})
        chosen = Recipe(chosen.name, model, params.training(model.architecture))
    chosen = with_config(chosen, epochs=arguments.epochs or params.train.epochs)
    if arguments.clean:
        quiet = {key: value for key, value in CLEAN.items() if key in chosen.config.network}
        chosen = with_config(chosen, network={**chosen.config.network, **quiet})
    with tempfile.TemporaryDirectory() as folder:
        project = simulate(Path(folder), chosen.model.subset, arguments.quartets, params.simulate.seed)
        task = Task.prepare(STUDY, project, params, chosen, "stored")
        stream = STUDY.stream(with_config(chosen, stream=True), task.source, here.workspace)
        start, count = time.monotonic(), 20_000
        stream.draw(np.random.default_rng(0), count)
        seconds = time.monotonic() - start
        print(f"stream: {count / seconds:.0f} quartets/s on a grid of {len(task.source.grid_k)} points x 6 scans")
        test = STUDY.kept(task.source, task.parts.test, params)
        truth = task.source.targets[test]
        print(f"{'trained from':14s} {'beta':>7s} {'x':>7s} {'dh':>7s} {'ln A':>7s}   val_loss   seconds")
        for name in arguments.sources:
            one = with_config(replace(chosen, name=f"{arguments.model} {name}"), stream=name == "stream")
            estimator, trained = fit(STUDY, replace(task, recipe=one), here.workspace)
            error = np.abs(in_blocks(estimator.estimate, task.source, test) - truth)
            shares = [
                (error[:, column] <= limit).mean() for column, limit in ((3, 0.02), (2, 0.02), (1, 1e4), (0, 1.0))
            ]
            cells = " ".join(f"{100 * share:6.1f}%" for share in shares)
            print(f"{name:14s} {cells}   {trained.history['val_loss'][-1]:.2e}   {trained.seconds:.0f}")
        print("shares of test quartets within 0.02 (beta, x), 10 kJ/mol (dh), 1 (ln A)")


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
