"""Gradient boosting on volume fraction and two-point statistics: what a plain regression makes of an image.

scikit-learn grows the trees (`HistGradientBoostingRegressor`, one for each constant); they are moved into a Keras
layer, so that the model is saved, loaded, tracked and promoted like any other, and nothing is ever unpickled.
"""

from typing import Annotated, Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network

from .statistics import TwoPoint
from .views import IMAGE, inputs

PACKAGE = "relaxnet"


class BoostingOptions(Config):
    """Number of trees for each constant, leaves of a tree, and the weight of each new tree."""

    trees: Annotated[int, Field(ge=1, le=2000)] = 200
    leaves: Annotated[int, Field(ge=2, le=255)] = 15
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1


@keras.saving.register_keras_serializable(package=PACKAGE)
class Trees(keras.layers.Layer):
    """Sums of regression trees: features (n, m) to (n, outputs).

    Each node of a tree has the feature that it looks at, a threshold, the nodes for values up to it and beyond it, and
    a value; leaves lead to themselves, so that ``depth`` steps end in a leaf.
    """

    def __init__(self, outputs: int, trees: int, nodes: int, depth: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.outputs, self.trees, self.nodes, self.depth = outputs, trees, nodes, depth

    def build(self, *_: Any) -> None:
        """Make room for the trees, all of them side by side."""
        shape = (self.outputs * self.trees * self.nodes,)
        for name in ("feature", "low", "high"):
            weight = self.add_weight(shape=shape, dtype="int32", initializer="zeros", trainable=False, name=name)
            setattr(self, name, weight)
        for name in ("threshold", "value"):
            setattr(self, name, self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name))
        self.start = self.add_weight(shape=(self.outputs,), initializer="zeros", trainable=False, name="start")
        self.built = True

    def call(self, features: Any) -> Any:
        """Walk down all trees."""
        roots = np.arange(self.outputs * self.trees, dtype="int32") * self.nodes
        place = ops.zeros_like(features[:, :1], dtype="int32") + ops.convert_to_tensor(roots)[None]
        for _ in range(self.depth):
            seen = ops.take_along_axis(features, ops.take(self.feature, place), axis=1)
            low = seen <= ops.take(self.threshold, place)
            place = ops.where(low, ops.take(self.low, place), ops.take(self.high, place))
        values = ops.reshape(ops.take(self.value, place), (-1, self.outputs, self.trees))
        return ops.sum(values, axis=2) + self.start

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        sizes = {"outputs": self.outputs, "trees": self.trees, "nodes": self.nodes, "depth": self.depth}
        return {**super().get_config(), **sizes}


def build(options: BoostingOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it; its `Network.solve` grows the trees on scaled targets."""
    given = inputs(input_shapes, "boosting")
    preprocess = keras.Model(given, [TwoPoint(name="statistics")(given[IMAGE])], name="views")
    view = keras.Input(preprocess.outputs[0].shape[1:], name="view")
    layer = Trees(outputs, options.trees, 2 * options.leaves - 1, options.leaves - 1, name="estimate")
    body = keras.Model([view], layer(view), name="boosting")

    def solve(views: list[NDArray[np.float32]], targets: NDArray[np.float32]) -> None:
        _fit(layer, options, views[0], targets)

    return Network(preprocess, body, solve)


def _fit(layer: Trees, options: BoostingOptions, features: NDArray[np.float32], targets: NDArray[np.float32]) -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    shape = (layer.outputs, layer.trees, layer.nodes)
    found = {name: np.zeros(shape, dtype=kind) for name, kind in _kinds(layer).items()}
    start = np.zeros(layer.outputs, dtype=np.float32)
    first = np.arange(layer.outputs * layer.trees).reshape(shape[:2]) * layer.nodes
    for output in range(layer.outputs):
        # min_samples_leaf, 20 by default, would leave small training parts without any tree
        model = HistGradientBoostingRegressor(
            max_iter=options.trees, max_leaf_nodes=options.leaves, learning_rate=options.learning_rate,
            min_samples_leaf=max(1, min(20, len(features) // 20)), early_stopping=False, random_state=0,
        ).fit(features.astype(np.float64), targets[:, output])  # fmt: skip
        start[output] = model._baseline_prediction.item()
        for number, (predictor,) in enumerate(model._predictors):
            nodes = predictor.nodes
            place, count = first[output, number], len(nodes)
            own, leaf = place + np.arange(count), nodes["is_leaf"].astype(bool)
            values = {
                "feature": nodes["feature_idx"],
                "threshold": nodes["num_threshold"],
                "low": np.where(leaf, own, place + nodes["left"]),
                "high": np.where(leaf, own, place + nodes["right"]),
                "value": np.where(leaf, nodes["value"], 0.0),
            }
            for name, value in values.items():
                found[name][output, number, :count] = value
    for name, array in found.items():
        getattr(layer, name).assign(array.ravel())
    layer.start.assign(start)


def _kinds(layer: Trees) -> dict[str, str]:
    return {name: getattr(layer, name).dtype for name in ("feature", "threshold", "low", "high", "value")}


boosting = Architecture(BoostingOptions, build)
