"""The losses by name.  All compare scaled targets; ``loss_weights`` say how much each target counts."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import keras
import numpy as np
from keras import ops
from pydantic import Field, field_validator

from relaxnet.core.config import Config, Positive, parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Scaling

from .config import LossConfig

PACKAGE = "relaxnet"
_TINY = 1e-12


@keras.saving.register_keras_serializable(package=PACKAGE)
class TargetLoss(keras.losses.Loss):
    """Mean over the columns of ``w_k`` times a penalty of the difference d of scaled values.

    With the penalty ``mse`` (d**2) this is the MCNN paper's loss (eqs 9-11).  A subclass may ask a network for more
    outputs than there are columns, and says how they are scaled; the first ones are always the estimates.

    Parameters
    ----------
    weights : sequence of float
        One a column, from `Targets.column_weights`.
    penalty : str
        ``mse``; ``mae``: |d|; ``huber``: d**2 / 2 up to ``delta``, then delta (|d| - delta / 2); ``smooth_l1``: that
        divided by delta; ``log_cosh``: ln cosh d.
    delta : float
        In scaled units.
    """

    def __init__(self, weights: Sequence[float], penalty: str = "mse", delta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**{"name": type(self).__name__, **kwargs})  # Keras would number the names
        self.weights, self.penalty, self.delta = [float(weight) for weight in weights], penalty, float(delta)

    def outputs(self) -> int:
        """Number of outputs that a network needs."""
        return len(self.weights)

    def output_scaling(self, scaling: Scaling) -> Scaling:
        """Scaling of all outputs, from that of the target columns."""
        return scaling

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each sample, shape (batch,)."""
        difference = ops.cast(y_true, "float32") - ops.cast(y_pred, "float32")
        return ops.mean(self._column_weights() * self._penalty(difference), axis=-1)

    def _penalty(self, difference: Any) -> Any:
        size = ops.abs(difference)
        if self.penalty == "mse":
            return ops.square(difference)
        if self.penalty == "mae":
            return size
        if self.penalty == "log_cosh":  # without overflow
            return size + ops.softplus(-2.0 * size) - math.log(2.0)
        near, far = 0.5 * ops.square(difference), self.delta * (size - 0.5 * self.delta)
        return ops.where(size <= self.delta, near, far) / (self.delta if self.penalty == "smooth_l1" else 1.0)

    def _column_weights(self) -> Any:
        return ops.convert_to_tensor(self.weights, dtype="float32")  # whatever the network computes in

    def get_config(self) -> dict[str, Any]:
        """Arguments of the loss."""
        common = {"name": self.name, "reduction": self.reduction, "weights": self.weights}
        return {**common, "penalty": self.penalty, "delta": self.delta}


@keras.saving.register_keras_serializable(package=PACKAGE)
class RootLoss(TargetLoss):
    """Root of the mean over the columns of ``w_k`` times the penalty: a large error of one sample counts for less."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each sample, shape (batch,)."""
        return ops.sqrt(super().call(y_true, y_pred) + _TINY)


@keras.saving.register_keras_serializable(package=PACKAGE)
class CosineLoss(TargetLoss):
    """1 - cosine of the angle between the vectors of all columns, each column times the root of its weight.

    It does not see the length of the estimate; ``centred``, 1 - Pearson's correlation along the columns, nor its mean.
    """

    def __init__(self, weights: Sequence[float], centred: bool = False, **kwargs: Any) -> None:
        super().__init__(weights, **kwargs)
        self.centred = bool(centred)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each sample, shape (batch,)."""
        weights = self._column_weights()

        def product(a: Any, b: Any) -> Any:
            return ops.sum(weights * a * b, axis=-1)

        one, other = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        if self.centred:
            one, other = (v - product(v, ops.ones_like(v))[:, None] / ops.sum(weights) for v in (one, other))
        return 1.0 - product(one, other) / ops.sqrt(product(one, one) * product(other, other) + _TINY)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the loss."""
        return {**super().get_config(), "centred": self.centred}


@keras.saving.register_keras_serializable(package=PACKAGE)
class QuantileLoss(TargetLoss):
    """Pinball loss: the network puts out the median of each column, then one more block of columns a level."""

    def __init__(self, weights: Sequence[float], levels: Sequence[float] = (0.05, 0.95), **kwargs: Any) -> None:
        super().__init__(weights, **kwargs)
        self.levels = [float(level) for level in levels]

    def outputs(self) -> int:
        """Median and levels of every column."""
        return len(self.weights) * (1 + len(self.levels))

    def output_scaling(self, scaling: Scaling) -> Scaling:
        """Every block is scaled as the targets are."""
        blocks = 1 + len(self.levels)
        return Scaling(np.tile(scaling.offset, blocks), np.tile(scaling.scale, blocks))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Mean over the levels, shape (batch,)."""
        true, blocks = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        weights, width = self._column_weights(), len(self.weights)
        total = 0.0
        for number, level in enumerate([0.5, *self.levels]):
            difference = true - blocks[:, number * width : (number + 1) * width]
            total += ops.mean(weights * ops.maximum(level * difference, (level - 1.0) * difference), axis=-1)
        return total / (1 + len(self.levels))

    def get_config(self) -> dict[str, Any]:
        """Arguments of the loss."""
        return {**super().get_config(), "levels": self.levels}


@keras.saving.register_keras_serializable(package=PACKAGE)
class EstimateMae(keras.metrics.MeanAbsoluteError):
    """Mean absolute error of the estimates, whatever a network puts out behind them."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Compare the first columns."""
        return super().update_state(y_true, y_pred[:, : y_true.shape[-1]], sample_weight)


class NoOptions(Config):
    """A loss without options."""


class HuberOptions(Config):
    """Where the penalty becomes linear, in scaled units."""

    delta: Positive = 1.0


class QuantileOptions(Config):
    """Levels beside the median, each between 0 and 1."""

    levels: Annotated[tuple[float, ...], Field(min_length=1)] = (0.05, 0.95)

    @field_validator("levels")
    @classmethod
    def _inside(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 < level < 1 for level in levels):
            raise ValueError("numbers between 0 and 1")
        return levels


class LossEntry(NamedTuple):
    """Options, class and fixed arguments of a loss, and the fewest columns it needs."""

    options: type[Config]
    kind: type[TargetLoss]
    fixed: dict[str, Any]
    min_columns: int = 1


LOSSES = {
    "mse": LossEntry(NoOptions, TargetLoss, {"penalty": "mse"}),
    "rmse": LossEntry(NoOptions, RootLoss, {"penalty": "mse"}),
    "mae": LossEntry(NoOptions, TargetLoss, {"penalty": "mae"}),
    "huber": LossEntry(HuberOptions, TargetLoss, {"penalty": "huber"}),
    "smooth_l1": LossEntry(HuberOptions, TargetLoss, {"penalty": "smooth_l1"}),
    "log_cosh": LossEntry(NoOptions, TargetLoss, {"penalty": "log_cosh"}),
    "cosine": LossEntry(NoOptions, CosineLoss, {}, min_columns=2),
    "pearson": LossEntry(NoOptions, CosineLoss, {"centred": True}, min_columns=3),
    "quantiles": LossEntry(QuantileOptions, QuantileLoss, {}),
}


def make_loss(config: LossConfig, weights: Sequence[float]) -> TargetLoss:
    """Build a loss by name; ``weights`` has one per column.

    Raises
    ------
    InvalidInputError
        For an unknown name, an option that does not apply, or too few columns for the loss.
    """
    if config.name not in LOSSES:
        field = "loss.name" if config.options else "loss"  # as it is written in params
        raise InvalidInputError(field, config.name, f"one of {', '.join(LOSSES)}")
    entry = LOSSES[config.name]
    options = parse(entry.options, config.options, "loss").model_dump()
    if len(weights) < entry.min_columns:
        raise InvalidInputError("loss", config.name, f"a loss of numbers; it needs {entry.min_columns} or more of them")
    return entry.kind(weights, **entry.fixed, **options)
