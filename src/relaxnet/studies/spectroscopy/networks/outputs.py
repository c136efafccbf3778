"""Last layers whose spectra cannot be negative."""

from typing import Any

import keras
from keras import ops

from ..physics.constants import LEVELS
from ..physics.spectra import WINDOW_EV

PACKAGE = "relaxnet"
_LEAST = 1e-4  # states per eV that a training starts from where the mean spectrum has none


class _Starting(keras.layers.Layer):
    """A layer that adds a spectrum to start from: ``bias``, where a training puts the mean of its targets."""

    def build(self, shape: Any) -> None:
        """Make room for the spectrum."""
        self.bias = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False, name="bias")
        self.built = True


@keras.saving.register_keras_serializable(package=PACKAGE)
class NonNegative(_Starting):
    """Softplus of what comes in, (n, points), beside the spectrum it starts from: states per eV, none below 0."""

    def call(self, values: Any) -> Any:
        """Add, and cut smoothly off."""
        start = ops.maximum(self.bias, _LEAST)
        return ops.softplus(values + start + ops.log(-ops.expm1(-start)))  # the inverse of softplus, without overflow


@keras.saving.register_keras_serializable(package=PACKAGE)
class OfArea(_Starting):
    """Shares of the 16 levels on the points of the window, (n, points): none below 0, and an area of 16 exactly."""

    def call(self, values: Any) -> Any:
        """Add, and share the levels out."""
        step_ev = (WINDOW_EV[1] - WINDOW_EV[0]) / (values.shape[-1] - 1)
        return LEVELS / step_ev * ops.softmax(values + ops.log(ops.maximum(self.bias, _LEAST)), axis=-1)
