"""Kernel ridge regression on sorted Coulomb matrices: the classical method for molecules, without gradient steps.

scikit-learn fits it (`KernelRidge`, a Gaussian kernel); the result is moved into Keras layers, so that it is saved,
loaded, tracked and promoted like any other network, and nothing is ever unpickled.
"""

from itertools import product
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

from .views import COULOMB, coulomb_input

PACKAGE = "relaxnet"
SHARPNESS = (0.03, 0.1, 0.3, 1.0)  # of the kernel, over the mean squared distance of two molecules
ALPHAS = (1e-6, 1e-4, 1e-2)
_HELD = 5  # one of so many molecules chooses between them


class KernelRidgeOptions(Config):
    """Most training molecules that are used, evenly chosen: time goes with their cube, memory with their square."""

    molecules: Annotated[int, Field(ge=5, le=20_000)] = 2000


@keras.saving.register_keras_serializable(package=PACKAGE)
class Triangle(keras.layers.Layer):
    """Upper triangle of matrices (n, A, A, 1) with its diagonal, flat: (n, A (A + 1) / 2)."""

    def call(self, matrices: Any) -> Any:
        """Pick the entries."""
        size = matrices.shape[1]
        rows, columns = np.triu_indices(size)
        return ops.take(ops.reshape(matrices, (-1, size * size)), rows * size + columns, axis=1)


@keras.saving.register_keras_serializable(package=PACKAGE)
class Kernel(keras.layers.Layer):
    """Gaussian kernel of features (n, m) with ``count`` stored ones: (n, count)."""

    def __init__(self, count: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = count

    def build(self, shape: Any) -> None:
        """Make room for the stored features and the sharpness."""
        self.centres = self.add_weight(shape=(self.count, shape[-1]), trainable=False, name="centres")
        self.gamma = self.add_weight(shape=(), initializer="ones", trainable=False, name="gamma")
        self.built = True

    def call(self, features: Any) -> Any:
        """Compare with all of them."""
        squares = ops.sum(ops.square(features), axis=1)[:, None] + ops.sum(ops.square(self.centres), axis=1)[None]
        apart = squares - 2.0 * ops.matmul(features, ops.transpose(self.centres))
        return ops.exp(-self.gamma * ops.maximum(apart, 0.0))

    def get_config(self) -> dict[str, Any]:
        """Arguments of the layer."""
        return {**super().get_config(), "count": self.count}


def build(options: KernelRidgeOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build it; its `Network.solve` fits it to scaled spectra."""
    given = coulomb_input(input_shapes, "kernel_ridge")
    preprocess = keras.Model([given], [Triangle(name="triangle")(given)], name="views")
    size = input_shapes[COULOMB][0]
    view = keras.Input((size * (size + 1) // 2,), name="view")
    kernel = Kernel(options.molecules, name="kernel")
    last = keras.layers.Dense(outputs, name="estimate")
    body = keras.Model([view], last(kernel(view)), name="kernel_ridge")

    def solve(views: list[NDArray[np.float32]], targets: NDArray[np.float32]) -> None:
        chosen = np.unique(np.linspace(0, len(targets) - 1, min(options.molecules, len(targets)), dtype=np.int64))
        _fit(kernel, last, views[0][chosen], targets[chosen])

    return Network(preprocess, body, solve)


def _fit(kernel: Kernel, last: keras.layers.Dense, views: NDArray[np.float32], targets: NDArray[np.float32]) -> None:
    """Fit by scikit-learn, and set the weights of both layers."""
    from sklearn.kernel_ridge import KernelRidge

    features, mean = views.astype(np.float64), targets.mean(axis=0, dtype=np.float64)
    wanted = targets - mean
    spread = 2.0 * float(features.var(axis=0).sum())  # mean squared distance of two
    held = np.arange(len(features)) % _HELD == _HELD - 1

    def fitted(sharpness: float, alpha: float, rows: NDArray[np.bool_]) -> KernelRidge:
        return KernelRidge(alpha=alpha, kernel="rbf", gamma=sharpness / spread).fit(features[rows], wanted[rows])

    def error(sharpness: float, alpha: float) -> float:
        return float(np.square(fitted(sharpness, alpha, ~held).predict(features[held]) - wanted[held]).mean())

    sharpness, alpha = min(product(SHARPNESS, ALPHAS), key=lambda pair: error(*pair))
    found = fitted(sharpness, alpha, np.ones(len(features), dtype=bool))
    # places beyond the molecules that there are weigh nothing
    centres = np.zeros(kernel.centres.shape)
    centres[: len(features)] = features
    weights = np.zeros((kernel.count, wanted.shape[1]))
    weights[: len(features)] = found.dual_coef_
    kernel.set_weights([centres, np.asarray(sharpness / spread)])
    last.set_weights([weights, mean])


kernel_ridge = Architecture(KernelRidgeOptions, build)
