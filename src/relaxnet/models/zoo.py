"""The architectures by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import InvalidInputError
from .cnn import CnnOptions, ResnetOptions, build_cnn, build_resnet
from .mcnn import McnnDesign, McnnOptions, build_mcnn
from .network import Network
from .pca_ridge import PcaRidgeOptions, build_pca_ridge
from .perceptron import PerceptronOptions, build_perceptron


@dataclass(frozen=True)
class Architecture:
    """Options class and builder ``(options, input_shape, outputs) -> Network`` of an architecture."""

    options: type[Config]
    builder: Callable[[Any, tuple[int, int], int], Network]


def _mcnn(**design: Any) -> Architecture:
    return Architecture(McnnOptions, partial(build_mcnn, design=McnnDesign(**design)))


ARCHITECTURES: dict[str, Architecture] = {
    "mcnn-paper": _mcnn(method="polynomial", compress=False),
    "mcnn-spline": _mcnn(),
    "mcnn-ends": _mcnn(ends=True),
    "mcnn-no-attention": _mcnn(branches=("downsampled", "raw")),
    "mcnn-no-downsampled": _mcnn(branches=("attention", "raw")),
    "mcnn-no-raw": _mcnn(branches=("attention", "downsampled")),
    "cnn": Architecture(CnnOptions, build_cnn),
    "resnet": Architecture(ResnetOptions, build_resnet),
    "perceptron": Architecture(PerceptronOptions, build_perceptron),
    "pca-ridge": Architecture(PcaRidgeOptions, build_pca_ridge),
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
