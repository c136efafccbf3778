"""The page that goes through the course's report, with the models of the profile in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json, write_text
from relaxnet.core.tables import read_frame
from relaxnet.evaluation.figures import render_figure
from relaxnet.reporting.comparison import read_history
from relaxnet.reporting.pages import inline, render
from relaxnet.reporting.records import METRICS, MetricsRecord, metrics_record
from relaxnet.reporting.spec import ReportSpec
from relaxnet.workflow.project import Project
from relaxnet.workflow.records import made_by

from ..stages import TRAINED_BY
from . import tables
from .figures import errors_figure, losses_figure
from .printed import ARTICLE, BASELINE_IN_WORDS, LOWEST_TEST_MSE

if TYPE_CHECKING:
    from ..params import ElasticityParams

SUBSET, UNSCALED = "course", "unscaled"
TRIALS = ["state", "value", "filters", "kernel", "dropout", "learning_rate"]


def write_course_page(params: ElasticityParams, project: Project, output: Path, spec: ReportSpec) -> None:
    """Write ``index.html`` and ``figures/``: the report's tables and figures, and what they leave out.

    Raises
    ------
    DataFileError
        If no model of the course's cells is evaluated; if an evaluation, a training or the search cannot be read.
    """
    names = [name for name, model in params.models.items() if model.subset == SUBSET]
    models = {name: read for name in names if (read := _metrics(project, spec, name)) is not None}
    if not models:
        raise DataFileError(f"{project.evaluation}: no model of subset {SUBSET} is evaluated")
    histories = {}
    for name in models:
        with made_by(project, TRAINED_BY.get(name, "train"), name):
            history = read_history(project.models / name / "history.csv")
        if len(history["loss"]) > 1 and name != UNSCALED:  # those that are solved have no course
            histories[name] = history
    unit = tables.Unit.of(models)
    figures = {"errors": errors_figure(models)} | ({"losses": losses_figure(histories)} if histories else {})
    drawings = {name: render_figure(figure) for name, figure in figures.items()}
    trials = read_frame(project.reports / "search" / "trials.csv", TRIALS)
    unscaled = models.get(UNSCALED)
    html = render(
        __package__,
        "page.html.jinja",
        {
            "article": ARTICLE,
            "profile": params.profile,
            "cells": next(iter(models.values())).samples.evaluated,
            "epochs": params.search.epochs,
            "tables": {
                "final": tables.final(params, models, unit),
                "constants": tables.constants(models),
                "top_ten": tables.top_ten(trials),
                "claims": tables.claims(models),
            },
            "unit_gpa": f"{unit.gpa:.2e}",
            "variance": f"{unit.variance_gpa2:.3g}",
            "baseline": f"{BASELINE_IN_WORDS:.0e}",
            "times_mean": f"{BASELINE_IN_WORDS / LOWEST_TEST_MSE:.0e}",
            "unscaled": None if unscaled is None else _unscaled(params, unscaled),
            "pictures": {name: inline(drawing.png) for name, drawing in drawings.items()},
        },
    )
    for name, drawing in drawings.items():
        drawing.save(output / "figures", name)
    write_text(output / "index.html", html)


def _metrics(project: Project, spec: ReportSpec, name: str) -> MetricsRecord | None:
    file = project.evaluation / name / METRICS
    if not file.exists():
        return None
    with made_by(project, "evaluate", name):
        return parse(metrics_record(spec.samples, [column.name for column in spec.sse]), read_json(file))


def _unscaled(params: ElasticityParams, model: MetricsRecord) -> dict[str, str]:
    """What a network that was trained on tiny numbers scores, in its own units and beside the mean."""
    unit = params.models[UNSCALED].unit_gpa or 1.0
    mean = float(np.mean([record.baseline_rmse**2 for record in model.targets.values()]))
    return {
        "unit": f"{unit:.0e}",
        "mse": f"{tables.mse_gpa2(model) / unit**2:.2e}",
        "mean": f"{mean / unit**2:.2e}",
        "r2": f"{np.mean([record.r2 or 0.0 for record in model.targets.values()]):.2f}".replace("-", "−"),
    }
