"""What every study configures alike, and how a config is checked: anything wrong is one clear line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from .errors import InvalidInputError

Share = Annotated[float, Field(gt=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0)]


class Config(BaseModel):
    """Base: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SplitConfig(Config):
    """Shares of training, validation and test data; they add up to 1."""

    train: Share
    validation: Share
    test: Share
    seed: Seed

    @model_validator(mode="after")
    def _adds_up(self) -> SplitConfig:
        if abs(self.train + self.validation + self.test - 1.0) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self


class ModelConfig(Config):
    """One model: where it lives, what it is, how its errors are weighted (by target name)."""

    subset: str
    architecture: str
    weights: dict[str, NonNegative]


class OptimizerConfig(Config):
    """Optimiser and the course of its learning rate.

    ``warmup`` is the share of a cosine course in which the rate rises from 0; ``beta_2`` is Adam's decay of the mean
    squared gradient, which should forget much faster than the training lasts: gradients fall by orders of magnitude.
    """

    name: Literal["adam", "sgd"]
    learning_rate: Positive
    schedule: Literal["constant", "cosine"]
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    beta_2: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _applies(self) -> OptimizerConfig:
        if self.warmup and self.schedule != "cosine":
            raise ValueError(f"without warmup where the schedule is {self.schedule}")
        if self.beta_2 is not None and self.name != "adam":
            raise ValueError(f"without beta_2 where the name is {self.name}")
        return self


class TrainConfig(Config):
    """Network sizes and optimisation; ``network`` is checked by the architecture that it is for.

    ``xla`` compiles TensorFlow's training step, ``precision`` is that of its arithmetic; weights and the saved network
    are float32 in any case.  Neither pays on processors at small sizes: `benchmarks/training.py` measures it.
    """

    network: dict[str, Any] = Field(default_factory=dict)
    optimizer: OptimizerConfig
    batch_size: PositiveInt
    epochs: PositiveInt
    seed: Seed
    xla: bool = False
    precision: Literal["float32", "mixed_bfloat16"] = "float32"


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
