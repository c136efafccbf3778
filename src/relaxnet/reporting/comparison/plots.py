"""Figures of the page, by file name, with the sentence that stands below each."""

from collections.abc import Iterator, Mapping

from matplotlib.figure import Figure

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.text import listed, number
from relaxnet.evaluation.estimate_figures import estimates_figure
from relaxnet.evaluation.figures import relative_error_figure, sorted_errors_figure, training_figure

from ..estimates import error_panels, sse_panels
from .collect import Comparison, History
from .tables import LossWeightVariants, loss_weight_variants

Plot = tuple[str, str, str, Figure]
"""The stem of a figure's file, where it belongs on the page, what it shows, and itself."""


def plots(comparison: Comparison, histories: Mapping[str, History]) -> Iterator[Plot]:
    """All figures of the page; one at a time, so that only one is in memory.

    Raises
    ------
    InvalidInputError
        If a history lacks ``loss`` or ``val_loss``, or belongs to no model.
    """
    models = comparison.estimates
    for name, history in histories.items():  # before anything is drawn
        if name not in models or not {"loss", "val_loss"} <= set(history):
            allowed = f"loss and val_loss of one of {', '.join(models)}"
            raise InvalidInputError(f"histories[{name}]", list(history), allowed)
    caption = "Sorted absolute errors of all models. A curve that crosses a dotted line at 90 % has 90 % of its "
    caption += "estimates within that threshold; lower is better."
    yield "sorted_errors", "errors", caption, sorted_errors_figure(error_panels(models, comparison.targets))
    if panels := sse_panels(models, comparison.spec.sse):
        caption = f"Sorted sums of squared errors of all models: {listed(panels)}; lower is better."
        yield "sorted_sse", "sse", caption, sorted_errors_figure(list(panels.values()))
    for group in loss_weight_variants(comparison):
        if errors := _relative_errors(comparison, group):
            caption = "Mean absolute error of each target over that of the training-mean baseline; left is better."
            yield group.stem, group.stem, caption, relative_error_figure(errors, group.title)
    for name, estimates in models.items():
        caption = f"Model {name}: estimates against true values of the evaluated test {comparison.spec.samples}"
        if comparison.vectors:
            vectors = listed(target.short for target in comparison.vectors)
            caption += f"; of {vectors}, the curves with the median, the 90th-percentile and the worst error"
        figure = estimates_figure([estimates.panel(target) for target in comparison.targets], f"Model {name}")
        yield f"estimates_{name}", "estimates", f"{caption}.", figure
    for name, history in histories.items():
        caption = f"Model {name}: weighted loss after each epoch of the training."
        figure = training_figure(history["loss"], history["val_loss"], f"Training of model {name}")
        yield f"training_{name}", "training", caption, figure


def _relative_errors(comparison: Comparison, group: LossWeightVariants) -> dict[str, dict[str, float]]:
    """Errors divided by the baseline's, by variant and target; none of a target on which the baseline does not err."""
    found: dict[str, dict[str, float]] = {}
    for target in comparison.targets:
        records = {name: comparison.records(target)[name] for name in group.variants.values()}
        if all(record.baseline_mae > 0 for record in records.values()):
            for weight, name in group.variants.items():
                ratios = found.setdefault(f"{name}: loss weight {number(weight)}", {})
                ratios[target.short] = records[name].mae / records[name].baseline_mae
    return found
