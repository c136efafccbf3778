"""The page that goes through the paper: every table and figure of it, as this project has it in the profile in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json, write_text
from relaxnet.evaluation.figures import render_figure
from relaxnet.models.blocks.architectures import build
from relaxnet.models.blocks.mcnn import McnnOptions
from relaxnet.reporting.pages import inline, render
from relaxnet.reporting.records import METRICS, MetricsRecord, metrics_record
from relaxnet.reporting.spec import ReportSpec
from relaxnet.training.estimator import METADATA_FILE
from relaxnet.workflow.project import Project
from relaxnet.workflow.records import made_by, read_record

from ..physics import ChrProgram
from ..physics.published import MATERIALS
from ..samples.source import AXIS, INPUT
from ..samples.targets import TARGETS
from . import tables
from .drawings import Scans, descriptors_figure, network_figure, program_figure, segment_figure, state_space_figure
from .results import ARTICLE
from .results_figures import central_figure, evaluated, models_figure, planes_figure, read_estimates
from .tables import ARCHITECTURE

if TYPE_CHECKING:
    from ..params import RelaxationParams

EXAMPLE = "As2Se3"
CENTRAL, GRID = "C", "G"  # the subsets whose results the paper shows
PLANES = {
    "planes_position_shape": (("dh_j_per_mol", "ln_a"), ("x", "beta")),  # Fig. 10
    "planes_mixed": (("dh_j_per_mol", "x"), ("dh_j_per_mol", "beta")),  # Fig. 11
}


def write_paper_page(params: RelaxationParams, project: Project, output: Path, spec: ReportSpec) -> None:
    """Draw the method and the results of the evaluated models, and write ``index.html`` and ``figures/``.

    ``spec`` is the study's own.  The paper shows results of its models of subsets C and G; the first evaluated model of
    each stands for it.  Where there is none, the page says so in place of the figure.

    Raises
    ------
    DataFileError
        If no model of the params is evaluated, or a model or an evaluation is damaged.
    """
    names = evaluated(project.evaluation, list(params.models))
    if not names:
        raise DataFileError(f"{project.evaluation}: no model of the params is evaluated: run `make repro` first")
    found = {subset: _model_of(params, names, subset) for subset in (CENTRAL, GRID)}
    example = found[CENTRAL] or names[0]
    with made_by(project, "train", example):
        axis = _axis(project.models / example / METADATA_FILE)
    figures = _drawings(params, axis) | _results(project.evaluation, names, found, spec)
    drawings = {name: render_figure(figure) for name, figure in figures.items()}
    shown = {
        "rates": tables.rates(ChrProgram()),
        "ranges": tables.ranges(),
        "limits": tables.limits(),
        "models": tables.models(params),
        "training": tables.training(params),
        "shares": tables.shares({name: _metrics(project.evaluation / name, spec) for name in names}, spec),
    }
    html = render(
        __package__, "page.html.jinja",
        {"tables": shown, "pictures": {name: inline(drawing.png) for name, drawing in drawings.items()},
         "central": found[CENTRAL], "grid": found[GRID], "input_of": found[CENTRAL] or names[0],
         "profile": params.profile, "example": EXAMPLE, "architecture": ARCHITECTURE, "article": ARTICLE},
    )  # fmt: skip
    for name, drawing in drawings.items():
        drawing.save(output / "figures", name)
    write_text(output / "index.html", html)


def _metrics(folder: Path, spec: ReportSpec) -> MetricsRecord:
    return read_record(metrics_record(spec.samples, ()), folder / METRICS)


def _model_of(params: RelaxationParams, names: Sequence[str], subset: str) -> str | None:
    """Name of the first evaluated model of a subset; the table of the models gives its loss weights."""
    return next((name for name in names if params.models[name].subset == subset), None)


def _results(
    evaluation: Path, names: Sequence[str], found: Mapping[str, str | None], spec: ReportSpec
) -> dict[str, Figure]:
    """The figures of results; those of a subset without a model are missing."""
    estimates = {name: read_estimates(evaluation / name, spec) for name in names}
    figures = {"sorted_errors_models": models_figure(estimates)}
    if central := found[CENTRAL]:
        figures["sorted_errors_central"] = central_figure(central, estimates[central], spec)
    if grid := found[GRID]:
        for name, pairs in PLANES.items():
            figures[name] = planes_figure(grid, estimates[grid], spec, pairs)
    return figures


def _axis(file: Path) -> dict[str, float]:
    """First and last temperature and number of points of a trained model's input."""
    try:
        axis = read_json(file)["layout"][AXIS]
        return {name: float(axis[name]) for name in ("first", "last", "points")}
    except (KeyError, TypeError, ValueError) as error:
        raise DataFileError(f"{file}: not the metadata of a model on a temperature axis ({error!r})") from None


def _drawings(params: RelaxationParams, axis: Mapping[str, float]) -> dict[str, Figure]:
    """The paper's drawings of its method, with the input of a trained model on this temperature axis."""
    program = ChrProgram()
    scans = Scans.simulate(MATERIALS[EXAMPLE], program)
    config = params.training(ARCHITECTURE)
    points, span_k = int(axis["points"]), axis["last"] - axis["first"]
    inputs = {INPUT: (points, len(program.cooling_rates_k_per_min))}
    network = build(ARCHITECTURE, config.network, inputs, TARGETS.width)
    return {
        "program": program_figure(scans),
        "state_space": state_space_figure(),
        "network": network_figure(network),
        "segment": segment_figure(scans, span_k / (points - 1), parse(McnnOptions, config.network)),
        "descriptors": descriptors_figure(scans),
    }
