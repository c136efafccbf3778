"""What a model estimated for the evaluated samples, in the form that figures take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.datasets.targets import Target
from relaxnet.evaluation.estimate_figures import CurvePanel, Example, ScatterPanel
from relaxnet.evaluation.figures import SortedPanel
from relaxnet.evaluation.metrics import sample_errors

from .spec import SseColumn

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
        examples, positions = list[Example](), np.asarray(target.axis.values)
        for case, rows in self.curves[target.name].groupby("case", sort=False):
            true, estimate = (rows[kind].to_numpy(dtype=np.float64) for kind in ("true", "estimate"))
            error = target.amount_text(float(sample_errors(true, estimate).mean()))
            title = f"{case}: sample {rows['sample'].iloc[0]}, MAE {error}"
            positions = rows["position"].to_numpy(dtype=np.float64)  # of this model, whatever those of others are
            examples.append(Example(title, true * target.display_factor, estimate * target.display_factor))
        unit = target.axis.unit
        axis = f"{target.axis.name} ({'–' if unit == '1' else unit})"
        return CurvePanel(target.label, axis, positions, examples)


def error_panels(models: Mapping[str, Estimates], targets: Sequence[Target]) -> list[SortedPanel]:
    """Errors of all models, a panel a target, with the target's thresholds; in the units for people."""
    return [
        SortedPanel(
            f"{'mean absolute' if target.axis else 'absolute'} error of {target.label}",
            {name: estimates.shown_errors(target) for name, estimates in models.items()},
            {target.amount_text(value): value * target.display_factor for value in target.thresholds},
        )
        for target in targets
    ]


def sse_panels(models: Mapping[str, Estimates], columns: Sequence[SseColumn]) -> dict[str, SortedPanel]:
    """Sums of squared errors of all models, by what they sum the errors of; none of those that no model has."""
    panels = {}
    for column in columns:
        found = {name: estimates.column(column.name) for name, estimates in models.items()}
        curves = {name: values[np.isfinite(values)] for name, values in found.items()}
        if curves := {name: values for name, values in curves.items() if len(values)}:
            panels[column.of] = SortedPanel(column.axis, curves)
    return panels
