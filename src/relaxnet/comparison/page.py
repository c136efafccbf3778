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
from . import paper, tables
from .collect import Comparison, collect
from .labels import percent
from .plots import History, plots
from .summary import flat_numbers, sentences, summary_csv


def write_comparison(
    evaluation: Path,
    output: Path,
    *,
    models: Sequence[str] | None = None,
    materials_model: str = "G",
    histories: Mapping[str, History] | None = None,
) -> dict[str, float]:
    """Compare the models evaluated under ``evaluation`` and write the page into ``output``.

    Everything is read, checked and drawn before anything is written; equal input gives equal bytes.

    Parameters
    ----------
    evaluation : Path
        Holds ``<model>/metrics.json``, ``<model>/estimates.csv`` and ``materials.csv``.
    output : Path
        Gets ``index.html``, ``comparison.md``, ``figures/*.png``, ``summary.csv`` and ``summary.json``.
    models : sequence of str, optional
        Models in the order of the page; by default every sub-folder of ``evaluation``, by name.
    materials_model : str
        The model that made ``materials.csv``.
    histories : mapping, optional
        Model to its ``loss`` and ``val_loss`` of each epoch, for the figures of the training.

    Returns
    -------
    dict
        The flat numbers of ``summary.json``.

    Raises
    ------
    DataFileError
        If an evaluation is missing, cut short, damaged or of another model, or ``output`` cannot be written.
    InvalidInputError
        If ``materials_model`` or a history belongs to no model.
    """
    comparison = collect(evaluation, models)
    context = _context(comparison, materials_model)
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


def _context(comparison: Comparison, materials_model: str) -> dict[str, Any]:
    columns = tables.share_columns(comparison)
    return {
        "sentences": sentences(comparison),
        "columns": [f"{label.symbol} ± {label.amount(float(key))}" for label, key in columns],
        "shares": tables.share_table(comparison),
        "targets": [(label, tables.error_rows(comparison, label)) for label in comparison.targets],
        "studies": [_study(comparison, study) for study in tables.weight_studies(comparison)],
        "left_out": tables.left_out_rows(comparison),
        "sse": tables.sse_rows(comparison),
        "training": tables.training_rows(comparison),
        "materials": tables.material_rows(comparison, materials_model),
        "materials_model": materials_model,
        "fair": f"{tables.FAIR_SHARE_OF_MEAN:g}",
        "no_skill": f"{NO_SKILL:g}",
        "little_skill": f"{LITTLE_SKILL:g}",
        "paper": paper,
        "percent": percent,
    }


def _study(comparison: Comparison, study: tables.WeightStudy) -> dict[str, Any]:
    """Title of a study of weights, its columns (one a variant) and, for each target, the variants' rows."""
    by_name = {label.name: label for label in comparison.targets}
    rows = []
    for label in comparison.targets:
        errors = {row.model: row for row in tables.error_rows(comparison, label)}
        rows.append((label.axis(), [errors[name] for name in study.variants.values()]))
    symbol = by_name[study.target].symbol
    return {
        "section": f"weights_{study.subset}_{study.target}",
        "title": f"Subset {study.subset}: weight of {symbol} in the loss",
        "heads": [f"{name} (weight {weight:g})" for weight, name in study.variants.items()],
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
    return environment.from_string(source).render(context)
