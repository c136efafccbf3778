"""Fit a network that solves for its weights instead of taking gradient steps."""

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray

from relaxnet.datasets.source import Augment, Source
from relaxnet.datasets.split import Split
from relaxnet.datasets.targets import Scaling
from relaxnet.models.blocks.network import Network, Solve

from .batches import augmented, check_finite, check_inputs
from .checkpoints import History
from .losses import EstimateMae, TargetLoss

_BLOCK = 1024


def solve(
    network: Network, solver: Solve, source: Source, parts: Split, scaling: Scaling, loss: TargetLoss,
    augment: Augment | None = None, seed: Sequence[int] = (0,),
) -> History:  # fmt: skip
    """Solve on the training part, once changed by ``augment``; the history has one epoch, as if it had been trained.

    Raises
    ------
    NotFiniteError
        If an input or a target is not finite.
    """
    scaled = scaling.normalise(source.targets).astype(np.float32)

    def samples(
        index: NDArray[np.int64], change: Augment | None
    ) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        # a block at a time: the views of such networks are small, the inputs may not be
        blocks = []
        for start in range(0, len(index), _BLOCK):
            part = index[start : start + _BLOCK]
            inputs, rows = source.inputs(part), [f"sample {sample}" for sample in part]
            check_inputs(inputs, rows)
            check_finite(scaled[part], rows, "target")
            blocks.append(network.views(augmented(inputs, change, [*seed, start])))
        return [np.concatenate(view) for view in zip(*blocks, strict=True)], scaled[index]

    found = {"": samples(parts.train, augment), "val_": samples(parts.validation, None)}
    solver(*found[""])
    model = keras.Model(network.body.inputs, network.body.outputs, name=network.body.name)
    model.compile(loss=loss, metrics=[EstimateMae(name="mae")])
    history: History = {}
    for prefix, (views, expected) in found.items():
        logs = model.evaluate(views, expected, batch_size=256, verbose=0, return_dict=True)
        history |= {f"{prefix}{name}": [float(value)] for name, value in logs.items()}
    return history
