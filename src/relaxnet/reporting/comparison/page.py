"""Write the comparison: a self-contained HTML page, the same in Markdown, its figures and its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs

from relaxnet.evaluation.figures import png_bytes, svg_bytes
from relaxnet.evaluation.metrics import LITTLE_SKILL, NO_SKILL
from relaxnet.core.files import atomic_path, write_json, write_text
from ..pages import inline, render
from . import tables
from .changes import Changes, Memory, changes
from .collect import Comparison, collect
from .external import FAIR_SHARE_OF_MEAN, case_rows
from .interactive import MOST_POINTS, figure_data
from ..labels import TargetLabel, begin_sentence, listed
from .plots import History, plots
from ..spec import Study
from .summary import flat_numbers, sentences, summary_csv
from .weights import WeightVariants, weight_variants


def write_comparison(
    evaluation: Path,
    output: Path,
    *,
    study: Study,
    models: Sequence[str] | None = None,
    histories: Mapping[str, History] | None = None,
    memory: Path | None = None,
) -> dict[str, float]:
    """Compare the models evaluated under ``evaluation`` and write the page into ``output``.

    Everything is read, checked and drawn before anything is written; equal input gives equal bytes (but for what
    changed since the last comparison, if ``memory`` is given).

    Parameters
    ----------
    evaluation : Path
        Holds ``<model>/metrics.json``, ``<model>/estimates.csv`` and the study's external cases.
    output : Path
        Gets ``index.html``, ``comparison.md``, ``figures/*.png`` and ``*.svg``, ``sorted/<target>.csv``,
        ``summary.csv`` and ``summary.json``.
    study : Study
        What is to be known of the study that the models belong to.
    models : sequence of str, optional
        Models in the order of the page; by default every sub-folder of ``evaluation``, by name.
    histories : mapping, optional
        Model to its ``loss`` and ``val_loss`` of each epoch, for the figures of the training.
    memory : Path, optional
        JSON file that keeps the numbers of the last comparisons, to tell what changed.

    Returns
    -------
    dict
        The flat numbers of ``summary.json``.

    Raises
    ------
    DataFileError
        If an evaluation is missing, cut short, damaged or of another model or study, or ``output`` cannot be written.
    InvalidInputError
        If a history or the external cases belong to no model.
    """
    comparison = collect(evaluation, study, models)
    numbers = flat_numbers(comparison)
    kept = Memory(memory) if memory else None
    previous = kept.previous(comparison, numbers) if kept else None
    changed = changes(comparison, numbers, previous) if previous else None
    images: dict[str, tuple[bytes, bytes]] = {}
    captions: dict[str, list[dict[str, str]]] = {}
    for plot in plots(comparison, histories or {}):
        images[plot.stem] = png_bytes(plot.figure), svg_bytes(plot.figure)
        captions.setdefault(plot.section, []).append({"stem": plot.stem, "caption": plot.caption})
    context = _context(comparison, changed) | {"figures": captions}
    html = _render(
        "comparison.html.jinja",
        context
        | {
            "data": {stem: inline(png) for stem, (png, _) in images.items()},
            "plotly": get_plotlyjs(),
            "script": (files(__package__) / "page.js").read_text(encoding="utf-8"),
            "figure_data": figure_data(comparison),
        },
    )
    markdown = _render("comparison.md.jinja", context)

    for stem, (png, svg) in images.items():
        for ending, image in (("png", png), ("svg", svg)):
            with atomic_path(output / "figures" / f"{stem}.{ending}") as part:
                part.write_bytes(image)
    for label in comparison.targets:
        write_text(output / "sorted" / f"{label.name}.csv", _sorted_csv(comparison, label))
    write_text(output / "comparison.md", markdown)
    write_text(output / "summary.csv", summary_csv(comparison))
    write_json(output / "summary.json", numbers)
    write_text(output / "index.html", html)
    if kept:
        kept.keep(comparison, numbers)
    return numbers


def _sorted_csv(comparison: Comparison, label: TargetLabel) -> str:
    """Sorted absolute errors of one target at every percent of the samples, a column a model, for ``dvc plots``."""
    percent = np.arange(101)
    columns = [np.percentile(result.errors(label.name), percent) for result in comparison.models.values()]
    lines = [",".join(["percent", *comparison.models])]
    lines += [",".join([str(p), *(f"{c[p]:.6g}" for c in columns)]) for p in percent]
    return "\n".join(lines) + "\n"


def _context(comparison: Comparison, changed: Changes | None) -> dict[str, Any]:
    study, columns = comparison.study, tables.share_columns(comparison)
    rescaled = [label for label in comparison.targets if label.factor != 1.0]
    return {
        "study": study,
        "sentences": sentences(comparison),
        "columns": [(label.symbol, f"± {label.amount(float(key))}") for label, key in columns],
        "shares": tables.share_table(comparison),
        "targets": [(label, tables.error_rows(comparison, label)) for label in comparison.targets],
        "weights": [_weights(comparison, group) for group in weight_variants(comparison)],
        "left_out": tables.left_out_rows(comparison),
        "sse_heads": tables.sse_heads(comparison),
        "sse": tables.sse_rows(comparison),
        "training_heads": tables.training_heads(comparison),
        "training": tables.training_rows(comparison),
        "changed": changed,
        "claims": tables.claim_rows(comparison),
        "quantile_heads": tables.quantile_heads(comparison),
        "quantiles": tables.quantile_rows(comparison),
        "group_heads": tables.group_heads(comparison),
        "groups": [(group, tables.group_rows(comparison, group.name)) for group in study.groups],
        "descriptor_heads": tables.descriptor_heads(comparison),
        "descriptors": [(item, tables.descriptor_rows(comparison, item.name)) for item in study.descriptors],
        "sse_panels": [column for column in study.sse if _known(comparison, column.name)],
        "cases": case_rows(comparison),
        "subsets": len({result.metrics.subset for result in comparison.models.values()}),
        "file_units": ", ".join(f"{label.symbol} in {label.file_unit}" for label in rescaled),
        "most_points": MOST_POINTS,
        "fair": f"{FAIR_SHARE_OF_MEAN:g}",
        "no_skill": f"{NO_SKILL:g}",
        "little_skill": f"{LITTLE_SKILL:g}",
    }


def _known(comparison: Comparison, column: str) -> bool:
    return any(np.isfinite(result.column(column)).any() for result in comparison.models.values())


def _weights(comparison: Comparison, group: WeightVariants) -> dict[str, Any]:
    """Title of a group of models, its columns (one a variant) and, for each target, the variants' rows."""
    by_name = {label.name: label for label in comparison.targets}
    rows = []
    for label in comparison.targets:
        errors = {row.model: row for row in tables.error_rows(comparison, label)}
        rows.append((label.axis(), [errors[name] for name in group.variants.values()]))
    return {
        "section": group.stem,
        "title": f"Subset {group.subset}: weight of {by_name[group.target].symbol} in the loss",
        "heads": [f"{name} (weight {weight:g})" for weight, name in group.variants.items()],
        "rows": rows,
    }


def _render(template: str, context: Mapping[str, Any]) -> str:
    return render(__package__, template, context, {"begin": begin_sentence, "listed": listed})
