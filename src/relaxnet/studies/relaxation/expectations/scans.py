"""Expectations of measured scans: those of the dataset's quartets, distorted as much as asked for and no more."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from relaxnet.datasets.judge import Check, judge
from relaxnet.datasets.validation import ExpectationResult, number_text, rounded

from ..dataset.measured import Distortion, Measured
from ..dataset.reader import Dataset
from ..measuring import measured

_SIGMAS = 6.0  # chance does not bring about more in thousands of quartets
_ROUNDING = 2e-6  # of cp_n in single precision, up to a height of some ten


def judge_scans(dataset: Dataset, scans: Measured, asked: Distortion) -> list[ExpectationResult]:
    """Compare measured scans with what the dataset's signals give, smeared by the lag but without noise.

    Their difference must be white noise: of the level asked for, around 0.
    """
    return judge(scan_table(dataset, scans, asked), _checks(asked), "quartet")


def scan_table(dataset: Dataset, scans: Measured, asked: Distortion) -> pd.DataFrame:
    """One row a quartet: difference of the parameters and the points, and the noise; infinite where it is another."""
    expected = measured(dataset, asked, None)
    rows = []
    for quartet in range(max(len(scans), len(expected))):
        row = dict.fromkeys(("parameter_difference", "point_difference", "noise_excess", "mean_excess"), math.inf)
        if quartet < min(len(scans), len(expected)):
            found, clean = scans.cp_n[quartet].astype(np.float64), expected.cp_n[quartet]
            row["parameter_difference"] = float(np.abs(scans.parameters[quartet] - expected.parameters[quartet]).max())
            if found.shape == clean.shape:
                row["point_difference"] = float(abs(scans.first_k[quartet] - expected.first_k[quartet]))
                row |= _excess(found - clean, asked.noise, float(clean.max()))
        rows.append({"quartet": quartet, **row})
    table = pd.DataFrame(rows)
    return table.fillna(math.inf)  # where a value is none


def _excess(difference: np.ndarray, noise: float, height: float) -> dict[str, float]:
    """Deviations of spread and mean from those of white noise, in standard deviations of chance."""
    rounding = _ROUNDING * max(1.0, height)
    if noise == 0.0:
        return dict.fromkeys(("noise_excess", "mean_excess"), float(np.abs(difference).max() / rounding))
    size = difference.size
    spread = float(np.sqrt(np.mean(difference**2)))
    return {
        "noise_excess": abs(spread - noise) / (noise / math.sqrt(2 * size) + rounding),
        "mean_excess": float(abs(difference.mean())) / (noise / math.sqrt(size) + rounding),
    }


def _checks(asked: Distortion) -> list[Check]:
    level, lag = number_text(rounded(asked.noise)), number_text(rounded(asked.lag_k))
    limits = {
        "parameter_difference": ("The scans are those of the quartets", "0", 0.0, ""),
        "point_difference": ("The scans are measured from the glass to the liquid", "0 K", 1e-9, "K"),
        "noise_excess": (f"Behind a lag of {lag} K the noise is {level}", "chance", _SIGMAS, "standard deviations"),
        "mean_excess": (f"Behind a lag of {lag} K the noise is around 0", "chance", _SIGMAS, "standard deviations"),
    }
    return [
        Check(name, f"at most {limit:g} {unit}".rstrip() if allowed == "chance" else allowed,
              "ExpectColumnValuesToBeBetween", {"column": column, "max_value": limit}, "max", unit)
        for column, (name, allowed, limit, unit) in limits.items()
    ]  # fmt: skip
