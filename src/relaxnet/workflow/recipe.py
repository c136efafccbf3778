"""One model to be trained: its entry in the params, with the sizes of the profile in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.models.blocks.architectures import find_architecture
from relaxnet.search.space import ParameterConfig, Space, around
from relaxnet.search.space import settings as space_settings
from relaxnet.training.config import TrainConfig

if TYPE_CHECKING:
    from .params import ModelConfig, StudyParams

_EXAMPLES = "a setting of a model or its training, as loss_weights.<target>, network.<size>, optimizer.learning_rate"


@dataclass(frozen=True)
class Recipe:
    """What a training needs to be told; ``name`` is for people, ``config`` has the network's sizes."""

    name: str
    model: ModelConfig
    config: TrainConfig


def recipe(params: StudyParams, name: str) -> Recipe:
    """Recipe of a model of the params.

    Raises
    ------
    InvalidInputError
        If there is no such model, or an architecture or option that does not exist.
    """
    model = params.model(name)
    find_architecture(model.architecture, f"models.{name}.architecture")
    check_sizes(params, model.architecture)
    found = Recipe(name, model, params.training(model.architecture))
    own = params.place(f"settings.{name}")
    for field, where, settings in (
        (f"models.{name}", f"models.{name}.set", model.set),
        (own, own, params.settings.get(name)),
    ):
        for path in settings or ():
            if path.partition(".")[0] in type(model).model_fields:
                raise InvalidInputError(where, path, "a setting of the network or of its training")
        if settings:
            found = changed(found, params, settings, name, field, where)
    return found


def changed(
    base: Recipe, params: StudyParams, settings: Mapping[str, Any], name: str, field: str, where: str | None = None
) -> Recipe:
    """Recipe with other settings, as a search or a grid makes it.

    Parameters
    ----------
    base, params
        ``params`` has the sizes of the architecture that is set.
    settings : mapping
        Values by path: ``loss_weights.x``, ``network.dense``, ``seed`` ...
    name : str
        Of the new recipe.
    field : str
        Where the settings are configured, for the error messages.
    where : str, optional
        Where their paths stand, by default in ``field.set``.

    Raises
    ------
    InvalidInputError
        For a path that is none, or a value that is not allowed there.
    """
    where = where or f"{field}.set"
    model = base.model.model_dump()
    of_model = {path: value for path, value in settings.items() if path.partition(".")[0] in model}
    for path, value in of_model.items():
        _set(model, path, value, where)
    new_model = parse(type(base.model), model, field)
    find_architecture(new_model.architecture)
    same = new_model.architecture == base.model.architecture
    network = base.config.network if same else params.training(new_model.architecture).network
    config = base.config.model_dump() | {"network": dict(network)}
    for path, value in settings.items():
        if path not in of_model:
            _set(config, path, value, where)
    new_config = parse(type(base.config), config, field)
    parse(find_architecture(new_model.architecture).options, new_config.network, f"{field}.network")
    return Recipe(name, new_model, new_config)


def check_sizes(params: StudyParams, architecture: str) -> None:
    """Raise `InvalidInputError` unless the params have the sizes of an architecture, all that it needs."""
    place = params.place(f"networks.{architecture}")
    parse(find_architecture(architecture, place).options, params.training(architecture).network, place)


def check_space(
    base: Recipe, params: StudyParams, space: Space, field: str, check: Callable[[Recipe], object] = lambda _: None
) -> None:
    """Check each choice and each end of a range, one parameter at a time, around the first possible of all others.

    ``check`` may refuse a recipe for more reasons, by an error whose field is that of a setting.

    Raises
    ------
    InvalidInputError
        Naming the parameter, as ``<field>.dense.choices.2``, whose value or whose setting is not allowed.
    """
    for name, parameter in space.items():
        for place, value in parameter.ends().items():
            values = around(space, name, value) or {}
            try:
                check(changed(base, params, space_settings(space, values), "check", field))
            except InvalidInputError as error:
                if error.field.startswith("profiles."):  # sizes that an architecture of the space lacks there
                    raise
                owner, inner = _owner({other: space[other] for other in values}, error, field) or (name, "")
                if error.field == f"{field}.set":
                    raise InvalidInputError(f"{field}.{owner}.set", error.value, error.allowed) from None
                where = place if owner == name else _place(space[owner], values[owner])
                raise InvalidInputError(f"{field}.{owner}.{where}{inner}", error.value, error.allowed) from None


def _place(parameter: ParameterConfig, value: Any) -> str:
    """Where a value stands in the config of its parameter."""
    return next((place for place, found in parameter.ends().items() if found == value), "choices")


def _owner(space: Space, error: InvalidInputError, field: str) -> tuple[str, str] | None:
    """Parameter whose setting an error names, behind ``field``, and where within its value the error lies."""
    place = error.field.removeprefix(f"{field}.")
    for name, parameter in space.items():
        for path in parameter.paths(name):
            _, found, inner = f".{place}.".partition(f".{path}.")
            if found or path == error.value:
                return name, f".{inner}".rstrip(".")
    return None


def with_config(base: Recipe, **changes: Any) -> Recipe:
    """Recipe with other values in its training configuration."""
    return replace(base, config=base.config.model_copy(update=changes))


def _set(values: dict[str, Any], path: str, value: Any, where: str) -> None:
    *parents, last = path.split(".")
    here: Any = values
    for parent in parents:
        here = here.get(parent) if isinstance(here, dict) else None
    # sizes of a network and options of a loss are checked by those that they are for
    if not isinstance(here, dict) or (last not in here and parents not in (["network"], ["loss", "options"])):
        raise InvalidInputError(where, path, _EXAMPLES)
    here[last] = value
