"""Which trainings the benchmark makes, and how many optimiser steps each may have."""

from __future__ import annotations

from collections.abc import Sequence

from .runs import PHOTOGRAPHS, Run

SEEDS = (1, 2, 3)
COURSE, MANY = 364, 10_000  # training images of the course, and of the other end
SIZES = (100, 300, 1000, 3000, MANY)
PLAIN = ("baseline", "tuned", "equivariant")
SIDE_BY_SIDE = 1.65  # what two trainings of a thread each do, against one
FEWEST, MOST = 20, 3600  # steps; the course has 300 epochs of 12


def runs(steps: int, weights: Sequence[str]) -> list[list[Run]]:
    """Rounds of trainings; a later round starts from networks of an earlier one.  What matters most comes first."""
    sources = [Run(name, "all", "none", 10**9, 1, steps, "others") for name in PHOTOGRAPHS if "pretrained" in weights]
    first = [Run(name, "all", "none", COURSE, seed, steps) for seed in SEEDS for name in PLAIN]
    first += [Run(name, "all", "none", size, 1, 0) for name in ("boosting", "bounds") for size in (COURSE, *SIZES)]
    heads = [Run(name, "head", kind, COURSE, seed, steps) for seed in SEEDS for kind in weights for name in PHOTOGRAPHS]
    fine = [Run(name, "all", kind, COURSE, seed, steps) for seed in SEEDS for kind in weights for name in PHOTOGRAPHS]
    sizes = [Run(name, "all", "none", size, seed, steps) for seed in SEEDS for size in SIZES for name in PLAIN]
    many = [Run(name, "head", "pretrained", MANY, 1, steps) for name in PHOTOGRAPHS if "pretrained" in weights]
    last = [Run(name, "all", kind, MANY, 1, steps) for name in PHOTOGRAPHS for kind in weights if kind != "imagenet"]
    return [[*first, *sources], [*heads, *sizes], fine, many, last]


def steps_within(budget_s: float, seconds_a_step: dict[str, float], weights: Sequence[str]) -> int:
    """Steps of every training that fit into the budget, by the time of a step of each network."""
    one = sum(
        seconds_a_step[run.model] * (0.35 if run.part == "head" else 1.0)  # forward only, once for all epochs at best
        for turn in runs(1, weights)
        for run in turn
        if run.steps
    )
    return int(min(max(SIDE_BY_SIDE * budget_s / one, FEWEST), MOST))
