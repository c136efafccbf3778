"""Write the comparison: a self-contained HTML page, the same in Markdown, its figures and its numbers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from ..evaluation.figures import png_bytes
from ..evaluation.metrics import LITTLE_SKILL, NO_SKILL
from ..files import atomic_path, write_json, write_text
from . import tables
from .collect import Comparison, collect
from .external import FAIR_SHARE_OF_MEAN, case_rows
from .labels import begin_sentence
from .plots import History, plots
from .study import Study
from .summary import flat_numbers, sentences, summary_csv
from .weights import WeightVariants, weight_variants


def write_comparison(
    evaluation: Path,
    output: Path,
    *,
    study: Study,
    models: Sequence[str] | None = None,
    histories: Mapping[str, History] | None = None,
) -> dict[str, float]:
    """Compare the models evaluated under ``evaluation`` and write the page into ``output``.

    Everything is read, checked and drawn before anything is written; equal input gives equal bytes.

    Parameters
    ----------
    evaluation : Path
        Holds ``<model>/metrics.json``, ``<model>/estimates.csv`` and the study's external cases.
    output : Path
        Gets ``index.html``, ``comparison.md``, ``figures/*.png``, ``summary.csv`` and ``summary.json``.
    study : Study
        What is to be known of the study that the models belong to.
    models : sequence of str, optional
        Models in the order of the page; by default every sub-folder of ``evaluation``, by name.
    histories : mapping, optional
        Model to its ``loss`` and ``val_loss`` of each epoch, for the figures of the training.

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
    context = _context(comparison)
    images: dict[str, bytes] = {}
    captions: dict[str, list[dict[str, str]]] = {}
    for plot in plots(comparison, histories or {}):
        images[plot.stem] = png_bytes(plot.figure)
        captions.setdefault(plot.section, []).append({"stem": plot.stem, "caption": plot.caption})
    data = {stem: base64.b64encode(image).decode("ascii") for stem, image in images.items()}
    html = _render("comparison.html.jinja", context | {"figures": captions, "data": data})
    markdown = _render("comparison.md.jinja", context | {"figures": captions})
    numbers = flat_numbers(comparison)

    for stem, image in images.items():
        with atomic_path(output / "figures" / f"{stem}.png") as part:
            part.write_bytes(image)
    write_text(output / "comparison.md", markdown)
    write_text(output / "summary.csv", summary_csv(comparison))
    write_json(output / "summary.json", numbers)
    write_text(output / "index.html", html)
    return numbers


def _context(comparison: Comparison) -> dict[str, Any]:
    columns = tables.share_columns(comparison)
    rescaled = [label for label in comparison.targets if label.factor != 1.0]
    return {
        "study": comparison.study,
        "sentences": sentences(comparison),
        "columns": [(label.symbol, f"± {label.amount(float(key))}") for label, key in columns],
        "shares": tables.share_table(comparison),
        "targets": [(label, tables.error_rows(comparison, label)) for label in comparison.targets],
        "weights": [_weights(comparison, group) for group in weight_variants(comparison)],
        "left_out": tables.left_out_rows(comparison),
        "sse_heads": tables.sse_heads(comparison),
        "sse": tables.sse_rows(comparison),
        "training": tables.training_rows(comparison),
        "cases": case_rows(comparison),
        "subsets": len({result.metrics.subset for result in comparison.models.values()}),
        "file_units": ", ".join(f"{label.symbol} in {label.file_unit}" for label in rescaled),
        "fair": f"{FAIR_SHARE_OF_MEAN:g}",
        "no_skill": f"{NO_SKILL:g}",
        "little_skill": f"{LITTLE_SKILL:g}",
    }


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
    source = (files(__package__) / template).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=".html" in template,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["begin"] = begin_sentence
    return environment.from_string(source).render(context)
