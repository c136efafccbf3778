"""The samplers and pruners of Optuna, seeded anew for each trial."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from .config import PrunerConfig, SamplerConfig
from .space import Space, cells

RETRIED = "failed_trial"  # Optuna's attribute of a trial that repeats another: the number of the first one


def position(trials: Sequence[FrozenTrial], trial: FrozenTrial) -> int:
    """Which of the points of the search a trial is: a repeated one is where the first one was."""
    original = trial.system_attrs.get(RETRIED, trial.number)
    return sum(other.number < original and RETRIED not in other.system_attrs for other in trials)


class SeededSampler(BaseSampler):  # type: ignore[misc]  # Optuna is not followed by mypy
    """A sampler made anew for each trial, by the trial's place in the search.

    What a trial gets depends on the trials before it, not on who runs it or on what this process has drawn before.
    """

    def __init__(self, study: Any, make: Callable[[int], BaseSampler]) -> None:
        self._study, self._make, self._inner = study, make, make(0)

    def before_trial(self, study: Any, trial: FrozenTrial) -> None:
        """Seed the sampler for this trial."""
        self._inner = self._make(position(self._study.get_trials(deepcopy=False), trial))
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(self, study: Any, trial: FrozenTrial) -> dict[str, Any]:
        """See Optuna."""
        found: dict[str, Any] = self._inner.infer_relative_search_space(study, trial)
        return found

    def sample_relative(self, study: Any, trial: FrozenTrial, search_space: dict[str, Any]) -> dict[str, Any]:
        """See Optuna."""
        found: dict[str, Any] = self._inner.sample_relative(study, trial, search_space)
        return found

    def sample_independent(self, study: Any, trial: FrozenTrial, param_name: str, param_distribution: Any) -> Any:
        """See Optuna."""
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Any, trial: FrozenTrial, state: Any, values: Sequence[float] | None) -> None:
        """See Optuna."""
        self._inner.after_trial(study, trial, state, values)


class CellSampler(BaseSampler):  # type: ignore[misc]  # as above
    """One combination of a grid.

    Optuna's own grid gives a combination to two workers at once now and then; here the number of a trial decides.
    """

    def __init__(self, space: Space, cell: dict[str, Any]) -> None:
        self._space, self._cell = space, cell

    def infer_relative_search_space(self, *_: Any) -> dict[str, Any]:
        """None: all values are given."""
        return {}

    def sample_relative(self, *_: Any) -> dict[str, Any]:
        """None: all values are given."""
        return {}

    def sample_independent(self, _study: Any, _trial: FrozenTrial, param_name: str, _distribution: Any) -> Any:
        """Value of a parameter in the combination."""
        return self._space[param_name].encode(self._cell[param_name])


def make_sampler(config: SamplerConfig, space: Space, study: Any) -> SeededSampler:
    """Sampler of a study."""
    grid = cells(space) if config.name == "grid" else []
    conditional = any(parameter.when for parameter in space.values())

    def make(place: int) -> BaseSampler:
        seed = int(np.random.SeedSequence([config.seed, place]).generate_state(1)[0])
        if config.name == "grid":
            return CellSampler(space, grid[place % len(grid)])
        if config.name == "random":
            return optuna.samplers.RandomSampler(seed=seed)
        if config.name == "nsga2":
            return optuna.samplers.NSGAIISampler(seed=seed, population_size=max(2, config.startup_trials))
        with warnings.catch_warnings():  # groups are what Optuna has for parameters that do not always exist
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.TPESampler(
                n_startup_trials=config.startup_trials, seed=seed, multivariate=True, group=conditional
            )

    return SeededSampler(study, make)


def make_pruner(config: PrunerConfig, steps: int) -> Any:
    """Pruner of trials that report ``steps`` times, from step 0."""
    if config.name == "median":
        return optuna.pruners.MedianPruner(
            config.startup_trials, n_warmup_steps=config.warmup_epochs, interval_steps=1, n_min_trials=1
        )
    if config.name == "hyperband":
        return optuna.pruners.HyperbandPruner(
            min_resource=config.warmup_epochs, max_resource=max(steps, 1), reduction_factor=config.reduction
        )
    return optuna.pruners.NopPruner()
