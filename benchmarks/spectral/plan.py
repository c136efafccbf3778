"""Which trainings the benchmark makes, in which order, and how many optimiser steps each may have."""

from __future__ import annotations

from collections.abc import Mapping

from budgeted.plan import SIDE_BY_SIDE, Speed
from budgeted.plan import steps_within as fitting

from .molecules import TEST, VALIDATION
from .runs import BATCH, KERNEL_RIDGE, LOSSES, POINTS_OF_CURVE, SOLVED, Run

SEEDS = (1, 2, 3)
SIGMAS_EV, POINTS = (0.1, 0.3, 0.5), (300, 500, 700)
SIZES = (1000, 3000, 10_000, 30_000, 100_000)
LONG = 8  # times the steps of the others have those on ever more molecules, to see as many as there are
OF_REPORT = ("rmse", "smooth", "logcosh", "cosine", "pearson")
LEAST, MOST = 2 * POINTS_OF_CURVE, 15_000  # an epoch (a twelfth) of the longest training is to fit into memory


def rounds(steps: int, most: int) -> list[list[Run]]:
    """All once, then again with other seeds; after that the errors against the number of molecules, likewise.

    ``most`` is the number of training molecules that there are, which all but the last trainings have.  These take
    `LONG` times the ``steps``.
    """
    first = [[*(_solved(most) if seed == 1 else []), *_experiments(steps, most, seed)] for seed in SEEDS]
    last = [[*_sizes(LONG * steps, most, seed), *(_solved_sizes(most) if seed == 1 else [])] for seed in SEEDS]
    return [*first, *last]


def _experiments(steps: int, most: int, seed: int) -> list[Run]:
    """The report's three experiments by its optimiser and by ours, and outputs that cannot be negative."""

    def run(sigma_ev: float = 0.5, points: int = 300, loss: str = "rmse", rate: str = "cosine", **others: str) -> Run:
        return Run(others.pop("model", "cnn"), sigma_ev, points, loss, most, seed, steps, rate=rate, **others)

    found = []
    for rate in ("cosine", "report"):
        found += [run(sigma_ev=sigma, rate=rate) for sigma in SIGMAS_EV]
        found += [run(sigma_ev=0.1, points=points, rate=rate) for points in POINTS[1:]]
        found += [run(loss=loss, rate=rate) for loss in (LOSSES if rate == "cosine" else OF_REPORT) if loss != "rmse"]
    found += [run(output=output, sigma_ev=sigma) for output in ("non-negative", "area") for sigma in (0.5, 0.1)]
    return found + [run(model="levels", sigma_ev=sigma) for sigma in SIGMAS_EV]


def _solved(most: int) -> list[Run]:
    return [Run(model, sigma, 300, "mse", most, 1, 0) for model in SOLVED for sigma in SIGMAS_EV]


def _sizes(steps: int, most: int, seed: int) -> list[Run]:
    """The CNN on ever more molecules; the report's rate and the levels network on ``most``."""

    def run(model: str, sigma_ev: float, count: int, rate: str = "cosine") -> Run:
        return Run(model, sigma_ev, 300, "rmse", count, seed, steps, rate=rate)

    others = [run("levels", 0.1, most), run("cnn", 0.5, most, rate="report")]
    return [*(run("cnn", 0.5, count) for count in [*(size for size in SIZES if size < most), most]), *others]


def _solved_sizes(most: int) -> list[Run]:
    """Of kernel ridge."""
    return [Run("kernel_ridge", 0.5, 300, "mse", size, 1, 0) for size in SIZES if size < most and size <= KERNEL_RIDGE]


def seconds(run: Run, speeds: Mapping[str, Speed]) -> float:
    """Time of a training of one thread with its test."""
    if run.model in SOLVED:
        return 10.0 if run.model == "mean" else 20.0 + 300.0 * (min(run.molecules, KERNEL_RIDGE) / KERNEL_RIDGE) ** 3
    speed = speeds["levels" if run.model == "levels" else str(run.points)]
    return 10.0 + speed.start + run.steps * speed.step + (POINTS_OF_CURVE * VALIDATION + TEST) * speed.image


def hours(steps: int, most: int, speeds: Mapping[str, Speed]) -> float:
    """Time of all trainings on two cores."""
    return sum(seconds(run, speeds) for turn in rounds(steps, most) for run in turn) / SIDE_BY_SIDE / 3600.0


def steps_within(budget_hours: float, most: int, speeds: Mapping[str, Speed]) -> int:
    """Steps of every training, so that all fit into the budget; an `InvalidInputError` if not even the least do."""
    candidates = range(LEAST, MOST + 1, POINTS_OF_CURVE)
    return fitting(budget_hours, candidates, lambda steps: hours(steps, most, speeds))


def speed(name: str) -> Speed:
    """Measure the CNN of so many points, or the levels network."""
    import time

    from budgeted.plan import measured

    from relaxnet.core.backend import load_keras

    load_keras(1)
    import keras
    import numpy as np

    from relaxnet.models.blocks.architectures import build

    from .runs import NETWORKS

    began, points = time.process_time(), 300 if name == "levels" else int(name)
    which = "levels:levels" if name == "levels" else "cnn:cnn"
    network = build(f"{NETWORKS}.{which}", {}, {"coulomb": (29, 29, 1)}, points)
    matrices = np.random.default_rng(1).normal(0.0, 10.0, (BATCH, 29, 29, 1)).astype("float32")
    found = measured(network.body, [matrices], np.zeros((BATCH, points), dtype="float32"), began)
    keras.backend.clear_session()
    return found
