"""Configs that are checked: anything wrong is one clear line."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidInputError

MISSING = "(missing)"  # in place of the value, in an error's line
Share = Annotated[float, Field(gt=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]  # what NumPy's and Keras' generators take


def matching(pattern: str, allowed: str) -> AfterValidator:
    """Check of a whole text; ``allowed`` says in words what the pattern does."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(allowed)
        return text

    return AfterValidator(check)


# of a folder, and a part of a dotted path
Name = Annotated[str, matching(r"[A-Za-z0-9_-]{1,100}", "made of up to 100 letters, digits, '_' and '-'")]


class Config(BaseModel):
    """Base: frozen, unknown keys are refused, and so are numbers that are not finite, or are texts or booleans."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


_WORDS = {"a valid array": "a list", "an object": "a mapping", "a valid integer": "a whole number", "a valid ": "a "}

ConfigType = TypeVar("ConfigType", bound=Config)


def parse(kind: type[ConfigType], values: Any, prefix: str = "") -> ConfigType:
    """Check plain values, as YAML and JSON have them, against a config class.

    The first thing that is wrong is an `InvalidInputError` of its dotted path, which begins with ``prefix``.
    """
    try:
        return kind.model_validate_json(json.dumps(values))  # JSON, in which a list may be a tuple, yet True no number
    except ValidationError as failure:
        errors = [(_existing(error["loc"], values, error["type"]), error) for error in failure.errors()]

        def is_meant(path: list[str], error: Mapping[str, Any]) -> bool:
            """Of a value that may be of several kinds, a key that is right in another one is not what is wrong."""
            return error["type"] != "extra_forbidden" or path[-1] not in _keys_at(kind, path[:-1])

        path, first = next((one for one in errors if is_meant(*one)), errors[0])
        field = ".".join([prefix, *path] if prefix else path) or kind.__name__
        if first["type"] == "extra_forbidden":
            known = ", ".join(_keys_at(kind, path[:-1]))
            raise InvalidInputError(field, first["input"], f"absent; known keys: {known}") from None
        if first["type"] == "missing":
            raise InvalidInputError(field, MISSING, "given") from None
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, InvalidInputError):  # a validator that knows better where it lies
            raise InvalidInputError(".".join(filter(None, (field, inner.field))), inner.value, inner.allowed) from None
        # a value that may be one of several kinds breaks the rules of each
        allowed = dict.fromkeys(_allowed(error["msg"]) for other, error in errors if other == path)
        raise InvalidInputError(field, first["input"], " or ".join(allowed)) from None


def _keys_at(kind: type[BaseModel], path: list[str]) -> list[str]:
    """Keys that the config class at a path below ``kind`` has, all that are possible if it may be one of several."""
    kinds = [kind]
    for part in path:
        fields = [field for one in kinds for name, field in one.model_fields.items() if part in (name, field.alias)]
        # another part is a key of a mapping, or a place in a list, of configs
        kinds = list(dict.fromkeys(inner for field in fields for inner in _configs_in(field.annotation))) or kinds
    return list(dict.fromkeys(field.alias or name for one in kinds for name, field in one.model_fields.items()))


def _configs_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _configs_in(inner)


def _allowed(message: str) -> str:
    words = message.removeprefix("Input should be ").removeprefix("Value error, ")
    words = re.sub(r"^\w+ should have ", "with ", words)
    for pydantics, ours in _WORDS.items():
        words = words.replace(pydantics, ours)
    return words


def _existing(location: tuple[int | str, ...], values: Any, error_type: str) -> list[str]:
    """Path of an error, without the parts that only the config class has, such as the alternatives of a union."""
    path, here = list[str](), values
    for part in location:
        inside = part in here if isinstance(here, dict) else isinstance(here, list | tuple) and isinstance(part, int)
        if inside and not (isinstance(part, int) and part >= len(here)):
            here = here[part]
            path.append(str(part))
        elif error_type == "missing" and part == location[-1]:
            path.append(str(part))
    return path
