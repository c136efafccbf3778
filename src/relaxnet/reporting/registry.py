"""The page of the registry: which version has which alias, and every decision on promotions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.files import write_text
from relaxnet.core.text import begin_sentence
from relaxnet.registry.champions import lines

from .pages import render

if TYPE_CHECKING:
    from relaxnet.registry.champions import Entry
    from relaxnet.registry.decisions import Decision

GOOD = ("promoted", "rolled back")


def write_registry(
    study: str, entries: Sequence[Entry], decisions: Sequence[Decision], file: Path, run_url: Callable[[str], str]
) -> None:
    """Write the page; ``run_url`` gives the address of a run in the MLflow UI."""
    context = {
        "study": begin_sentence(study),
        "models": [(entry, list(lines(entry))) for entry in entries],
        "decisions": decisions,
        "good": GOOD,
        "run_url": run_url,
    }
    write_text(file, render(__package__, "registry.html.jinja", context))
