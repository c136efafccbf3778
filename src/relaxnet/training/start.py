"""Start a training from a stored model: its weights by the names of the layers, some of them frozen."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import keras
import numpy as np

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.datasets.targets import Scaling
from relaxnet.models.blocks.network import Network

from .estimator import Estimator


def start_from(
    network: Network, folder: Path, freeze: Sequence[str] = (), scaling: Scaling | None = None, new: Sequence[str] = ()
) -> bool:
    """Give a network the weights of a stored one.

    Layers of equal name must have equal shapes, but for the last one: it is taken over where its shapes are equal, and
    keeps its own start where it puts out something else (other targets, another loss).  Where the stored model's
    targets were scaled otherwise, the last layer is changed so that its estimates stay the same in physical units.

    Parameters
    ----------
    network : Network
        Freshly built; its weights and the layers to be trained are changed.
    folder : Path
        Of a stored estimator.
    freeze : sequence of str
        Names of layers of the body that are not trained, with ``*`` for any characters.
    scaling : Scaling, optional
        Of the targets in the training to come; by default that of the stored model.
    new : sequence of str
        Names of layers that keep their own start, with ``*``.  Estimates that begin far off, because the stored model
        was trained on data of another range, would take longer to come back than a new last layer to learn.

    Returns
    -------
    bool
        Whether the last layer was taken over too.

    Raises
    ------
    DataFileError
        If the stored model cannot be read, another layer than the last one does not fit, or the last one cannot be
        changed to another scaling.
    InvalidInputError
        If nothing is named so that is to be frozen or new, or nothing is left to be trained.
    """
    estimator = Estimator.load(folder)
    stored = {layer.name: layer for layer in _layers(estimator.network)}
    weighted = [layer for layer in network.body.layers if layer.weights]
    fixed = [layer for layer in network.preprocess.layers if layer.weights]
    last, taken = network.body.layers[-1], []
    own = [layer for pattern in new for layer in _named(pattern, fixed + weighted, "start.new")]
    for layer in fixed + weighted:
        if layer in own:
            continue
        source = stored.get(layer.name)
        if source is not None and _shapes(source) == _shapes(layer):
            layer.set_weights(source.get_weights())
            taken.append(layer)
        elif layer is not last:
            found = _shapes(source) if source is not None else "none"
            raise DataFileError(f"{folder}: layer {layer.name} has weights {found}: must be {_shapes(layer)}")
    if last in taken and scaling is not None and not network.adopt:
        _rescale(last, estimator.scaling, scaling, folder)
    for pattern in freeze:
        for layer in _named(pattern, weighted, "start.freeze"):
            layer.trainable = False
    if not network.body.trainable_variables:
        raise InvalidInputError("start.freeze", list(freeze), "names that leave a layer to be trained")
    return last in taken


def _named(pattern: str, layers: Sequence[keras.layers.Layer], field: str) -> list[keras.layers.Layer]:
    found = [layer for layer in layers if fnmatchcase(layer.name, pattern)]
    if not found:
        raise InvalidInputError(field, pattern, f"a name of {', '.join(layer.name for layer in layers)}")
    return found


def _rescale(layer: keras.layers.Layer, old: Scaling, new: Scaling, folder: Path) -> None:
    """Let a linear layer put out, scaled by ``new``, what it put out scaled by ``old``, in each block of columns."""
    if np.array_equal(old.offset, new.offset) and np.array_equal(old.scale, new.scale):
        return
    linear = isinstance(layer, keras.layers.Dense) and layer.use_bias and layer.activation is keras.activations.linear
    if not linear or old.scale.shape != new.scale.shape:
        raise DataFileError(f"{folder}: its targets are scaled otherwise, which layer {layer.name} cannot adopt")
    kernel, bias = layer.get_weights()
    ratio, shift = (np.resize(v, bias.shape) for v in (old.scale / new.scale, (old.offset - new.offset) / new.scale))
    layer.set_weights([kernel * ratio, bias * ratio + shift])


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """All layers, those of models within the model too."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)


def _shapes(layer: keras.layers.Layer) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
