"""How a space is searched: the sampler, and when hopeless trials are stopped; read without Optuna."""

from typing import Annotated, Literal

from pydantic import Field

from relaxnet.core.config import Config, Seed

SamplerName = Literal["tpe", "random", "grid", "nsga2"]
PrunerName = Literal["none", "median", "hyperband"]
Count = Annotated[int, Field(ge=1, le=100_000)]


class SamplerConfig(Config):
    """Where the next trial is: ``tpe``, ``random``, ``nsga2`` or ``grid``, which does every combination once.

    ``startup_trials`` are drawn at random before TPE begins to learn; of ``nsga2`` they are a generation.
    """

    name: SamplerName = "tpe"
    seed: Seed = 1
    startup_trials: Count = 10


class PrunerConfig(Config):
    """When a trial is stopped early: never, when it is worse than the median, or by brackets (``hyperband``).

    Attributes
    ----------
    startup_trials : int
        Of ``median``: as many trials run to their end before any is stopped.
    warmup_epochs : int
        No trial is stopped before as many epochs.
    reduction : int
        Of ``hyperband``: one of so many trials goes on to the next rung.
    """

    name: PrunerName = "median"
    startup_trials: Count = 5
    warmup_epochs: Count = 1
    reduction: Annotated[int, Field(ge=2, le=100)] = 3
