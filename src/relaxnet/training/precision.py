"""A network's body in another precision than that of its weights."""

from typing import Any

import keras


def in_precision(body: keras.Model, precision: str) -> keras.Model:
    """The body itself for ``float32``; else a copy that computes in ``precision``.

    Weights, and the last layer, stay in float32, so that the copy's weights are the body's.
    """
    if precision == "float32":
        return body

    def convert(layer: keras.layers.Layer) -> Any:
        config = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer) and layer is not body.layers[-1]:
            config["dtype"] = precision
        return type(layer).from_config(config)

    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)  # for the layers that a layer makes for itself
    try:
        copy = keras.models.clone_model(body, clone_function=convert)
    finally:
        keras.config.set_dtype_policy(usual)
    copy.set_weights(body.get_weights())
    return copy
