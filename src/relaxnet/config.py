"""The choices in ``params.yaml``, checked: an unknown key, a wrong type or a value out of range is one clear line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from .errors import DataFileError, InvalidInputError

Share = Annotated[float, Field(gt=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SubsetName = Literal["LU", "RU", "LB", "RB", "C", "G"]


class Config(BaseModel):
    """Base: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SimulateConfig(Config):
    """How many quartets of each subset."""

    quartets_per_subset: PositiveInt | Literal["all"]
    seed: Annotated[int, Field(ge=0)]

    @property
    def count(self) -> int | None:
        """Number of quartets, None for all."""
        return None if self.quartets_per_subset == "all" else self.quartets_per_subset


class ValidateConfig(Config):
    """Bounds of the dataset's expectations."""

    scaling_sample: PositiveInt
    area_tolerance_k: PositiveFloat
    end_tolerance: PositiveFloat
    usual_cp_n_max: Annotated[float, Field(gt=1)]
    usual_share: Share


class SplitConfig(Config):
    """Shares of training, validation and test data; they add up to 1."""

    train: Share
    validation: Share
    test: Share
    seed: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _adds_up(self) -> SplitConfig:
        if abs(self.train + self.validation + self.test - 1.0) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self


class ModelConfig(Config):
    """One model: where it lives, what it is, how its errors are weighted (by target name)."""

    subset: SubsetName
    architecture: str
    weights: dict[str, NonNegative]


class OptimizerConfig(Config):
    """Optimiser and the course of its learning rate."""

    name: Literal["adam", "sgd"]
    learning_rate: PositiveFloat
    schedule: Literal["constant", "cosine"]


class GridConfig(Config):
    """Temperature grid of a network's input: its span, its step, and the fewest points it may have."""

    step_c: Annotated[float, Field(ge=0.01, le=50)]
    span: Literal["subset", "full"]
    least_points: PositiveInt = 32


class TrainConfig(Config):
    """Network sizes and optimisation.

    ``network`` is checked by the architecture that it is for; ``grid`` belongs to studies whose inputs lie on one.
    """

    grid: GridConfig | None = None
    network: dict[str, Any]
    optimizer: OptimizerConfig
    batch_size: PositiveInt
    epochs: PositiveInt
    seed: Annotated[int, Field(ge=0)]


class EvaluateConfig(Config):
    """What the evaluation leaves out, and the grid on which signals are compared."""

    largest_cp_n_max: Annotated[float, Field(gt=1)]
    signal_step_c: PositiveFloat


class CompareConfig(Config):
    """Noise of the real-material table."""

    noise: NonNegative
    noise_seed: Annotated[int, Field(ge=0)]


class SearchConfig(Config):
    """Sizes of the hyper-parameter search."""

    trials: PositiveInt
    epochs: PositiveInt
    timeout_s: PositiveFloat
    subset: SubsetName
    sampler_seed: Annotated[int, Field(ge=0)]


class RegisterConfig(Config):
    """Name in the registry and the alias that the best candidate gets."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    alias: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class Params(Config):
    """All of ``params.yaml``, with the chosen profile's sections in place."""

    profile: str
    models: dict[str, ModelConfig]
    split: SplitConfig
    validate_: ValidateConfig = Field(alias="validate")
    evaluate: EvaluateConfig
    compare: CompareConfig
    register_: RegisterConfig = Field(alias="register")
    simulate: SimulateConfig
    train: TrainConfig
    search: SearchConfig

    def model(self, name: str) -> ModelConfig:
        """Config of the model called ``name``.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        if name not in self.models:
            raise InvalidInputError("model", name, f"one of {', '.join(self.models)}")
        return self.models[name]


def load_params(path: Path) -> Params:
    """Read and check ``params.yaml``.

    Raises
    ------
    DataFileError
        If the file is missing or not YAML.
    InvalidInputError
        Naming the key, its value and what is allowed.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataFileError(f"{path}: no such file") from None
    except (OSError, yaml.YAMLError) as error:
        raise DataFileError(f"{path}: not readable as YAML ({str(error).splitlines()[0]})") from None
    if not isinstance(raw, dict):
        raise DataFileError(f"{path}: must hold a mapping of sections")
    profiles, profile = raw.pop("profiles", None), raw.get("profile")
    if not isinstance(profiles, dict) or profile not in profiles:
        raise InvalidInputError("profile", profile, f"one of {', '.join(profiles or {})}")
    for section, values in profiles[profile].items():
        shared = raw.get(section, {})
        raw[section] = {**shared, **values} if isinstance(shared, dict) and isinstance(values, dict) else values
    return parse(Params, raw)


ConfigType = TypeVar("ConfigType", bound=Config)


def parse(kind: type[ConfigType], values: Any, prefix: str = "") -> ConfigType:
    """Check ``values`` against a config class.

    Raises
    ------
    InvalidInputError
        For the first thing that is wrong.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as failure:
        first = failure.errors()[0]
        field = ".".join([prefix, *map(str, first["loc"])] if prefix else map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            where = kind.__name__ if len(first["loc"]) == 1 else ".".join(map(str, first["loc"][:-1]))
            raise InvalidInputError(field, first["input"], f"absent: {where} has no such key") from None
        if first["type"] == "missing":
            raise InvalidInputError(field, "(missing)", "given") from None
        message = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        raise InvalidInputError(field, first["input"], message) from None


def project_root() -> Path:
    """Folder of the project in use: ``DVC_ROOT``, or the nearest parent with a ``params.yaml``.

    In a temporary copy made by ``dvc exp run --temp`` this is the original project, so that stores are shared.
    """
    start = Path(os.environ.get("DVC_ROOT", Path.cwd())).resolve()
    parts = start.parts
    if ".dvc" in parts:
        return Path(*parts[: parts.index(".dvc")])
    return next((folder for folder in (start, *start.parents) if (folder / "params.yaml").exists()), start)
