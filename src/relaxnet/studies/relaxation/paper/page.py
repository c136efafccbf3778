"""The page that goes through the paper: every table and figure of it, as this project has it in the profile in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_json, write_text
from relaxnet.evaluation.figures import render_figure
from relaxnet.models.blocks.architectures import build
from relaxnet.models.blocks.mcnn import McnnOptions
from relaxnet.reporting.pages import inline, render
from relaxnet.training.estimator import METADATA_FILE
from relaxnet.workflow.project import Project

from ..materials import MATERIALS
from ..physics import ChrProgram
from ..samples.source import AXIS, INPUT
from ..samples.targets import TARGETS
from . import tables
from .drawings import Scans, descriptors_figure, network_figure, program_figure, segment_figure, state_space_figure
from .results import ARTICLE
from .tables import ARCHITECTURE, PrintedTable

if TYPE_CHECKING:
    from ..params import RelaxationParams

EXAMPLE = "As2Se3"
COMPARISON = "../comparison/index.html"


@dataclass(frozen=True)
class Picture:
    """A picture, what it shows, and where it lies for print (without its ending)."""

    png: bytes
    caption: str
    file: str

    @property
    def address(self) -> str:
        """For an ``img`` element."""
        return inline(self.png)


@dataclass(frozen=True)
class Item:
    """A table or figure of the paper."""

    number: str
    title: str
    text: str = ""
    table: PrintedTable | None = None
    pictures: tuple[Picture, ...] = ()
    links: dict[str, str] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """Of its place on the page."""
        return self.number.lower().replace(".", "").replace(", ", "-").replace(" ", "-")


def write_paper_page(params: RelaxationParams, project: Project, output: Path) -> None:
    """Draw the method, take the results from the project, and write ``index.html`` and ``figures/`` into ``output``.

    Parameters
    ----------
    params : RelaxationParams
        Whose profile is shown.
    project : Project
        Has the models, and the figures of evaluations and comparison.
    output : Path
        A folder in the project's ``reports``.

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
    method = _method(params, {name: drawing.png for name, drawing in drawings.items()})
    items = [*method, *_results(project.reports, central, grid)]
    context = {"items": items, "profile": params.profile, "article": ARTICLE, "comparison": COMPARISON}
    html = render(__package__, "page.html.jinja", context)
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
        "segment": segment_figure(scans, span_k / (points - 1), McnnOptions(**config.network)),
        "descriptors": descriptors_figure(scans),
    }


def _method(params: RelaxationParams, drawn: dict[str, bytes]) -> list[Item]:
    """Tables 1 to 4 and Figs 1 to 7, in the paper's order."""

    def picture(name: str, caption: str) -> tuple[Picture, ...]:
        return (Picture(drawn[name], caption, f"figures/{name}"),)

    return [
        Item("Table 1", "Rates of the cycles", table=tables.rates(ChrProgram())),
        Item(
            "Fig. 1",
            "Temperature program and relaxation signals",
            "Every cycle starts in equilibrium at T_h and covers the whole transition; the six heating scans are one "
            "sample. T_h and T_l follow from the parameters.",
            pictures=picture("program", f"Six cycles, and the heating scans of {EXAMPLE}, simulated."),
        ),
        Item("Table 2", "Ranges of the parameters", table=tables.ranges()),
        Item(
            "Figs 2, 3",
            "State space and its subsets",
            "Each point stands for 1681 quartets, one for every pair of x and β.",
            pictures=picture("state_space", "Pairs of ln A and Δh*, and the six subsets; Δh* increases downwards."),
        ),
        Item(
            "Figs 4, 6, 7",
            "The multi-scale network",
            "Filter counts, dropout and the width of a branch’s dense layer are not printed; the profile sets them.",
            pictures=picture("network", f"{ARCHITECTURE}, with the input of the model of subset C."),
        ),
        Item(
            "Fig. 5",
            "Steps of the attention module",
            "A single cubic over the whole segment cannot follow a peak. Both variants are in the zoo, as mcnn-paper "
            "and mcnn-spline; docs/architectures.md says how much the choice matters.",
            pictures=picture("segment", f"The scans of {EXAMPLE} after the slowest and the fastest cooling."),
        ),
        Item("Table 3", "Limits of the normalisation", table=tables.limits()),
        Item("Section 2.3", "The seven models", table=tables.models(params)),
        Item("Table 4", "Training", table=tables.training(params)),
        Item(
            "Fig. 8",
            "How results are shown",
            "Sorted errors of all models over the percent of quartets (a, c); mean errors over pairs of parameters "
            "(b, d, f); descriptors of the peak (e), which errors are plotted against.",
            pictures=picture("descriptors", f"cp_n,max and ΔT_hw on the steepest scan of {EXAMPLE} (e)."),
            links={"sorted errors": "errors", "maps": "maps", "errors against descriptors": "descriptors"},
        ),
    ]


def _results(reports: Path, central: str, grid: str) -> list[Item]:
    """Figs 9 to 11, from the evaluations."""

    def picture(path: str, caption: str) -> Picture:
        file = reports / f"{path}.png"
        try:
            return Picture(file.read_bytes(), caption, f"../{path}")
        except OSError as error:
            raise DataFileError(f"{file}: cannot be read ({error.strerror}): run `make repro` first") from None

    def maps(pairs: dict[str, str]) -> tuple[Picture, ...]:
        return tuple(
            picture(f"evaluation/{grid}/figures/maps/{name}", f"Model {grid}: errors over {pair}.")
            for name, pair in pairs.items()
        )

    return [
        Item(
            "Fig. 9",
            "Sorted errors",
            "All four parameters and the SSE of parameters and signals, for the model of the central subset (a, b); "
            "each parameter for all models (c to f).",
            pictures=(
                picture(f"evaluation/{central}/figures/sorted_errors", f"Model {central}: all errors (a, b)."),
                picture("comparison/figures/sorted_errors", "All models, one panel a parameter (c to f)."),
            ),
            links={"interactive, with the paper’s figures": "shares", "what the paper says of them": "claims"},
        ),
        Item(
            "Fig. 10",
            "Maps over Δh* and ln A (a, c, e), x and β (b, d, f)",
            "Mean SSE of the signals, of all four parameters, and of the pair; in colours, not as surfaces, so that no "
            "peak hides anything.",
            pictures=maps({"dh_ln_a": "Δh* and ln A", "x_beta": "x and β"}),
            links={"any model, interactive": "maps"},
        ),
        Item(
            "Fig. 11",
            "Maps over Δh* and x (a, c, e), Δh* and β (b, d, f)",
            pictures=maps({"dh_x": "Δh* and x", "dh_beta": "Δh* and β"}),
            links={"any model, interactive": "maps", "edges of the subsets": "groups"},
        ),
        Item(
            "Section 3.4",
            "Real materials",
            "The paper relates its errors to published parameters of real materials; here, these are estimated.",
            links={"materials": "external"},
        ),
    ]
