"""The page that goes through the report, with the models of the profile in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import write_text
from relaxnet.evaluation.figures import render_figure
from relaxnet.reporting.pages import inline, render

from ..dataset.reader import read
from . import tables
from .drawings import broadenings_figure, matrix_figure, points_figure
from .evaluated import read_evaluated
from .figures import accuracy_figure, losses_figure, spectra_figure
from .printed import ARTICLE, BROADENINGS, DEFAULT, DENSITIES, LOSSES_NORMALISED

if TYPE_CHECKING:
    from relaxnet.reporting.spec import ReportSpec
    from relaxnet.workflow.project import Project

    from ..params import SpectroscopyParams

SHOWN = (DEFAULT, "cosine", "pearson", "non-negative", "kernel-ridge", "mean")
"""Models in the distribution of the accuracy: more lines would hide each other."""


def write_assignment_page(params: SpectroscopyParams, project: Project, output: Path, spec: ReportSpec) -> None:
    """Write ``index.html`` and ``figures/``: the report's tables and figures, and what they leave out.

    Raises
    ------
    DataFileError
        If no model is evaluated; if an evaluation, a training or the data cannot be read.
    """
    models = {name: found for name in params.models if (found := read_evaluated(project, spec, name)) is not None}
    if not models:
        raise DataFileError(f"{project.evaluation}: no model is evaluated")
    # those that are solved have no course
    histories = {name: model.history for name, model in models.items() if len(model.history["loss"]) > 1}
    groups = {
        "loss functions": [*LOSSES_NORMALISED, "mae", "huber"],
        "broadening": list(BROADENINGS),
        "points": list(DENSITIES),
    }
    some = read(project.data / params.models[next(iter(models))].subset).take(slice(0, 3))
    figures = {
        "matrix": matrix_figure(some),
        "broadenings": broadenings_figure(some),
        "points": points_figure(some),
        "accuracy": accuracy_figure({name: models[name] for name in SHOWN if name in models}),
    }
    if histories:
        figures["losses"] = losses_figure(groups, histories)
    if DEFAULT in models:
        figures["spectra"] = spectra_figure(models[DEFAULT])
    drawings = {name: render_figure(figure) for name, figure in figures.items()}
    html = render(
        __package__,
        "page.html.jinja",
        {
            "article": ARTICLE,
            "profile": params.profile,
            "molecules": next(iter(models.values())).metrics.samples.evaluated,
            "epochs": params.train.epochs,
            "tables": {
                "claims": tables.claims(models),
                "weights": tables.weights(models),
                "losses": tables.losses(params, models),
                "losses_normalised": tables.losses_normalised(params, models),
                "broadenings": tables.broadenings(params, models),
                "densities": tables.densities(params, models),
                "negatives": tables.negatives(models),
                "one_for_all": tables.one_for_all(models),
            },
            "pictures": {name: inline(drawing.png) for name, drawing in drawings.items()},
        },
    )
    for name, drawing in drawings.items():
        drawing.save(output / "figures", name)
    write_text(output / "index.html", html)
