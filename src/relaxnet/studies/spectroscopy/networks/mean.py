"""The mean of the training spectra as a model: what one knows without a look at the molecule."""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network

from .views import COULOMB, coulomb_input

PACKAGE = "relaxnet"


class NoOptions(Config):
    """It has none."""


@keras.saving.register_keras_serializable(package=PACKAGE)
class Constant(keras.layers.Layer):
    """The same ``units`` numbers for every sample."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, *_: Any) -> None:
        """Make room for the numbers."""
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False, name="bias")
        self.built = True

    def call(self, view: Any) -> Any:
        """Repeat them."""
        return ops.zeros_like(view[:, :1]) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "units": self.units}


def build(_: NoOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it; its `Network.solve` takes the mean."""
    given = coulomb_input(input_shapes, "mean")
    view = keras.layers.Flatten(name="flat")(
        keras.layers.AveragePooling2D(input_shapes[COULOMB][0], name="pool")(given)
    )
    preprocess = keras.Model([given], [view], name="views")
    seen = keras.Input((1,), name="view")
    layer = Constant(outputs, name="estimate")
    body = keras.Model([seen], layer(seen), name="mean")

    def solve(_views: list[NDArray[np.float32]], targets: NDArray[np.float32]) -> None:
        layer.bias.assign(targets.mean(axis=0, dtype=np.float64))

    return Network(preprocess, body, solve)


mean = Architecture(NoOptions, build)
