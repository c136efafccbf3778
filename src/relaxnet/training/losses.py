"""Losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="relaxnet")
class WeightedMeanSquare(keras.losses.Loss):
    """Mean over the targets of ``w_k (difference of normalised values)**2`` (eqs 9-11).

    Parameters
    ----------
    weights : sequence of float
        One weight a target, in column order.
    """

    def __init__(self, weights: Sequence[float], name: str = "weighted_mean_square", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.weights = [float(weight) for weight in weights]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each sample, shape (batch,)."""
        weights = ops.convert_to_tensor(self.weights, dtype="float32")  # whatever the network computes in
        difference = ops.cast(y_true, "float32") - ops.cast(y_pred, "float32")
        return ops.mean(weights * ops.square(difference), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the loss."""
        return {"name": self.name, "reduction": self.reduction, "weights": self.weights}
