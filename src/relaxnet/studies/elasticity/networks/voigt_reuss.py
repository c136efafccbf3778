"""The mean of the bounds of Voigt and Reuss as a model: what the volume fraction alone tells, without any training."""

from typing import Any

import keras

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network

from .bounds import MeanOfBounds, check_outputs
from .views import IMAGE, PHASES, inputs


class NoOptions(Config):
    """It has none."""


def build(_: NoOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it; ``outputs`` must be the nine constants."""
    check_outputs(outputs, "voigt_reuss")
    given = inputs(input_shapes, "voigt_reuss")
    fraction = keras.layers.GlobalAveragePooling2D(name="fraction")(given[IMAGE])
    preprocess = keras.Model(given, [fraction, keras.layers.Identity(name="of_phases")(given[PHASES])], name="views")
    views = [keras.Input((1,), name="volume_fraction"), keras.Input((4,), name="both_phases")]
    last = MeanOfBounds(name="estimate")
    return Network(preprocess, keras.Model(views, last(*views), name="voigt_reuss"), _nothing, last.adopt)


def _nothing(*_: Any) -> None:
    """There is nothing to solve for."""


voigt_reuss = Architecture(NoOptions, build)
