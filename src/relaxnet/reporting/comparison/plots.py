"""Figures of the page, by file name, with the sentence that stands below each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from matplotlib.figure import Figure

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.text import listed, number
from relaxnet.evaluation.estimate_figures import estimates_figure
from relaxnet.evaluation.figures import relative_error_figure, sorted_errors_figure, training_figure

from ..estimates import error_panels, sse_panels
from .collect import Comparison, History
from .tables import LossWeightVariants, loss_weight_variants


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
    models = comparison.estimates
    yield Plot(
        "sorted_errors",
        "errors",
        "Sorted absolute errors of all models. A curve that crosses a dotted line at 90 % has 90 % of its "
        "estimates within that threshold; lower is better.",
        sorted_errors_figure(error_panels(models, comparison.targets)),
    )
    if panels := sse_panels(models, comparison.spec.sse):
        yield Plot(
            "sorted_sse",
            "sse",
            f"Sorted sums of squared errors of all models: {listed(panels)}; lower is better.",
            sorted_errors_figure(list(panels.values())),
        )
    for group in loss_weight_variants(comparison):
        if errors := _relative_errors(comparison, group):
            yield Plot(
                group.stem,
                group.stem,
                "Mean absolute error of each target, divided by that of the training-mean baseline; left is better.",
                relative_error_figure(errors, group.title),
            )
    for name, estimates in models.items():
        caption = f"Model {name}: estimates against true values of the evaluated test {comparison.spec.samples}"
        if comparison.vectors:
            vectors = listed(target.short for target in comparison.vectors)
            caption += f"; of {vectors}, the curves with the median, the 90th-percentile and the worst error"
        figure = estimates_figure([estimates.panel(target) for target in comparison.targets], f"Model {name}")
        yield Plot(f"estimates_{name}", "estimates", f"{caption}.", figure)
    for name, history in histories.items():
        caption = f"Model {name}: weighted loss after each epoch of the training."
        figure = training_figure(history["loss"], history["val_loss"], f"Training of model {name}")
        yield Plot(f"training_{name}", "training", caption, figure)


def _relative_errors(comparison: Comparison, group: LossWeightVariants) -> dict[str, dict[str, float]]:
    """Errors divided by the baseline's, by variant and target; none of a target on which the baseline does not err."""
    records = {name: comparison.models[name].metrics.targets for name in group.variants.values()}
    targets = [t for t in comparison.targets if all(record[t.name].baseline_mae > 0 for record in records.values())]
    if not targets:
        return {}
    return {
        f"{name}: loss weight {number(weight)}": {
            target.short: records[name][target.name].mae / records[name][target.name].baseline_mae for target in targets
        }
        for weight, name in group.variants.items()
    }
