"""Principal components, their products, and a ridge regression: a baseline without gradient steps.

scikit-learn fits it; the result is moved into Keras layers, so that it is saved, loaded, tracked and promoted like any
other network, and nothing is ever unpickled.
"""

from typing import Annotated

import keras
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.layers import WithProducts
from relaxnet.models.blocks.network import Network, Points
from relaxnet.models.blocks.signal_views import signal_views, view_input

ALPHAS = np.logspace(-8, 2, 21)


class PcaRidgeOptions(Config):
    """Number of components, degree of their polynomial; signals are thinned to at most ``points``."""

    points: Points
    components: Annotated[int, Field(ge=1, le=1024)]  # all their products are features
    degree: Annotated[int, Field(ge=1, le=2)] = 2


def build(options: PcaRidgeOptions, input_shapes: Shapes, outputs: int) -> Network:
    """Build the baseline; its `Network.solve` fits it in closed form, whatever the weights of the loss."""
    preprocess = signal_views(input_shapes, "pca-ridge", options.points)
    view = view_input(preprocess)
    flat = keras.layers.Flatten(name="flatten")(view)
    components = min(options.components, flat.shape[-1])
    scores = keras.layers.Dense(components, name="components")(flat)
    features = WithProducts(name="products")(scores) if options.degree == 2 else scores
    body = keras.Model([view], keras.layers.Dense(outputs, name="estimate")(features), name="pca-ridge")

    def solve(views: list[NDArray[np.float32]], targets: NDArray[np.float32]) -> None:
        _fit(body, views[0].reshape(len(views[0]), -1), targets)

    return Network(preprocess, body, solve)


def _fit(body: keras.Model, samples: NDArray[np.float32], targets: NDArray[np.float32]) -> None:
    """Fit by scikit-learn and set the weights of ``body``."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import RidgeCV

    layer = body.get_layer("components")
    # fewer samples than components: the rest of the components stay at zero
    count = min(layer.units, len(samples) - 1)
    pca = PCA(count, svd_solver="randomized", random_state=0).fit(samples.astype(np.float64))
    kernel = np.zeros((samples.shape[1], layer.units))
    # scores of unit variance; directions that the samples do not span would only carry noise
    spread = np.sqrt(pca.explained_variance_)
    used = spread > 1e-6 * spread[0]
    kernel[:, : int(used.sum())] = pca.components_[used].T / spread[used]
    layer.set_weights([kernel, -pca.mean_ @ kernel])

    before = keras.Model(body.inputs, body.get_layer("estimate").input)
    views = samples.reshape(-1, *body.inputs[0].shape[1:])
    features = before.predict([views], batch_size=256, verbose=0)
    ridge = RidgeCV(ALPHAS, alpha_per_target=True).fit(features.astype(np.float64), targets.astype(np.float64))
    body.get_layer("estimate").set_weights([ridge.coef_.T, ridge.intercept_])


ARCHITECTURE = Architecture(PcaRidgeOptions, build)
