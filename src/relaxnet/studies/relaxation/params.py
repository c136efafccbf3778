"""The sections of ``params.yaml``, checked: an unknown key, a wrong type or a value out of range is one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt

from relaxnet.core.config import (
    Config,
    ModelConfig,
    NonNegative,
    Positive,
    Seed,
    Share,
    SplitConfig,
    TrainConfig,
    parse,
)
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_yaml

PARAMS_FILE = Path("params.yaml")  # stages run in the project's folder
SubsetName = Literal["LU", "RU", "LB", "RB", "C", "G"]


class SimulateConfig(Config):
    """How many quartets of each subset, and where they are simulated (which the data do not depend on)."""

    quartets_per_subset: PositiveInt | Literal["all"]
    seed: Seed
    executor: Literal["local", "dask"] = "local"
    workers: Annotated[int, Field(ge=1, le=1024)] | None = None
    dask_address: Annotated[str, Field(min_length=1)] | None = None

    @property
    def count(self) -> int | None:
        """Number of quartets, None for all."""
        return None if self.quartets_per_subset == "all" else self.quartets_per_subset


class ValidateConfig(Config):
    """Bounds of the dataset's expectations."""

    scaling_sample: PositiveInt
    area_tolerance_k: Positive
    end_tolerance: Positive
    usual_cp_n_max: Annotated[float, Field(gt=1)]
    usual_share: Share


class SubsetModelConfig(ModelConfig):
    """One model: its subset of the state space, its architecture, how its errors are weighted (by target name)."""

    subset: SubsetName


class GridConfig(Config):
    """Temperature grid of a network's input: its span, its step, and the fewest points it may have."""

    step_c: Annotated[float, Field(ge=0.01, le=50)]
    span: Literal["subset", "full"]
    least_points: PositiveInt = 32


class SignalTrainConfig(TrainConfig):
    """Training of networks that read signals on a temperature grid.

    With ``stream`` every epoch draws as many new quartets from the emulator as the training part holds; validation
    and test stay with the stored ones.
    """

    grid: GridConfig
    stream: bool = False


class EvaluateConfig(Config):
    """What the evaluation leaves out, and the grid on which signals are compared."""

    largest_cp_n_max: Annotated[float, Field(gt=1)]
    signal_step_c: Positive


class CompareConfig(Config):
    """Noise of the real-material table."""

    noise: NonNegative
    noise_seed: Seed


class SearchConfig(Config):
    """Sizes of the hyper-parameter search."""

    trials: PositiveInt
    epochs: PositiveInt
    timeout_s: Positive
    subset: SubsetName
    architecture: str
    sampler_seed: Seed


class RegisterConfig(Config):
    """Name in the registry and the alias that the best candidate gets."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    alias: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Params(Config):
    """All of ``params.yaml``, with the chosen profile's sections in place.

    ``networks`` maps an architecture to its sizes, which the architecture checks.
    """

    profile: str
    models: dict[str, SubsetModelConfig]
    split: SplitConfig
    validate_: ValidateConfig = Field(alias="validate")
    evaluate: EvaluateConfig
    compare: CompareConfig
    register_: RegisterConfig = Field(alias="register")
    simulate: SimulateConfig
    train: SignalTrainConfig
    networks: dict[str, dict[str, Any]]
    search: SearchConfig

    def model(self, name: str) -> SubsetModelConfig:
        """Config of the model called ``name``.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        if name not in self.models:
            raise InvalidInputError("model", name, f"one of {', '.join(self.models)}")
        return self.models[name]

    def training(self, architecture: str) -> SignalTrainConfig:
        """Training configuration with the network sizes of ``architecture``.

        Raises
        ------
        InvalidInputError
            If the profile has none for it.
        """
        if architecture not in self.networks:
            raise InvalidInputError(f"profiles.{self.profile}.networks.{architecture}", "(missing)", "given")
        return self.train.model_copy(update={"network": self.networks[architecture]})


def load_params(path: Path) -> Params:
    """Read and check ``params.yaml``.

    Raises
    ------
    DataFileError
        If the file is missing or not YAML.
    InvalidInputError
        Naming the key, its value and what is allowed.
    """
    raw = read_yaml(path)
    profiles, profile = raw.pop("profiles", None), raw.get("profile")
    profiles = profiles if isinstance(profiles, dict) else {}
    if not isinstance(profile, str) or profile not in profiles:
        raise InvalidInputError("profile", profile, f"one of {', '.join(map(str, profiles))}")
    if not isinstance(profiles[profile], dict):
        raise InvalidInputError(f"profiles.{profile}", profiles[profile], "a mapping of sections")
    for section, values in profiles[profile].items():
        shared = raw.get(section, {})
        raw[section] = {**shared, **values} if isinstance(shared, dict) and isinstance(values, dict) else values
    return parse(Params, raw)
