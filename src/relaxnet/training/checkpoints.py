"""Checkpoints of a training: model with its optimiser, history, seconds."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np

from relaxnet.core.errors import RelaxnetError
from relaxnet.core.files import read_json, write_json
from relaxnet.models.blocks.network import Network, save_model

from .batches import NotFiniteError
from .config import TrainConfig
from .losses import TargetLoss

History = dict[str, list[float]]
STATE_FILE = "state.json"


class Checkpoints:
    """The last checkpoint of one training, in a folder of its own (None keeps nothing), and its number of epochs."""

    def __init__(self, folder: Path | None) -> None:
        self.folder, self.epochs = folder, 0

    def save(self, model: keras.Model, history: History, seconds: float) -> None:
        """Replace the checkpoint.  Model first, state last: a state always has its model.

        Raises
        ------
        NotFiniteError
            If a weight, or the optimiser, is not finite; the checkpoint before stays.
        """
        if self.folder is None:
            return
        if not all(np.isfinite(np.asarray(value)).all() for value in [*model.weights, *model.optimizer.variables]):
            raise NotFiniteError("the weights are not finite")
        epochs = len(history["loss"])
        name = f"epoch-{epochs}.keras"
        save_model(model, self.folder / name)
        write_json(self.folder / STATE_FILE, {"history": history, "seconds": seconds, "model": name})
        self.epochs = epochs
        for old in self.folder.glob("epoch-*.keras"):
            if old.name != name:
                old.unlink()

    def load(self) -> tuple[keras.Model | None, History, float]:
        """Model, history and seconds of the checkpoint; None where there is none, or a damaged one."""
        if self.folder is None or not (self.folder / STATE_FILE).exists():
            return None, {}, 0.0
        try:
            state = read_json(self.folder / STATE_FILE)
            model = keras.models.load_model(self.folder / state["model"])
            history, seconds = state["history"], float(state["seconds"])
            self.epochs = len(history["loss"])
        except (RelaxnetError, BadZipFile, zlib.error, OSError, ValueError, TypeError, KeyError):
            return None, {}, 0.0
        return model, history, seconds


def fingerprint(config: TrainConfig, loss: TargetLoss, identity: Mapping[str, Any], network: Network) -> str:
    """Name of all that the result of a training depends on."""
    layers = network.body.get_config()["name"], network.body.count_params()
    content = [config.model_dump(mode="json"), loss.get_config(), dict(identity), layers, keras.backend.backend()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
