"""Figures of the page, by file name, with the sentence that stands below each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from relaxnet.core.errors import InvalidInputError
from relaxnet.evaluation.figures import (
    ScatterPanel,
    SortedPanel,
    relative_error_figure,
    scatter_figure,
    sorted_errors_figure,
    training_figure,
)
from .collect import Comparison, ModelResult
from ..labels import TargetLabel, listed, number
from ..spec import SseColumn
from .weights import WeightVariants, weight_variants

History = Mapping[str, Sequence[float]]
"""Loss of each epoch: ``loss`` on training data, ``val_loss`` on validation data."""


class Plot(NamedTuple):
    """A figure, the stem of its file, where it belongs on the page and what it shows."""

    stem: str
    section: str
    caption: str
    figure: Figure


def plots(comparison: Comparison, histories: Mapping[str, History]) -> Iterator[Plot]:
    """All figures of the page; one at a time, so that only one is in memory.

    Raises
    ------
    InvalidInputError
        If a history lacks ``loss`` or ``val_loss``, or belongs to no model.
    """
    for name, history in histories.items():  # before anything is drawn
        if name not in comparison.models or not {"loss", "val_loss"} <= set(history):
            allowed = f"loss and val_loss of one of {', '.join(comparison.models)}"
            raise InvalidInputError(f"histories[{name}]", list(history), allowed)
    yield Plot(
        "sorted_errors",
        "errors",
        "Sorted absolute errors of all models. A curve that crosses a dotted line at 90 % has 90 % of its "
        "estimates within that threshold; lower is better.",
        sorted_errors_figure([_error_panel(comparison, label) for label in comparison.targets]),
    )
    panels = {column.of: panel for column in comparison.study.sse if (panel := _sse_panel(comparison, column)).curves}
    if panels:
        yield Plot(
            "sorted_sse",
            "sse",
            f"Sorted sums of squared errors of all models: of the {listed(panels)}; lower is better.",
            sorted_errors_figure(list(panels.values())),
        )
    for group in weight_variants(comparison):
        yield Plot(
            group.stem,
            group.stem,
            "Mean absolute error of each target as a share of what predicting the mean errs; left is better.",
            _weights_figure(comparison, group),
        )
    for name, result in comparison.models.items():
        caption = f"Model {name}: estimates against true values of the evaluated test {comparison.study.samples}."
        yield Plot(f"estimates_{name}", "estimates", caption, _scatter(comparison, result))
    for name, history in histories.items():
        caption = f"Model {name}: weighted loss over the epochs of the training."
        figure = training_figure(history["loss"], history["val_loss"], f"Training of model {name}")
        yield Plot(f"training_{name}", "training", caption, figure)


def _error_panel(comparison: Comparison, label: TargetLabel) -> SortedPanel:
    records = next(iter(comparison.models.values())).metrics.targets
    return SortedPanel(
        f"absolute error of {label.axis()}",
        {name: result.errors(label.name) * label.factor for name, result in comparison.models.items()},
        {label.amount(float(key)): float(key) * label.factor for key in records[label.name].within},
    )


def _sse_panel(comparison: Comparison, column: SseColumn) -> SortedPanel:
    values = {name: result.column(column.name) for name, result in comparison.models.items()}
    curves = {name: v[np.isfinite(v)] for name, v in values.items()}
    return SortedPanel(column.axis, {name: v for name, v in curves.items() if len(v)})


def _scatter(comparison: Comparison, result: ModelResult) -> Figure:
    panels = [
        ScatterPanel(
            label.axis(),
            result.column(f"true_{label.name}") * label.factor,
            result.column(f"estimate_{label.name}") * label.factor,
        )
        for label in comparison.targets
    ]
    return scatter_figure(panels, f"Model {result.name}")


def _weights_figure(comparison: Comparison, group: WeightVariants) -> Figure:
    symbol = next(label.symbol for label in comparison.targets if label.name == group.target)
    groups = {}
    for weight, name in group.variants.items():
        records = comparison.models[name].metrics.targets
        groups[f"{name}: weight of {symbol} {number(weight)}"] = {
            label.symbol: records[label.name].mae / records[label.name].baseline_mae for label in comparison.targets
        }
    return relative_error_figure(groups, f"Subset {group.subset}: weight of {symbol} in the loss")
