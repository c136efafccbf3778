"""Why networks with the head of the course's report may stay at the mean: its ReLU units that an image still turns on.

Usage: python benchmarks/heads.py [--cells 364] [--seeds 4]

The head of an ImageNet backbone is a dense layer of 16 units with ReLU on pooled features, which are positive and much
alike for all images.  So the first steps of Adam move each unit for all images at once, and a unit that is off for all
of them has no gradient any more.  With all units off, the network gives the same constants for every image.  Backbones
have random weights and are frozen; heads are trained as in the report, on as many cells.  Two minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from elastic.runs import BATCH
from elastic.trainings import BACKBONES, HEAD_RATE, TRAININGS

from relaxnet.core.console import run_cleanly
from relaxnet.core.files import read_yaml

if TYPE_CHECKING:
    from relaxnet.studies.elasticity.samples.source import CellSource

PARAMS = Path(__file__).parents[1] / "pipelines" / "elasticity" / "params.yaml"
STEPS = (0, 10, 100)


def main() -> None:
    arguments = _arguments()
    from relaxnet.core.backend import load_keras

    load_keras(1)
    source = cells(arguments.cells)
    print("| backbone | spread of features / mean | units on, of 16, by seed: at first | after 10 steps | after 100 |")
    print("|---|---:|---|---|---|")
    for model in BACKBONES:
        found = [units_on(model, seed, source) for seed in range(1, arguments.seeds + 1)]
        spread = float(np.mean([one[0] for one in found]))
        counts = [", ".join(map(str, column)) for column in zip(*(one[1] for one in found), strict=True)]
        print(f"| {model} | {spread:.2f} | {' | '.join(counts)} |", flush=True)


def cells(count: int) -> CellSource:
    """Cells of the course's phases, as of the profile ``paper``."""
    from relaxnet.core.config import parse
    from relaxnet.studies.elasticity.dataset.config import SimulateConfig
    from relaxnet.studies.elasticity.dataset.reader import read
    from relaxnet.studies.elasticity.dataset.writer import write
    from relaxnet.studies.elasticity.samples.source import CellSource

    values = read_yaml(PARAMS)["profiles"]["paper"]["simulate"]["course"]
    with TemporaryDirectory() as folder:
        write(Path(folder), parse(SimulateConfig, {**values, "cells": count, "apart_from": None}))
        return CellSource(read(Path(folder)))


def units_on(model: str, seed: int, source: CellSource) -> tuple[float, list[int]]:
    """Spread of the features over the images, relative to their mean; units on for any image after each of `STEPS`."""
    import keras

    from relaxnet.core.backend import prepare_backend
    from relaxnet.models.blocks.architectures import build
    from relaxnet.models.blocks.network import arguments

    prepare_backend(seed)
    everything = np.arange(len(source.targets))
    network = build(TRAININGS[model].architecture, {"frozen": True}, source.input_shapes, source.targets.shape[1])
    views: Any = network.preprocess.predict(arguments(source.inputs(everything)), verbose=0)
    views = views[0] if isinstance(views, list) else views
    targets = (source.targets - source.targets.mean(axis=0)) / source.targets.std(axis=0)
    inside = keras.Model(network.body.inputs, [network.body.get_layer(name).output for name in ("pool", "dense")])
    network.body.compile(keras.optimizers.Adam(HEAD_RATE), "mse")
    generator, taken, counts = np.random.default_rng(seed), 0, []
    features, _ = inside.predict(views, verbose=0)
    for steps in STEPS:
        for _ in range(steps - taken):
            rows = generator.choice(everything, BATCH, replace=False)
            network.body.train_on_batch(views[rows], targets[rows])
        taken = steps
        counts.append(int((inside.predict(views, verbose=0)[1].max(axis=0) > 0).sum()))
    keras.backend.clear_session()
    return float(features.std(axis=0).mean() / features.mean()), counts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=364, help="cells to train on (default: 364, as in the report)")
    parser.add_argument("--seeds", type=int, default=4, help="heads of each backbone (default: 4)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
