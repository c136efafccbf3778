"""A trained network with all it needs to estimate in physical units."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet._version import __version__
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_json
from relaxnet.models.layers import Denormalise
from relaxnet.models.network import save_model
from relaxnet.datasets.targets import Targets

NETWORK_FILE, METADATA_FILE = "network.keras", "estimator.json"
FORMAT = 2


@dataclass(frozen=True)
class Estimator:
    """A network whose outputs are physical, and its metadata.

    Attributes
    ----------
    network : keras.Model
        (batch, points, channels) to (batch, targets) in physical units.
    targets : Targets
    axis_name : str
        Name, with unit, of the axis of the input points (``temperature_k``).
    axis : ndarray, shape (points,)
    train_mean : ndarray, shape (targets,)
        Mean of the training targets: the estimate of someone who knows nothing.
    metadata : dict
        Free: architecture, subset, weights, program ...
    """

    network: keras.Model
    targets: Targets
    axis_name: str
    axis: NDArray[np.float64]
    train_mean: NDArray[np.float64]
    metadata: dict[str, Any]

    @classmethod
    def from_normalised(cls, model: keras.Model, targets: Targets, **fields: Any) -> Estimator:
        """Wrap a network with normalised outputs."""
        inputs = model.inputs[0]
        outputs = Denormalise(targets.low.tolist(), targets.high.tolist(), name="physical")(model(inputs))
        return cls(keras.Model(inputs, outputs, name=f"{model.name}_estimator"), targets, **fields)

    def estimate(self, inputs: ArrayLike, batch_size: int = 256) -> NDArray[np.float64]:
        """Estimate the targets in physical units, shape (n, targets).

        Raises
        ------
        InvalidInputError
            If the inputs have another shape than (n, points, channels), or are not finite.
        """
        array = np.asarray(inputs, dtype=np.float32)
        expected = tuple(self.network.input_shape[1:])
        if array.ndim != 3 or array.shape[1:] != expected:
            raise InvalidInputError("inputs", f"shape {array.shape}", f"of shape (n, {expected[0]}, {expected[1]})")
        if not np.isfinite(array).all():
            raise InvalidInputError("inputs", "NaN or infinite values", "finite")
        return np.asarray(self.network.predict(array, batch_size=batch_size, verbose=0), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write ``network.keras`` and ``estimator.json``, each atomically."""
        save_model(self.network, folder / NETWORK_FILE)
        write_json(
            folder / METADATA_FILE,
            {
                "format": FORMAT,
                "version": __version__,
                "network": self.network.name,
                "targets": self.targets.to_json(),
                "axis_name": self.axis_name,
                "axis": {"first": float(self.axis[0]), "last": float(self.axis[-1]), "points": len(self.axis)},
                "train_mean": self.train_mean.tolist(),
                "metadata": self.metadata,
            },
        )

    @classmethod
    def load(cls, folder: Path, architecture: str | None = None) -> Estimator:
        """Read an estimator; the network is loaded in Keras' safe mode.

        Parameters
        ----------
        folder : Path
        architecture : str, optional
            What ``metadata["architecture"]`` must be.

        Raises
        ------
        DataFileError
            If a file is missing, damaged, of another version's format, or of another architecture; or if the network
            does not fit the metadata.
        """
        values = read_json(folder / METADATA_FILE)
        try:
            if values["format"] != FORMAT:
                raise DataFileError(
                    f"{folder / METADATA_FILE}: format {values['format']}, written by relaxnet {values['version']}: "
                    f"must be {FORMAT} (this is relaxnet {__version__}); train the model again"
                )
            found = values["metadata"].get("architecture")
            if architecture not in (None, found):
                raise DataFileError(f"{folder / METADATA_FILE}: architecture {found}: must be {architecture}")
            axis = values["axis"]
            fields = {
                "targets": Targets.from_json(values["targets"]),
                "axis_name": values["axis_name"],
                "axis": np.linspace(axis["first"], axis["last"], axis["points"]),
                "train_mean": np.array(values["train_mean"]),
                "metadata": values["metadata"],
            }
        except (KeyError, TypeError) as error:
            raise DataFileError(f"{folder / METADATA_FILE}: not an estimator ({error!r})") from None
        path = folder / NETWORK_FILE
        try:
            network = keras.models.load_model(path, compile=False, safe_mode=True)
        except (BadZipFile, zlib.error, OSError, ValueError, TypeError, KeyError) as error:
            raise DataFileError(f"{path}: not a readable Keras model ({_reason(error)})") from None
        shapes = (tuple(network.input_shape[1:2]), tuple(network.output_shape[1:]), network.name)
        if shapes != ((len(fields["axis"]),), (len(fields["targets"]),), values["network"]):
            raise DataFileError(
                f"{path}: network {network.name} from {network.input_shape[1:]} to {network.output_shape[1:]}: "
                f"does not belong to {METADATA_FILE} ({values['network']}, {len(fields['axis'])} points, "
                f"{len(fields['targets'])} targets)"
            )
        return cls(network=network, **fields)


def _reason(error: Exception) -> str:
    """First line of an error of Keras; for a layer that this version does not have, the line that names it."""
    lines = str(error).splitlines() or [type(error).__name__]
    return next((line for line in lines if "Could not locate class" in line), lines[0]).split(". Make sure")[0]
