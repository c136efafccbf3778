"""What a benchmark writes into a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

END = "<!-- to here -->"


def put(page: Path, script: str, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of a script, ``benchmarks/<name>.py``, in a page."""
    from relaxnet.core.files import write_text

    begin = f"<!-- from {script} -->\n"
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    tail = rest.partition(END)[2]
    write_text(page, "\n".join([head + begin, *lines, "", END + tail]))


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
