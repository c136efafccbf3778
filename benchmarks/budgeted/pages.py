"""What a benchmark writes into a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

END = "<!-- to here -->"


def report(page: Path | None, script: str, lines: Sequence[str], figures: Mapping[str, tuple[str, Figure]]) -> None:
    """Print tables; with a page, put them there, and the figures, by name with what they show, beside it."""
    from relaxnet.evaluation.figures import save_figure

    print("\n".join(lines))
    if page:
        put(page, script, [*lines, "", *(f"![{shown}](figures/{name}.png)\n" for name, (shown, _) in figures.items())])
        for name, (_, figure) in figures.items():
            save_figure(figure, page.parent / "figures", name)


def put(page: Path, script: str, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of a script, ``benchmarks/<name>.py``, in a page."""
    from relaxnet.core.files import write_text

    begin = f"<!-- from {script} -->\n"
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    tail = rest.partition(END)[2]
    write_text(page, "\n".join([head + begin, *lines, "", END + tail]))


def of_steps(rows: Sequence[dict[str, Any]], steps: int) -> Sequence[dict[str, Any]]:
    """Trainings of so many steps, and those that take none."""
    return [row for row in rows if row["steps"] in (steps, 0)]


def spread(values: pd.Series, digits: int) -> str:
    """Mean, with the standard deviation of several."""
    if values.empty:
        return "–"
    text = f"{values.mean():.{digits}f}"
    return text if len(values) < 2 else f"{text} ± {values.std():.{digits}f}"


def quarters(curve: Sequence[tuple[int, float]], taken: int) -> tuple[float, float, float]:
    """Validation loss after a quarter, half and all of the steps."""
    import numpy as np

    at, losses = zip(*curve, strict=True)
    quarter, half = (losses[int(np.searchsorted(at, share * taken))] for share in (0.25, 0.5))
    return quarter, half, losses[-1]
