"""Checkpoints of a training: weights, state of the optimiser, history, seconds."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import first_line
from relaxnet.core.files import atomic_path
from relaxnet.models.blocks.network import Network

from .batches import NotFiniteError
from .config import TrainConfig
from .losses import TargetLoss

History = dict[str, list[float]]
FILE = "checkpoint.npz"


@dataclass(frozen=True)
class _Kept:
    """A training at the end of an epoch; ``values`` are those of `_variables`."""

    history: History
    seconds: float
    values: list[NDArray[Any]]

    @property
    def epochs(self) -> int:
        return len(self.history["loss"])


class Checkpoints:
    """The last checkpoint of one training, in a folder of its own (None keeps nothing), and its number of epochs."""

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.epochs = folder, 0
        self._kept: _Kept | None = None

    def keep(self, model: keras.Model, history: History, seconds: float) -> None:
        """Remember the end of an epoch, in memory: what is trained after it does not change it."""
        if self.folder is not None:
            values = [np.array(keras.ops.convert_to_numpy(variable)) for variable in _variables(model)]
            self._kept = _Kept({name: list(course) for name, course in history.items()}, seconds, values)

    def save(self) -> None:
        """Replace the checkpoint by what was kept last, at once or not at all.

        Raises
        ------
        NotFiniteError
            If a weight, or the optimiser, is not finite; the checkpoint before stays.
        """
        kept = self._kept
        if self.folder is None or kept is None or kept.epochs == self.epochs:
            return
        if not all(np.isfinite(value).all() for value in kept.values):
            raise NotFiniteError("the weights are not finite")
        arrays: dict[str, Any] = {str(number): value for number, value in enumerate(kept.values)}
        arrays["state"] = json.dumps({"history": kept.history, "seconds": kept.seconds})
        with atomic_path(self.folder / FILE) as part, part.open("wb") as file:
            np.savez(file, **arrays)
        self.epochs = kept.epochs

    def resume(self, model: keras.Model, notice: Callable[[str], object]) -> tuple[History, float]:
        """Give a compiled model the weights and the optimiser of the checkpoint; its history and seconds.

        Where there is none these are empty; where it is damaged, ``notice`` gets a line on that.
        """
        model.optimizer.build(model.trainable_variables)
        if self.folder is None or not (self.folder / FILE).exists():
            return {}, 0.0
        variables = _variables(model)
        try:
            kept = _read(self.folder / FILE, [tuple(variable.shape) for variable in variables])
        except Exception as error:  # whatever a damaged file makes its readers raise
            notice(f"{self.folder / FILE}: damaged ({first_line(error)}), the training begins again at epoch 1")
            return {}, 0.0
        for variable, value in zip(variables, kept.values, strict=True):
            variable.assign(value)
        self.epochs = kept.epochs
        return kept.history, kept.seconds


def _variables(model: keras.Model) -> list[Any]:
    """All that training changes, but for random generators: each epoch seeds them anew."""
    return [*model.weights, *model.optimizer.variables]


def _read(file: Path, shapes: list[tuple[int, ...]]) -> _Kept:
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        state = json.loads(str(stored["state"]))
        kept = _Kept(state["history"], float(state["seconds"]), [stored[str(number)] for number in range(len(shapes))])
    lengths = {len(course) for course in kept.history.values()}
    if [value.shape for value in kept.values] != shapes or lengths != {kept.epochs}:
        raise ValueError("of another training")
    return kept


def fingerprint(config: TrainConfig, loss: TargetLoss, identity: Mapping[str, Any], network: Network) -> str:
    """Name of all that the result of a training depends on."""
    layers = network.body.get_config()["name"], network.body.count_params()
    content = [config.model_dump(mode="json"), loss.get_config(), dict(identity), layers, keras.backend.backend()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
