"""Write the comparison: a self-contained HTML page, its figures and its numbers."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib.resources import files
from pathlib import Path

import numpy as np
from plotly.offline import get_plotlyjs

from relaxnet.core.files import write_json, write_text
from relaxnet.core.text import begin_sentence, listed
from relaxnet.datasets.targets import Target, Targets
from relaxnet.evaluation.figures import RenderedFigure, render_figure
from relaxnet.evaluation.metrics import LITTLE_SKILL, NO_SKILL

from ..estimates import sse_panels
from ..pages import inline, render
from ..spec import ReportSpec
from . import tables
from .changes import Memory, Snapshot, changes
from .collect import Comparison, History, Reading, collect
from .evidence import evidence, fit_sentence
from .external import FAIR_SHARE_OF_BASELINE, external
from .interactive import MAX_POINTS, figure_data
from .plots import plots
from .summary import flat_numbers, sentences, summary_csv

REGIONS = "regions"  # file of the study's map


def write_comparison(
    evaluation: Path,
    output: Path,
    *,
    spec: ReportSpec,
    targets: Targets,
    models: Sequence[str] | None = None,
    histories: Mapping[str, History] | None = None,
    memory: Path | None = None,
    reading: Reading = lambda _: nullcontext(),
    own: Mapping[str, Targets] | None = None,
) -> dict[str, float]:
    """Compare the models evaluated under ``evaluation``, write the page into ``output``, return ``summary.json``.

    Everything is read, checked and drawn before anything is written; equal input gives equal bytes (but for what
    changed since the last comparison, if ``memory`` is given).

    Parameters
    ----------
    evaluation : Path
        Holds ``<model>/metrics.json`` and ``<model>/estimates.csv``, ``<model>/curves/<target>.csv`` of each vector
        target, and the study's external cases; of these, models that are not compared are left out.
    output : Path
        Gets ``index.html``, ``figures/*.png`` and ``*.svg``, ``sorted/<target>.csv``,
        ``training.csv``, ``summary.csv`` and ``summary.json``.
    spec, targets
        What is to be known of the study that the models belong to, and what they estimate.
    models : sequence of str, optional
        In the order of the page; by default every sub-folder of ``evaluation``, by name.
    histories : mapping, optional
        Model to its ``loss`` and ``val_loss`` of each epoch, for the figures of the training.
    memory : Path, optional
        JSON file that keeps the numbers of the last comparisons, to tell what changed.
    reading : callable, optional
        A context, by name of a model, for reading its evaluation.
    own : mapping, optional
        Targets of models whose vectors lie along other axes than those of ``targets``: of the same names and units.

    Raises
    ------
    DataFileError
        If an evaluation is missing, cut short, damaged or of another model or study, or ``output`` cannot be written.
    InvalidInputError
        If a history belongs to no model, or a pair to be mapped is not one of scalar targets.
    """
    comparison = collect(evaluation, spec, targets, models, reading, own)
    numbers = flat_numbers(comparison)
    this, kept = Snapshot.of(comparison, numbers), Memory(memory) if memory else None
    previous = kept.previous(this) if kept else None
    images: dict[str, RenderedFigure] = {}
    captions: dict[str, list[dict[str, str]]] = {}
    for stem, section, caption, figure in plots(comparison, histories or {}):
        images[stem] = render_figure(figure)
        captions.setdefault(section, []).append({"stem": stem, "caption": caption})
    regions = None
    if spec.regions:
        images[REGIONS] = render_figure(spec.regions.draw())
        regions = {"stem": REGIONS, "caption": spec.regions.text}
    rescaled = [target for target in comparison.targets if target.display_factor != 1.0]
    context = {
        "spec": spec,
        "comparison": comparison,
        "tables": tables,
        "sentences": sentences(comparison),
        "changed": changes(comparison, this, previous) if previous else None,
        "figures": captions,
        "sse_panels": list(sse_panels(comparison.estimates, spec.sse).values()),
        "regions": regions,
        "evidence": evidence(comparison),
        "fit": fit_sentence(comparison),
        "external": external(comparison),
        "fair_share": FAIR_SHARE_OF_BASELINE,
        "file_units": ", ".join(f"{target.short} in {target.unit}" for target in rescaled),
        "max_points": MAX_POINTS,
        "no_skill": NO_SKILL,
        "little_skill": LITTLE_SKILL,
        "data": {stem: inline(image.png) for stem, image in images.items()},
        "plotly": get_plotlyjs(),
        "script": (files(__package__) / "page.js").read_text(encoding="utf-8"),
        "figure_data": figure_data(comparison),
    }
    html = render(__package__, "comparison.html.jinja", context, {"begin": begin_sentence, "listed": listed})

    for stem, image in images.items():
        image.save(output / "figures", stem)
    for target in comparison.targets:
        write_text(output / "sorted" / f"{target.name}.csv", _sorted_csv(comparison, target))
    write_text(output / "training.csv", _training_csv(histories or {}))
    write_text(output / "summary.csv", summary_csv(comparison))
    write_json(output / "summary.json", numbers)
    write_text(output / "index.html", html)
    if kept:
        kept.keep(this)
    return numbers


def _sorted_csv(comparison: Comparison, target: Target) -> str:
    """Sorted absolute errors of a target at every percent of the samples, a line a model, for ``dvc plots``."""
    percent = np.arange(101)
    lines = ["model,percent,error"]
    for name, result in comparison.models.items():
        errors = np.percentile(result.estimates.errors(target), percent)
        # a logarithmic scale has no 0, and the luckiest samples would stretch it for nothing
        lines += [f"{name},{p},{error:.6g}" for p, error in zip(percent, errors, strict=True) if p and error > 0]
    return "\n".join(lines) + "\n"


def _training_csv(histories: Mapping[str, History]) -> str:
    """Loss on validation data after every epoch, a line for each model and epoch, for ``dvc plots``."""
    lines = ["model,epoch,val_loss"]
    for name, history in histories.items():
        lines += [f"{name},{epoch},{loss:.6g}" for epoch, loss in enumerate(history["val_loss"], start=1)]
    return "\n".join(lines) + "\n"
