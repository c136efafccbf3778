"""Which trainings the benchmark makes, in which order, and how many optimiser steps each may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgeted.plan import SIDE_BY_SIDE, Speed
from budgeted.plan import steps_within as fitting

from .cells import TEST, VALIDATION
from .runs import ALL, BATCH, POINTS, UNIT, Run, epoch_steps
from .trainings import BACKBONES, PLAIN, SOLVED, TIMED

SEEDS = (1, 2, 3)
COURSE, MANY = 364, 10_000  # training images of the course, 70 % of its 520, and of the other end
SIZES = (100, COURSE, 1000, 3000, MANY)
OF_SIZES = ("baseline", "tuned", "tuned-copies", "equivariant")
LONG = 4  # times the steps of the others have those of `OF_SIZES`, to come as far as their images let them
LONG_SEEDS = SEEDS[:2]
TRIALS = 24  # of the course's grid, and of a search beside it
LEAST, MOST = 2 * UNIT, 3600  # steps; the course has 300 epochs of 12


def first_rounds(steps: int, weights: Sequence[str]) -> list[list[Run]]:
    """What tells most: all models once, then our own entry and the course's networks at both ends, three times.

    A later round starts from networks of an earlier one.
    """
    sources = [Run(name, "all", "none", ALL, 1, steps, "others") for name in BACKBONES if "pretrained" in weights]
    ends = [[_plain(name, size, seed, steps) for size in (COURSE, MANY) for name in PLAIN] for seed in SEEDS]
    solved = [_plain(name, size, 1, 0) for name in SOLVED for size in (COURSE, MANY)]
    return [[*solved, *ends[0], *sources], _transfer(COURSE, 1, steps, weights), [*ends[1], *ends[2]]]


def further_rounds(steps: int, weights: Sequence[str]) -> list[list[Run]]:
    """Errors against the number of images once, the rest of transfer, and the other seed of the former."""
    sizes = [[_plain(name, size, seed, LONG * steps) for size in SIZES for name in OF_SIZES] for seed in LONG_SEEDS]
    solved = [_plain(name, size, 1, 0) for name in SOLVED for size in SIZES if size not in (COURSE, MANY)]
    transfer = [run for seed in SEEDS[1:] for run in _transfer(COURSE, seed, steps, weights)]
    many = [run for run in _transfer(MANY, 1, steps, weights) if (run.way, run.weights) != ("head+all", "none")]
    return [[*solved, *sizes[0]], transfer, [run for run in many if run.way != "head"], *sizes[1:]]


def _plain(name: str, images: int, seed: int, steps: int) -> Run:
    return Run(name, "all", "none", images, seed, steps)


def _transfer(images: int, seed: int, steps: int, weights: Sequence[str]) -> list[Run]:
    """The same stages for every source of weights; and random weights trained as a whole from the beginning."""
    ways = [("all", "none"), *((way, kind) for kind in weights for way in ("head+all", "head"))]
    return [Run(name, way, kind, images, seed, steps) for way, kind in ways for name in BACKBONES]


def seconds(run: Run, speeds: Mapping[str, Speed]) -> float:
    """Time of a training of one thread with its test."""
    if run.model in SOLVED:
        return 60.0 * max(1.0, run.images / 1000.0) if run.model == "boosting" else 5.0
    speed, images = speeds[TIMED[run.model]], min(run.images, MANY)
    total = TEST * speed.image
    for part, steps in run.stages():
        frozen = part == "head"
        looked_at = epoch_steps(part, steps, images) * BATCH + VALIDATION if frozen else POINTS * VALIDATION
        total += speed.start + looked_at * speed.image + (0.0 if frozen else steps * speed.step)
    return total


def hours(steps: int, weights: Sequence[str], speeds: Mapping[str, Speed]) -> float:
    """Time of the whole benchmark on two cores."""
    turns = [*first_rounds(steps, weights), *further_rounds(steps, weights)]
    searches = 2 * TRIALS * seconds(_plain("flexible", COURSE, 1, steps), speeds)
    return (searches + sum(seconds(run, speeds) for turn in turns for run in turn)) / SIDE_BY_SIDE / 3600.0


def steps_within(budget_hours: float, weights: Sequence[str], speeds: Mapping[str, Speed]) -> int:
    """Steps of every training, so that all fit into the budget.

    Raises
    ------
    InvalidInputError
        If not even the least number fits.
    """
    return fitting(budget_hours, range(LEAST, MOST + 1, UNIT), lambda steps: hours(steps, weights, speeds))
