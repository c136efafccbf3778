"""Weights that a backbone starts from: by the loading code of Keras, or a clear line on what is missing."""

from pathlib import Path

import keras

from relaxnet.core.errors import InvalidInputError, first_line
from relaxnet.models.blocks.architectures import load_model

FIELD = "network.weights"
ALLOWED = "none, imagenet, or a file with the backbone's weights (.h5, .weights.h5, .keras)"


def load_weights(backbone: keras.Model, kind: str, weights: str) -> None:
    """Give a backbone its first weights.

    Parameters
    ----------
    backbone : keras.Model
    kind : str
        Its name in ``keras.applications``.
    weights : str
        See `BackboneOptions`.

    Raises
    ------
    InvalidInputError
        If ImageNet's weights cannot be had, naming the file and where it was looked for; if a file is missing, or
        does not hold the weights of this backbone.
    """
    if weights == "none":
        return
    if weights == "imagenet":
        _set(backbone, _imagenet(kind, backbone.input_shape[1:]), "imagenet")
        return
    path = Path(weights)
    if not path.is_file():
        raise InvalidInputError(FIELD, weights, f"{ALLOWED}; there is no such file")
    if path.suffix == ".keras":
        _set(backbone, _layer(load_model(path, None, f"{path}: not a loadable Keras model"), backbone.name), weights)
        return
    try:
        backbone.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(FIELD, weights, f"the weights of {kind} ({first_line(error)})") from None


def _imagenet(kind: str, shape: tuple[int, ...]) -> keras.Model:
    """Load the published network by ``keras.applications``, which downloads its file or finds it in its cache."""
    try:
        return getattr(keras.applications, kind)(weights="imagenet", include_top=False, input_shape=shape)
    except Exception as error:  # a plain Exception of keras.utils.get_file without a network
        address = next((word for word in str(error).split() if word.startswith("http")), "").rstrip(":")
        where = f"{address} cannot be had ({first_line(error).rpartition(': ')[2]})" if address else first_line(error)
        allowed = f"imagenet where its file is in reach: {where}; get {address.rpartition('/')[2] or 'it'} elsewhere "
        raise InvalidInputError(FIELD, "imagenet", f"{allowed}and give its path as weights: FILE") from None


def _layer(model: keras.Model, name: str) -> keras.Model | None:
    """Layer of that name in a model or in the models within it."""
    for layer in model.layers:
        if layer.name == name:
            return layer
        if isinstance(layer, keras.Model) and (found := _layer(layer, name)) is not None:
            return found
    return None


def _set(backbone: keras.Model, source: keras.Model | None, weights: str) -> None:
    values = source.get_weights() if source is not None else []
    if [value.shape for value in values] != [tuple(weight.shape) for weight in backbone.weights]:
        raise InvalidInputError(FIELD, weights, f"a file with a layer {backbone.name}, of the same weights")
    backbone.set_weights(values)
