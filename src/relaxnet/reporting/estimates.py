"""What a model estimated for the evaluated samples, in the form that figures take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.datasets.targets import Target
from relaxnet.evaluation.estimate_figures import CurvePanel, Example, ScatterPanel
from relaxnet.evaluation.metrics import sample_errors

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Estimates:
    """The evaluated rows of ``estimates.csv``, and ``curves/<target>.csv`` of each vector target by name."""

    table: pd.DataFrame
    curves: Mapping[str, pd.DataFrame]

    def column(self, name: str) -> Float:
        """Values of one column."""
        return self.table[name].to_numpy(dtype=np.float64)

    def true(self, target: Target) -> Float:
        """True values of a scalar target, in its unit for people."""
        return self.column(f"true_{target.name}") * target.display_factor

    def errors(self, target: Target) -> Float:
        """Absolute error of each sample, in the target's unit; of a vector, the mean along its axis."""
        if target.axis:
            return self.column(f"error_{target.name}")
        return np.abs(self.column(f"estimate_{target.name}") - self.column(f"true_{target.name}"))

    def shown_errors(self, target: Target) -> Float:
        """`errors` in the target's unit for people."""
        return self.errors(target) * target.display_factor

    def panel(self, target: Target) -> ScatterPanel | CurvePanel:
        """Estimates against true values, of a vector its example curves, in the target's unit for people."""
        if target.axis is None:
            estimate = self.column(f"estimate_{target.name}") * target.display_factor
            return ScatterPanel(target.label, self.true(target), estimate)
        examples = []
        for case, rows in self.curves[target.name].groupby("case", sort=False):
            true, estimate = (rows[kind].to_numpy(dtype=np.float64) for kind in ("true", "estimate"))
            error = target.amount_text(float(sample_errors(true, estimate).mean()))
            title = f"{case}: sample {rows['sample'].iloc[0]}, MAE {error}"
            examples.append(Example(title, true * target.display_factor, estimate * target.display_factor))
        unit = target.axis.unit
        axis = f"{target.axis.name} ({'–' if unit == '1' else unit})"
        return CurvePanel(target.label, axis, np.asarray(target.axis.values), examples)


def error_label(target: Target) -> str:
    """Text for an axis with the errors of a target."""
    return f"{'mean absolute' if target.axis else 'absolute'} error of {target.label}"
