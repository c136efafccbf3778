"""One training of the benchmark, named by all it depends on, and done in any process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .molecules import parts_of

if TYPE_CHECKING:
    from relaxnet.datasets.source import Inputs
    from relaxnet.studies.spectroscopy.samples.source import MoleculeSource

NETWORKS = "relaxnet.studies.spectroscopy.networks"
BATCH = 32
POINTS_OF_CURVE = 12  # of the course of the validation loss
NOISE = 1.0  # of the row norms, in hartree
SOLVED = ("kernel_ridge", "mean")
KERNEL_RIDGE = 10_000  # at most so many molecules
RATES = {"report": (1e-4, "constant"), "cosine": (1e-3, "cosine")}
"""Of Adam: as in the report, and with a tenth of warm-up."""

LOSSES: dict[str, Any] = {
    "rmse": "rmse", "smooth": "smooth_l1", "logcosh": "log_cosh", "cosine": "cosine", "pearson": "pearson",
    "mse": "mse", "mae": "mae", "huber": {"name": "huber", "delta": 0.02},
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A training: ``model`` is ``cnn``, with an ``output``, ``levels`` or one of `SOLVED`, ``rate`` one of `RATES`."""

    model: str
    sigma_ev: float
    points: int
    loss: str
    molecules: int
    seed: int
    steps: int
    output: str = "linear"
    rate: str = "cosine"

    @property
    def name(self) -> str:
        """For people and for the journal."""
        return "-".join(map(str, asdict(self).values()))


@dataclass(frozen=True)
class Task:
    """A run with the folder of the benchmark; call it to do it."""

    run: Run
    folder: Path

    def __call__(self) -> dict[str, Any]:
        """Train, test, and give a row."""
        from relaxnet.studies.spectroscopy.dataset.reader import read
        from relaxnet.studies.spectroscopy.samples.source import MoleculeSource
        from relaxnet.studies.spectroscopy.samples.targets import energy_grid

        source = MoleculeSource(read(self.folder / "molecules"), self.run.sigma_ev, energy_grid(self.run.points))
        return carry_out(self.run, source, parts_of(source.groups, self.run.molecules))


class Drawn:
    """Training molecules in random order, all once before any twice, with their atoms in ever other orders.

    Epochs are drawn one after the other, each at once: a training whose epochs fit into memory asks like this.
    """

    def __init__(self, source: MoleculeSource, index: NDArray[np.int64]) -> None:
        self._source, self._index = source, index
        self._waiting = index[:0]

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Inputs, NDArray[np.float64]]:
        """Matrices and spectra of ``count`` samples."""
        from relaxnet.studies.spectroscopy.samples.augment import in_other_orders

        while len(self._waiting) < count:
            self._waiting = np.concatenate([self._waiting, generator.permutation(self._index)])
        rows, self._waiting = np.split(self._waiting, [count])
        return in_other_orders(NOISE, self._source.inputs(rows), generator), self._source.targets[rows]


def carry_out(run: Run, source: MoleculeSource, parts: tuple[NDArray[np.int64], ...]) -> dict[str, Any]:
    """Train, test, and give a row."""
    import keras

    from relaxnet.core.backend import prepare_backend
    from relaxnet.datasets.source import in_blocks
    from relaxnet.datasets.split import Split
    from relaxnet.models.blocks.architectures import build
    from relaxnet.models.blocks.network import arguments
    from relaxnet.studies.spectroscopy.samples.targets import spectrum
    from relaxnet.training.config import LossConfig
    from relaxnet.training.loop import train
    from relaxnet.training.losses import make_loss

    training, validation, test = parts
    solved = run.model in SOLVED
    prepare_backend(run.seed)
    network = build(f"{NETWORKS}.{run.model}:{run.model}", _options(run), source.input_shapes, run.points)
    of_epoch = run.steps // POINTS_OF_CURVE
    index = training if solved else np.resize(training, of_epoch * BATCH)  # of an epoch; a stream draws as many
    trained = train(
        network, source, Split(index, validation, test), spectrum(run.points),
        make_loss(LossConfig.model_validate(LOSSES[run.loss]), [1.0] * run.points), _config(run, solved),
        label=run.name, stream=None if solved else Drawn(source, training),
    )  # fmt: skip
    estimate = in_blocks(lambda inputs: trained.model.predict(arguments(inputs), verbose=0), source, test)
    keras.backend.clear_session()
    curve = list(enumerate(trained.history["val_loss"], start=1))
    return {
        **asdict(run), "taken": of_epoch * POINTS_OF_CURVE, "trained_on": len(training),
        "seconds": round(trained.seconds, 1), "n_parameters": trained.n_parameters,
        "curve": [(epoch * of_epoch, loss) for epoch, loss in curve], **means(source, test, estimate),
    }  # fmt: skip


def means(source: MoleculeSource, test: NDArray[np.int64], estimate: NDArray[np.float64]) -> dict[str, float | None]:
    """Means of the study's measures over the test molecules; None where one of them has none."""
    from types import SimpleNamespace

    from relaxnet.studies.spectroscopy.measures import measures

    tested: Any = SimpleNamespace(source=source, index=test, estimate=estimate, progress=lambda _: None)
    params: Any = None
    table = measures(tested, params).drop(columns=["atoms", "ionisation_ev", "sigma_ev"])
    found = {name: float(table[name].mean(skipna=False)) for name in table.columns}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _options(run: Run) -> dict[str, Any]:
    if run.model == "kernel_ridge":
        return {"molecules": min(run.molecules, KERNEL_RIDGE)}
    return {"output": run.output} if run.model == "cnn" else {}


def _config(run: Run, solved: bool) -> Any:
    from relaxnet.training.config import OptimizerConfig, TrainConfig

    rate, schedule = RATES[run.rate]
    warmup = {"warmup": 0.1} if schedule == "cosine" else {}
    optimizer = OptimizerConfig.model_validate({"name": "adam", "learning_rate": rate, "schedule": schedule, **warmup})
    epochs = 1 if solved else POINTS_OF_CURVE
    return TrainConfig(optimizer=optimizer, batch_size=BATCH, epochs=epochs, seed=run.seed, threads=1)
