"""The page that goes through the paper: every table and figure of it, as this project has it in the profile in use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_text
from relaxnet.evaluation.figures import render_figure
from relaxnet.models.blocks.architectures import build
from relaxnet.models.blocks.mcnn import McnnOptions
from relaxnet.reporting.pages import inline, render
from relaxnet.training.estimator import METADATA_FILE
from relaxnet.workflow.project import Project

from ..physics import ChrProgram
from ..physics.published import MATERIALS
from ..samples.source import AXIS, INPUT
from ..samples.targets import TARGETS
from . import tables
from .drawings import Scans, descriptors_figure, network_figure, program_figure, segment_figure, state_space_figure
from .results import ARTICLE
from .tables import ARCHITECTURE

if TYPE_CHECKING:
    from ..params import RelaxationParams

EXAMPLE = "As2Se3"


def write_paper_page(params: RelaxationParams, project: Project, output: Path) -> None:
    """Draw the method, take the results from the project, and write ``index.html`` and ``figures/`` into ``output``.

    The project has the models, and the figures of evaluations and comparison; ``output`` is a folder of its reports.

    Raises
    ------
    InvalidInputError
        If the params have no model of subset C or G.
    DataFileError
        If a model or a figure is missing.
    """
    central, grid = (_model_of(params, subset) for subset in ("C", "G"))
    axis = read_json(project.models / central / METADATA_FILE)["layout"][AXIS]
    drawings = {name: render_figure(figure) for name, figure in _drawings(params, axis).items()}

    def picture(name: str) -> tuple[str, str]:
        """A drawing, or the figure at that place in the reports: for an ``img``, and (without its ending) for print."""
        if name in drawings:
            return inline(drawings[name].png), f"figures/{name}"
        file = project.reports / f"{name}.png"
        try:
            return inline(file.read_bytes()), f"../{name}"
        except OSError as error:
            raise DataFileError(f"{file}: cannot be read ({error.strerror}): run `make repro` first") from None

    shown = {
        "rates": tables.rates(ChrProgram()),
        "ranges": tables.ranges(),
        "limits": tables.limits(),
        "models": tables.models(params),
        "training": tables.training(params),
    }
    html = render(
        __package__, "page.html.jinja",
        {"tables": shown, "pictures": picture, "central": central, "grid": grid, "profile": params.profile,
         "example": EXAMPLE, "architecture": ARCHITECTURE, "article": ARTICLE},
    )  # fmt: skip
    for name, drawing in drawings.items():
        drawing.save(output / "figures", name)
    write_text(output / "index.html", html)


def _model_of(params: RelaxationParams, subset: str) -> str:
    """Name of the first model of a subset; the table of the models gives its loss weights."""
    names = [name for name, model in params.models.items() if model.subset == subset]
    if not names:
        raise InvalidInputError("models", list(params.models), f"with one of subset {subset}")
    return names[0]


def _drawings(params: RelaxationParams, axis: Mapping[str, float]) -> dict[str, Figure]:
    """The paper's drawings; ``axis`` is that of the model of C: ``first`` and ``last`` temperature, ``points``."""
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
