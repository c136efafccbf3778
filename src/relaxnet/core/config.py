"""Configs that are checked: anything wrong is one clear line."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidInputError

Share = Annotated[float, Field(gt=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0)]


class Config(BaseModel):
    """Base: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ConfigType = TypeVar("ConfigType", bound=Config)


def parse(kind: type[ConfigType], values: Any, prefix: str = "") -> ConfigType:
    """Check ``values`` against a config class; the first thing that is wrong is an `InvalidInputError`."""
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
