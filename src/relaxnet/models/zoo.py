"""The architectures by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..config import Config, parse
from ..errors import InvalidInputError
from .mcnn import McnnOptions, build_mcnn
from .network import Network


@dataclass(frozen=True)
class Architecture:
    """Options class and builder ``(options, input_shape, outputs) -> Network`` of an architecture."""

    options: type[Config]
    builder: Callable[[Any, tuple[int, int], int], Network]


ARCHITECTURES: dict[str, Architecture] = {
    "mcnn-spline": Architecture(McnnOptions, partial(build_mcnn, method="spline")),
    "mcnn-polynomial": Architecture(McnnOptions, partial(build_mcnn, method="polynomial")),
}


def build(name: str, options: Mapping[str, Any], input_shape: tuple[int, int], outputs: int) -> Network:
    """Build an architecture by name.

    Parameters
    ----------
    name : str
        A key of `ARCHITECTURES`.
    options : mapping
        Checked by the architecture's own options class.
    input_shape : (points, channels)
    outputs : int

    Raises
    ------
    InvalidInputError
        For an unknown name or an option that does not apply.
    """
    if name not in ARCHITECTURES:
        raise InvalidInputError("architecture", name, f"one of {', '.join(ARCHITECTURES)}")
    architecture = ARCHITECTURES[name]
    return architecture.builder(parse(architecture.options, dict(options), "network"), input_shape, outputs)
