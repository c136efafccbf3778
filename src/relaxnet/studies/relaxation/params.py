"""The sections of the relaxation study's ``params.yaml`` that other studies do not have."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from relaxnet.core.config import Config, Name, Seed, Share, matching
from relaxnet.core.executors import ADDRESS_EXAMPLE, ADDRESS_PATTERN
from relaxnet.core.processes import MAX_WORKERS
from relaxnet.training.config import TrainConfig
from relaxnet.workflow.params import ModelConfig, StudyParams
from relaxnet.workflow.search_config import SearchConfig

from .dataset.sampling import Sampling
from .dataset.state_space import SUBSETS, subset_size
from .universal.config import UniversalConfig

SubsetName = Literal["LU", "RU", "LB", "RB", "C", "G"]
MAX_HELD_OUT = 1_000_000
_SMALLEST_SUBSET = min(map(subset_size, SUBSETS))


class SimulateConfig(Config):
    """How many quartets of each subset, on its lattice or anywhere in its region, and where they are simulated.

    The data do not depend on the last.
    """

    quartets_per_subset: Annotated[int, Field(ge=1, le=_SMALLEST_SUBSET)] | Literal["all"]
    sampling: Sampling = "lattice"
    seed: Seed
    executor: Literal["local", "dask"] = "local"
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None
    dask_address: Annotated[str, matching(ADDRESS_PATTERN, ADDRESS_EXAMPLE)] | None = None

    @field_validator("sampling")
    @classmethod
    def _has_a_count(cls, sampling: Sampling, found: ValidationInfo) -> Sampling:
        if sampling == "continuous" and found.data.get("quartets_per_subset") == "all":
            raise ValueError("lattice where quartets_per_subset is all")
        return sampling

    @property
    def count(self) -> int | None:
        """Number of quartets, None for all."""
        return None if self.quartets_per_subset == "all" else self.quartets_per_subset


class HeldOutConfig(Config):
    """Section ``test``: sizes and seeds of the test sets and of the tuning sets, and what their measurement adds.

    ``between`` and ``tuning`` are the numbers of quartets for a subset, with ``_plane`` for G and the whole plane;
    ``noise`` is the standard deviation of cp_n, ``lag_k`` the thermal lag.
    """

    between: Annotated[int, Field(ge=2, le=MAX_HELD_OUT)]
    between_plane: Annotated[int, Field(ge=2, le=MAX_HELD_OUT)]
    tuning: Annotated[int, Field(ge=2, le=MAX_HELD_OUT)]
    tuning_plane: Annotated[int, Field(ge=2, le=MAX_HELD_OUT)]
    seed: Seed
    tuning_seed: Seed
    noise: Annotated[float, Field(ge=0, le=1)]
    lag_k: Annotated[float, Field(ge=0, le=100)]

    @field_validator("tuning_seed")
    @classmethod
    def _is_another(cls, seed: int, found: ValidationInfo) -> int:
        if seed == found.data.get("seed"):
            raise ValueError("another one than test.seed: what tunes a model must not be what tests it")
        return seed


class ValidateConfig(Config):
    """Bounds of the dataset's expectations."""

    scaling_sample: Annotated[int, Field(ge=1, le=_SMALLEST_SUBSET)]
    area_tolerance_k: Annotated[float, Field(gt=0, le=100)]
    end_tolerance: Share
    usual_cp_n_max: Annotated[float, Field(gt=1)]
    usual_share: Share


class SubsetModelConfig(ModelConfig):
    """One model: its subset of the state space, its network, its loss with the weight of each target."""

    subset: SubsetName


class TemperatureGridConfig(Config):
    """Temperature grid of a network's input: its span, its step, and the fewest points it may have."""

    step_c: Annotated[float, Field(ge=0.01, le=50)]
    span: Literal["subset", "full"]
    min_points: Annotated[int, Field(ge=1, le=1_000_000)] = 32


class AugmentConfig(Config):
    """What is added to training signals: up to ``noise`` (standard deviation of cp_n) and up to ``lag_k`` of lag."""

    noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    lag_k: Annotated[float, Field(ge=0, le=100)] = 0.0


class SignalTrainConfig(TrainConfig):
    """Training of networks that read signals on a temperature grid.

    With ``stream`` every epoch draws as many new quartets from the emulator as the training part holds; validation
    and test stay with the stored ones.  ``augment`` is for the signals that are trained on, too, and no others.
    """

    grid: TemperatureGridConfig
    stream: bool = False
    augment: AugmentConfig = AugmentConfig()


class EvaluateConfig(Config):
    """What the evaluation leaves out, and the grid on which signals are compared."""

    largest_cp_n_max: Annotated[float, Field(gt=1)]
    signal_step_c: Annotated[float, Field(ge=0.01, le=50)]


class FitConfig(Config):
    """How many quartets of a noisy test set are fitted by least squares."""

    quartets: Annotated[int, Field(ge=1, le=1_000_000)]


class CompareConfig(Config):
    """Noise of the real-material table."""

    noise: Annotated[float, Field(ge=0, le=1)]
    noise_seed: Seed


class SubsetSearchConfig(SearchConfig):
    """The hyper-parameter search on one subset."""

    subset: SubsetName


class RelaxationParams(StudyParams):
    """All of the study's ``params.yaml``, with the chosen profile's sections in place."""

    models: Annotated[Mapping[Name, SubsetModelConfig], Field(min_length=1)]
    simulate: SimulateConfig
    validate_: ValidateConfig = Field(alias="validate")
    test: HeldOutConfig
    train: SignalTrainConfig
    evaluate: EvaluateConfig
    compare: CompareConfig
    fit: FitConfig
    search: SubsetSearchConfig
    universal: UniversalConfig
