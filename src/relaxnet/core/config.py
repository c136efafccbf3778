"""Configs that are checked: anything wrong is one clear line."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidInputError

MISSING = "(missing)"  # in place of the value, in an error's line
Share = Annotated[float, Field(gt=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]  # what NumPy's and Keras' generators take
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=100)]  # of a folder, and a part of a dotted path


class Config(BaseModel):
    """Base: frozen, unknown keys are refused, and so are numbers that are not finite, or are texts or booleans."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


ConfigType = TypeVar("ConfigType", bound=Config)


def parse(kind: type[ConfigType], values: Any, prefix: str = "") -> ConfigType:
    """Check plain values, as YAML and JSON have them, against a config class.

    The first thing that is wrong is an `InvalidInputError` of its dotted path, which begins with ``prefix``.
    """
    _check_plain(values, prefix)
    try:
        return kind.model_validate_json(json.dumps(values))  # JSON, in which a list may be a tuple, yet True no number
    except ValidationError as failure:
        errors = [(_existing(error["loc"], values, error["type"]), error) for error in failure.errors()]
        path, first = errors[0]
        field = ".".join([prefix, *path] if prefix else path) or kind.__name__
        if first["type"] == "extra_forbidden":
            where = field.rpartition(".")[0] or kind.__name__
            raise InvalidInputError(field, first["input"], f"absent: {where} has no such key") from None
        if first["type"] == "missing":
            raise InvalidInputError(field, MISSING, "given") from None
        # a value that may be one of several kinds breaks the rules of each
        allowed = dict.fromkeys(_allowed(error["msg"]) for other, error in errors if other == path)
        raise InvalidInputError(field, first["input"], " or ".join(allowed)) from None


def _allowed(message: str) -> str:
    words = message.removeprefix("Input should be ").removeprefix("Value error, ")
    return words.replace("a valid array", "a list").replace("an object", "a mapping").replace("a valid ", "a ")


def _existing(location: tuple[int | str, ...], values: Any, error_type: str) -> list[str]:
    """Path of an error, without the parts that only the config class has, such as the alternatives of a union."""
    path, here = list[str](), values
    for part in location:
        inside = part in here if isinstance(here, Mapping) else isinstance(here, list | tuple) and isinstance(part, int)
        if inside and not (isinstance(part, int) and part >= len(here)):
            here = here[part]
            path.append(str(part))
        elif error_type == "missing" and part == location[-1]:
            path.append(str(part))
    return path


def _check_plain(value: Any, path: str) -> None:
    """Refuse what JSON has not: dates, and keys that are numbers."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise InvalidInputError(f"{path}.{key}".lstrip("."), key, "a text: write the key in quotes")
            _check_plain(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _check_plain(inner, f"{path}.{number}".lstrip("."))
    elif not (value is None or isinstance(value, str | int | float)):
        raise InvalidInputError(path, value, "a number, a text, true, false, null, a list or a mapping")
