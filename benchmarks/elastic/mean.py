"""The mean of the training cells as an estimate: what one knows without a look at the image."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .cells import parts_of
from .runs import Run

MEAN = "mean"


@dataclass(frozen=True)
class Task:
    """The estimate by the mean of so many images; call it for a row as those of the trainings."""

    images: int
    folder: Path

    @property
    def run(self) -> Run:
        """By which its row is named."""
        return Run(MEAN, "all", "none", self.images, 1, 0)

    def __call__(self) -> dict[str, Any]:
        """Test, and give a row."""
        from relaxnet.studies.elasticity.dataset.reader import read
        from relaxnet.studies.elasticity.samples.source import CellSource

        return row(self.run, CellSource(read(self.folder / self.run.data)).targets)


def row(run: Run, targets: Any) -> dict[str, Any]:
    """Errors of the mean, of constants in GPa, shape (n, 9)."""
    from relaxnet.evaluation.metrics import target_metrics
    from relaxnet.studies.elasticity.physics.constants import CONSTANTS

    training, validation, test = parts_of(len(targets), run.images)
    mean, spread = targets[training].mean(axis=0), targets[training].std(axis=0)
    metrics = {
        name: target_metrics(targets[test, column], np.full(len(test), mean[column]), mean[column], [1.0])
        for column, name in enumerate(CONSTANTS)
    }
    loss = float(np.mean(((targets[validation] - mean) / spread) ** 2))
    return {
        **asdict(run), "taken": 0, "trained_on": len(training), "seconds": 0.0, "estimate_ms": 0.0,
        "n_parameters": len(mean), "n_trainable": 0, "curve": [(0, loss)],
        **{key: {name: found[key] for name, found in metrics.items()} for key in ("nrmse", "r2")},
    }  # fmt: skip
