"""What the validation page shows of a dataset beside its expectations: counts, distributions, origin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from relaxnet.core.text import begin_sentence
from relaxnet.datasets.validation import Histogram, rounded

if TYPE_CHECKING:
    from ..params import ValidateConfig


_AREA_DECADES = (-7, 1)


def counts(table: pd.DataFrame, config: ValidateConfig) -> dict[str, Any]:
    """Numbers of quartets and their peak heights."""
    heights = table["cp_n_max"]
    steep = int((heights > config.usual_cp_n_max).sum())
    middle, largest = (rounded(heights.quantile(share, interpolation="nearest")) for share in (0.5, 1.0))
    return {
        "Quartets": len(table),
        "Median peak height": middle,
        "Maximum peak height": largest,
        "Steeper than usual": f"{steep} ({100 * steep / len(table):.1f} %)",
        "Simulated again": int(table["repeat_error"].notna().sum()),
    }


def histograms(table: pd.DataFrame, config: ValidateConfig) -> tuple[Histogram, ...]:
    """Peak heights, and errors of the equal-area construction."""
    heights = table["cp_n_max"]
    top = max(1, math.ceil(math.log10(max(1.0, float(heights[np.isfinite(heights)].max())))))
    return (
        Histogram.of(heights, (0, top), title="Peak heights", axis="cp_n,max (–)",
                     limit=config.usual_cp_n_max, limit_words="usual up to"),
        Histogram.of(table["area_error_k"], _AREA_DECADES, title="Equal-area errors",
                     axis="|T_f from the area − T_f frozen in| (K)", limit=config.area_tolerance_k,
                     limit_words="allowed up to"),
    )  # fmt: skip


def about(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata of a dataset with labels for people."""
    parts = {name: name.partition("_k_per_min") for name in metadata}
    return {
        begin_sentence(quantity.replace("_", " ")) + (" (K/min)" if unit else ""): metadata[name]
        for name, (quantity, unit, _) in parts.items()
    }
