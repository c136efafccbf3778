"""A trained network with all it needs to estimate in physical units."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet._version import __version__
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_json
from relaxnet.datasets.targets import Scaling, Targets
from relaxnet.models.blocks.architectures import load_model
from relaxnet.models.blocks.network import arguments, named_inputs, save_model

from .losses import TargetLoss

NETWORK_FILE, METADATA_FILE = "network.keras", "estimator.json"
FORMAT = 3


@dataclass(frozen=True)
class Estimator:
    """A network whose outputs are physical, and its metadata.

    Attributes
    ----------
    network : keras.Model
        From the inputs (one array, or several by name) to outputs in physical units; the first ``targets.width`` are
        the estimates, what a loss asks for beyond them follows (quantiles, say).
    targets : Targets
    scaling : Scaling
        Of the targets, as trained.
    layout : mapping
        How the inputs are laid out (a grid, say): `Source.layout` of the training data.
    train_mean : ndarray, shape (width,)
        Mean of the training targets: the estimate of someone who knows nothing.
    metadata : mapping
        Free: architecture, subset, loss weights, facts of the data ...
    """

    network: keras.Model
    targets: Targets
    scaling: Scaling
    layout: Mapping[str, Any]
    train_mean: NDArray[np.float64]
    metadata: Mapping[str, Any]

    @classmethod
    def from_scaled(
        cls, model: keras.Model, targets: Targets, scaling: Scaling, loss: TargetLoss, **fields: Any
    ) -> Self:
        """Wrap a network with scaled outputs; ``fields`` are the other attributes."""
        inputs, outputs = named_inputs(model), loss.output_scaling(scaling)
        physical = keras.layers.Rescaling(outputs.scale.tolist(), outputs.offset.tolist(), name="physical")
        return cls(
            keras.Model(inputs, physical(model(inputs)), name=f"{model.name}_estimator"), targets, scaling, **fields
        )

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one sample of each input."""
        return {tensor.name: tuple(tensor.shape[1:]) for tensor in self.network.inputs}

    def estimate(self, inputs: ArrayLike | Mapping[str, ArrayLike], batch_size: int = 256) -> NDArray[np.float64]:
        """Estimate the targets in physical units, shape (n, width).

        Raises
        ------
        InvalidInputError
            If an input is missing, has another shape than (n, ...), or is not finite.
        """
        return self.outputs(inputs, batch_size)[:, : self.targets.width]

    def outputs(self, inputs: ArrayLike | Mapping[str, ArrayLike], batch_size: int = 256) -> NDArray[np.float64]:
        """All outputs, shape (n, outputs): the estimates, then whatever else the loss asks for; see `estimate`."""
        arrays = self._checked(inputs if isinstance(inputs, Mapping) else {next(iter(self.input_shapes)): inputs})
        found = self.network.predict(arguments(arrays), batch_size=batch_size, verbose=0)
        return np.asarray(found, dtype=np.float64)

    def _checked(self, inputs: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float32]]:
        shapes = self.input_shapes
        if set(inputs) != set(shapes):
            raise InvalidInputError("inputs", ", ".join(inputs), f"one for each of {', '.join(shapes)}")
        arrays = {}
        for name, shape in shapes.items():
            field = "inputs" if len(shapes) == 1 else f"inputs[{name}]"
            array = np.asarray(inputs[name], dtype=np.float32)
            if array.ndim != len(shape) + 1 or array.shape[1:] != shape:
                allowed = f"of shape ({', '.join(map(str, ('n', *shape)))})"
                raise InvalidInputError(field, f"shape {array.shape}", allowed)
            if not np.isfinite(array).all():
                raise InvalidInputError(field, "NaN or infinite values", "finite")
            arrays[name] = array
        return arrays

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
                "scaling": {"offset": self.scaling.offset.tolist(), "scale": self.scaling.scale.tolist()},
                "layout": dict(self.layout),
                "train_mean": self.train_mean.tolist(),
                "metadata": dict(self.metadata),
            },
        )

    @classmethod
    def load(cls, folder: Path, architecture: str | None = None) -> Self:
        """Read an estimator, in Keras' safe mode; ``architecture`` is what its metadata must say.

        Raises
        ------
        DataFileError
            If a file is missing, damaged, of another version's format, or of another architecture; or if the network
            does not fit the metadata.
        """
        path = folder / METADATA_FILE
        values = read_json(path)
        try:
            if values["format"] != FORMAT:
                raise DataFileError(
                    f"{path}: format {values['format']}, written by relaxnet {values['version']}: "
                    f"must be {FORMAT} (this is relaxnet {__version__}); train the model again"
                )
            found = values["metadata"].get("architecture")
            if architecture not in (None, found):
                raise DataFileError(f"{path}: architecture {found}: must be {architecture}")
            targets, name = Targets.from_json(values["targets"]), values["network"]
            fields = {
                "scaling": Scaling(**{key: np.array(values["scaling"][key]) for key in ("offset", "scale")}),
                "layout": values["layout"],
                "train_mean": np.array(values["train_mean"]),
                "metadata": values["metadata"],
            }
        except (KeyError, TypeError) as error:
            raise DataFileError(f"{path}: not an estimator ({error!r})") from None
        file = folder / NETWORK_FILE
        network = load_model(file, found, f"{file}: not a readable Keras model")
        if (
            network.name != name
            or network.output_shape[-1] < targets.width
            or len(fields["train_mean"]) != targets.width
        ):
            raise DataFileError(
                f"{file}: network {network.name} with outputs {network.output_shape[1:]}: "
                f"does not belong to {METADATA_FILE} ({name}, {targets.width} target values)"
            )
        return cls(network=network, targets=targets, **fields)
