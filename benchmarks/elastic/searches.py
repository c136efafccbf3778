"""The course's grid of 24 networks, and as many chosen by a tree-structured Parzen estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .plan import COURSE, TRIALS
from .runs import Run

Rows = Mapping[str, dict[str, Any]]
Work = Callable[[Sequence[Run]], Rows]
"""Does what is missing of some trainings, and gives their rows by name."""
SIDE = 2  # trials that TPE chooses at a time


def grid(spaces: Mapping[str, Any], steps: int) -> list[Run]:
    """All combinations of the grid."""
    from relaxnet.search.space import cells

    return [_run(cell, steps) for cell in cells(spaces["grid24"].space)]


def tpe(spaces: Mapping[str, Any], steps: int, work: Work) -> list[Run]:
    """As many trainings, each two chosen by the validation losses of all before.

    What it chooses depends on nothing but these, so that an interrupted search goes on by asking again.
    """
    return list(_asked(spaces["tpe24"], steps, work))


def _asked(config: Any, steps: int, work: Work) -> Iterator[Run]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=config.sampler.startup_trials, seed=config.sampler.seed, constant_liar=True
    )
    study = optuna.create_study(sampler=sampler)
    for _ in range(TRIALS // SIDE):
        trials = [study.ask() for _ in range(SIDE)]
        runs = [_run({name: one.suggest(trial, name) for name, one in config.space.items()}, steps) for trial in trials]
        rows = work(runs)
        for trial, run in zip(trials, runs, strict=True):
            study.tell(trial, rows[run.name]["curve"][-1][1])
            yield run


def table(searches: Mapping[str, Sequence[str]], rows: Rows) -> list[str]:
    """Best validation loss after a number of trainings, and the best network's error on the test cells.

    ``searches`` has the names of their trainings in order.
    """
    counts = (TRIALS // 3, 2 * TRIALS // 3, TRIALS)
    lines = [
        f"| search | {' | '.join(f'best of {count}' for count in counts)} | best network | its mean NRMSE |",
        f"|---|{'---:|' * len(counts)}---|---:|",
    ]
    for name, runs in searches.items():
        done = [rows[run] for run in runs if run in rows]
        if not done:
            continue
        losses = [row["curve"][-1][1] for row in done]
        best = done[losses.index(min(losses))]
        shown = [f"{min(losses[:count]):.4f}" if len(done) >= count else "–" for count in counts]
        setting = ", ".join(f"{key} {value:.3g}" for key, value in best["settings"])
        mean = sum(best["nrmse"].values()) / len(best["nrmse"])
        lines.append(f"| {name} | {' | '.join(shown)} | {setting} | {mean:.3f} |")
    return lines if len(lines) > 2 else []


def _run(values: Mapping[str, float], steps: int) -> Run:
    return Run("flexible", "all", "none", COURSE, 1, steps, settings=tuple(values.items()))
