"""Whether files and scans can be of one sample: by the names of the samples, and by their glass transitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from relaxnet.core.errors import InvalidInputError

from .curve import InstrumentFile

_SPREAD_K, _SPREAD_A_DECADE_K = 20.0, 12.0
# what tells the runs of one sample apart in its name
_RUN_WORDS = re.compile(
    r"\b(?:run|scan|cycle|seg(?:ment)?|no|nr)\W*\d+\b|[-+]?\d+(?:[.,]\d+)?\s*(?:k(?:\W*min)?|mg)\b", re.IGNORECASE
)
_HOW = "estimate samples one at a time or with --batch"


class Transition(NamedTuple):
    """Half step of a scan: the file that it is of, its temperature and the heating rate."""

    file: str
    half_step_c: float
    heating_rate_k_per_min: float


def check_names(files: Sequence[InstrumentFile]) -> None:
    """Raise `InvalidInputError` for files whose samples have different names; those of runs of one sample may differ.

    Rates, masses and numbers of runs do not count: ``PMMA 10 K/min, run 2`` is ``PMMA``.
    """
    first: tuple[InstrumentFile, str] | None = None
    for file in files:
        name = _bare(file.sample or "")
        if not name:
            continue
        if first is None:
            first = file, name
        elif name != first[1]:
            allowed = (
                f"that of {first[0].path}, {first[0].sample!r}: {_HOW}, or list the files in a --program file if they "
                "are of one sample"
            )
            raise InvalidInputError(f"{file.path}: sample", repr(file.sample), allowed)


def check_transitions(found: Sequence[Transition]) -> None:
    """Raise `InvalidInputError` for glass transitions farther apart than rates can move them."""
    ordered = sorted(found, key=lambda one: one.half_step_c)
    if len(ordered) < 2:
        return
    low, high = ordered[0], ordered[-1]
    decades = abs(np.log10(high.heating_rate_k_per_min / low.heating_rate_k_per_min))
    if high.half_step_c - low.half_step_c > _SPREAD_K + _SPREAD_A_DECADE_K * decades:
        allowed = f"near that of {low.file}, {low.half_step_c:.1f} °C: these are two samples; {_HOW}"
        raise InvalidInputError(f"{high.file}: glass transition", f"{high.half_step_c:.1f} °C", allowed)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", " ", _RUN_WORDS.sub(" ", name.replace("_", " ").lower())).strip()
