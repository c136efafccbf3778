"""Estimates and predictions as short tables of text and as data frames."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..physics import ZERO_CELSIUS_K
from .units import dcp_unit

if TYPE_CHECKING:
    import pandas as pd

    from .predict import Prediction
    from .result import Estimate, Flag

LAG_ASSUMED = "lag_not_fitted"  # flag of a method that takes the lag as 0 where none is given
_MOST_SCANS = 12
_WIDTH = 110
_SMALLEST = 1e-3  # below it, numbers are written with an exponent


class Row(NamedTuple):
    """One parameter as it is shown: its name, value, standard deviation and 90 % interval, in ``unit``."""

    name: str
    unit: str
    value: float
    std: float
    low: float
    high: float

    @property
    def decimals(self) -> int:
        """So many that the standard deviation, or the value where there is none, has two or four digits."""
        return decimals(self.std) if self.std > 0 else decimals(self.value, 4)


def rows(estimate: Estimate) -> list[Row]:
    """The four parameters, with the activation energy in kJ/mol."""
    shown = (("ln A", "A in s", 1.0), ("dh", "kJ/mol", 1e-3), ("x", "", 1.0), ("beta", "", 1.0))
    return [
        Row(
            name, unit, float(factor * estimate.parameters[k]), float(factor * estimate.std[k]),
            *(factor * estimate.interval_90[k]).tolist(),
        )
        for k, (name, unit, factor) in enumerate(shown)
    ]  # fmt: skip


def decimals(value: float, digits: int = 2) -> int:
    """Decimals with which ``value`` has ``digits`` significant digits, at most 8."""
    if not (math.isfinite(value) and value != 0.0):
        return 2
    return min(8, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def plus_minus(value: float, std: float) -> str:
    """``318.4 +- 1.2``, ``(2.3 +- 1.8)e-06``; a fixed value alone, and ``unknown`` where there is none."""
    if not math.isfinite(value):
        return "unknown"
    known = math.isfinite(std) and std > 0
    if 0 < max(abs(value), std if known else 0.0) < _SMALLEST:
        power = math.floor(math.log10(max(abs(value), std if known else 0.0)))
        scaled = plus_minus(value / 10.0**power, std / 10.0**power)
        return f"({scaled})e{power:03d}" if known else f"{scaled}e{power:03d}"
    if not known:
        return f"{value:.{decimals(value, 4)}f}"
    return f"{value:.{decimals(std)}f} +- {std:.{decimals(std)}f}"


def flag_sentence(flag: Flag) -> str:
    """The flag's sentence, behind the scan that it is of."""
    return f"{flag.scan}: {flag.text}" if flag.scan else flag.text


def lag_origin(estimate: Estimate) -> str:
    """Where a lag that was not fitted comes from."""
    if any(flag.name == LAG_ASSUMED for flag in estimate.flags):
        return " (assumed)"
    return " (given)" if estimate.lag_std_s == 0 else ""


def estimate_text(estimate: Estimate) -> str:
    """The table that ``relaxnet estimate`` prints."""
    scans = len(estimate.scans)
    lines = [f"Estimate by {estimate.method} from {scans} scan{'' if scans == 1 else 's'} ({estimate.seconds:.2f} s)"]
    for row in rows(estimate):
        name = f"{row.name} ({row.unit})" if row.unit else row.name
        if row.std > 0 and math.isfinite(row.low) and math.isfinite(row.high):
            interval = f"90 %: {row.low:.{row.decimals}f} to {row.high:.{row.decimals}f}"
        else:
            interval = "fixed" if row.std == 0 else ""
        lines.append(f"  {name:<16} {plus_minus(row.value, row.std):<22} {interval}".rstrip())
    residual = f"{100 * estimate.residual_rms:.2g} % of the step, chi2 {estimate.chi2:.3g}"
    lines += [
        f"  {'fragility m':<16} {plus_minus(estimate.fragility, estimate.fragility_std)}",
        f"  {'lag (s)':<16} {plus_minus(estimate.lag_s, estimate.lag_std_s)}{lag_origin(estimate)}",
        f"  {'residual':<16} {residual if math.isfinite(estimate.residual_rms) else 'unknown'}",
    ]
    lines += ["", *_scan_lines(estimate)]
    if estimate.flags:
        lines += ["", "Flags:"]
        for flag in estimate.flags:
            lines += wrap(flag_sentence(flag), _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines)


def _scan_lines(estimate: Estimate) -> list[str]:
    shown = estimate.scans[:_MOST_SCANS]
    width = max([4, *(len(fit.scan.label) for fit in shown)])
    lines = [f"  {'scan':<{width}} {'Tg/degC':>9} {'Tf/degC':>9}  {'step of cp':<24} {'residual':>8} {'chi2':>6}"]
    for fit in shown:
        unit = dcp_unit(fit.scan.quantity)
        step = plus_minus(fit.dcp, fit.dcp_std) + ("" if unit == "1" else f" {unit}")
        known = math.isfinite(fit.residual_rms)
        left = f"{100 * fit.residual_rms:6.2g} % {fit.chi2:6.3g}" if known else f"{'unknown':>8}"
        lines.append(
            f"  {fit.scan.label:<{width}} {fit.tg_half_step_k - ZERO_CELSIUS_K:9.2f} "
            f"{fit.tg_fictive_k - ZERO_CELSIUS_K:9.2f}  {step:<24} {left}"
        )
    if len(estimate.scans) > _MOST_SCANS:
        lines.append(f"  ... and {len(estimate.scans) - _MOST_SCANS} more")
    return lines


def scans_frame(estimate: Estimate) -> pd.DataFrame:
    """One row a point of the scans: measured signal, model, lines, cp_n and residual, temperatures in degC."""
    import pandas as pd

    frames = [
        pd.DataFrame(
            {
                "scan": fit.scan.label,
                "temperature_c": fit.scan.temperature_k - ZERO_CELSIUS_K,
                "signal": fit.scan.signal,
                "model": fit.model,
                "glass_line": fit.glass_line,
                "liquid_line": fit.liquid_line,
                "cp_n": fit.cp_n,
                "residual": fit.scan.signal - fit.model,
                "fitted": fit.fitted,
            }
        )
        for fit in estimate.scans
    ]
    columns = ["scan", "temperature_c", "signal", "model", "glass_line", "liquid_line", "cp_n", "residual", "fitted"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def prediction_text(prediction: Prediction) -> str:
    """Fictive temperature at the end of each segment of the program, with its 90 % band."""
    last = np.append(np.flatnonzero(np.diff(prediction.segment)), len(prediction.segment) - 1)
    lines = [f"{'':>10} {'t/s':>12} {'T/degC':>9} {'Tf/degC':>9}  90 %"]
    for name, k in [("start", 0), *((f"end of {prediction.segment[k] + 1}", k) for k in last.tolist())]:
        low, high = prediction.fictive_band_k[:, k] - ZERO_CELSIUS_K
        lines.append(
            f"{name:>10} {prediction.time_s[k]:12.6g} {prediction.temperature_k[k] - ZERO_CELSIUS_K:9.2f} "
            f"{prediction.fictive_k[k] - ZERO_CELSIUS_K:9.2f}  {low:.2f} to {high:.2f}"
        )
    for note in prediction.notes:
        lines += wrap(note, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines)
