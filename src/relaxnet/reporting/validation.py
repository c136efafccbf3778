"""The report on a dataset: as JSON, and as a page for people."""

import re
from pathlib import Path

from relaxnet.core.files import write_json, write_text
from relaxnet.datasets.validation import ValidationReport, number_text
from relaxnet.evaluation.figures import histograms_figure, render_figure

from .pages import inline, render

TEMPLATE = "validation.html.jinja"


def write_validation(report: ValidationReport, json_path: Path, html_path: Path) -> None:
    """Write both forms, each atomically.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    html = render_validation(report)
    write_json(json_path, report.to_json_dict())
    write_text(html_path, html)


def render_validation(report: ValidationReport) -> str:
    """Render a self-contained page: verdict, broken expectations with rows, figures, all expectations."""
    figure = histograms_figure(report.histograms, report.samples) if report.histograms else None
    context = {"report": report, "histograms": inline(render_figure(figure).png) if figure else ""}
    return render(__package__, TEMPLATE, context, {"number": number_text, "minus": _minus})


def _minus(text: str) -> str:
    """Minus signs, at which no line breaks, for the hyphens of negative numbers and exponents."""
    return re.sub(r"(?<!\w)-(?=\d)|(?<=\de)-(?=\d)", "−", text)
