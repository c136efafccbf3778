"""How long a network takes on one thread, and whether ImageNet's weights are in reach."""

from __future__ import annotations

import time

from budgeted.plan import Speed, measured

from .runs import BATCH
from .trainings import TRAININGS

SHAPES = {"image": (64, 64, 1), "phases": (4,)}


def speed(name: str) -> Speed:
    """Of the steps the median of three, after two."""
    from relaxnet.core.backend import load_keras

    load_keras(1)
    import keras
    import numpy as np

    from relaxnet.models.blocks.architectures import build

    began = time.process_time()
    network = build(TRAININGS[name].architecture, TRAININGS[name].options, SHAPES, 9)
    generator = np.random.default_rng(1)
    inputs = {
        "image": (generator.random((BATCH, 64, 64, 1)) > 0.5).astype("float32"),
        "phases": np.tile(np.float32([3.0, 0.35, 70.0, 0.22]), (BATCH, 1)),
    }
    found = measured(network.body, network.views(inputs), np.zeros((BATCH, 9), dtype="float32"), began)
    keras.backend.clear_session()
    return found


def has_imagenet() -> bool:
    """Whether Keras can load them."""
    from relaxnet.core.errors import InvalidInputError
    from relaxnet.models.blocks.architectures import build

    try:
        build(TRAININGS["vgg16"].architecture, {"weights": "imagenet"}, SHAPES, 9)
    except InvalidInputError as error:
        print(f"without ImageNet: {error}", flush=True)
        return False
    return True
