"""The report of an estimate: one self-contained HTML file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..physics import ZERO_CELSIUS_K
from .figures import MOST_PANELS, estimate_figure, png, scans_figure
from .programs import describe_program
from .record import correlation, record
from .result import Estimate, ScanFit
from .shown import Row, decimals, lag_origin, plus_minus, rows
from .units import dcp_unit

if TYPE_CHECKING:
    from .knowledge import Cost

TEMPLATE = "estimate.html.jinja"
_NAMES = {"ln A": "ln A", "dh": "Δh*", "x": "x", "beta": "β"}
_SHOWN_INFLATION = 1.05
_WORTH = 0.85  # share of a standard deviation below which a better measurement is advised
_HOW = {
    "lag": "Measure the thermal lag with a calibration, and give it with --lag",
    "windows": "Begin each scan 20 K colder and end it 20 K hotter",
}


def render_report(
    estimate: Estimate, sources: Sequence[Mapping[str, Any]], *, title: str = "", costs: Sequence[Cost] = ()
) -> str:
    """Render the page.

    Parameters
    ----------
    sources : sequence of mapping
        What was read from where, as in `Sample`.
    title : str
        Default: the names of the samples.
    costs : sequence of Cost
        What lines, lag and windows cost, as `knowledge.costs` has it.
    """
    from relaxnet.reporting.pages import inline, render

    plain = record(estimate, sources)
    samples = dict.fromkeys(str(source["sample"]) for source in sources if source.get("sample"))
    versions = plain["versions"]
    context = {
        "title": title or f"TNM parameters: {', '.join(samples) or 'DSC scans'}",
        "method": estimate.method,
        "residual": f"{100 * estimate.residual_rms:.2g}" if math.isfinite(estimate.residual_rms) else "",
        "chi2": f"{estimate.chi2:.3g}" if math.isfinite(estimate.chi2) else "",
        "inflation": f"{estimate.inflation:.2g}" if estimate.inflation > _SHOWN_INFLATION else "",
        "parameters": [_parameter(row) for row in rows(estimate)],
        "derived": _derived(estimate),
        "flags": [flag._replace(text=flag.text.replace("+-", "±")) for flag in estimate.flags],
        "correlation": _correlation_cells(estimate),
        "advice": _advice(costs),
        "costs": _costs(costs),
        "scans": [_scan(fit) for fit in estimate.scans],
        "hidden": max(len(estimate.scans) - MOST_PANELS, 0),
        "sources": sources,
        "versions": ", ".join(f"{name} {text}" for name, text in versions.items()),
        "seconds": f"{estimate.seconds:.2f}",
        "scans_png": inline(png(scans_figure(estimate))) if estimate.scans else "",
        "cp_png": inline(png(estimate_figure(estimate))) if estimate.scans else "",
    }
    return render(__package__, TEMPLATE, context)


def _parameter(row: Row) -> dict[str, str]:
    known = row.std > 0 and math.isfinite(row.std)
    has_ends = known and math.isfinite(row.low) and math.isfinite(row.high)
    ends = (
        f"{row.low:.{row.decimals}f} to {row.high:.{row.decimals}f}" if has_ends else ("fixed" if row.std == 0 else "–")
    )
    return {
        "name": _NAMES[row.name],
        "unit": row.unit,
        "value": _typeset(plus_minus(row.value, row.std)),
        "plain": _typeset(f"{row.value:.{row.decimals}f}") if math.isfinite(row.value) else "unknown",
        "std": f"{row.std:.{row.decimals}f}" if known else "–",
        "ends": _typeset(ends),
        "interval": _typeset(f"90 %: {ends}" if has_ends else ends),
        "relative": f"{100 * row.std / abs(row.value):.2g} %" if known and row.value else "–",
    }


def _derived(estimate: Estimate) -> list[dict[str, str]]:
    lag_note = lag_origin(estimate).strip(" ()") or "time constant, fitted"
    half_steps = [fit.tg_half_step_k - ZERO_CELSIUS_K for fit in estimate.scans]
    low, high = (min(half_steps), max(half_steps)) if half_steps else (math.nan, math.nan)
    tg = f"{low:.1f}" if high - low < 0.05 else f"{low:.1f} to {high:.1f}"
    return [
        {"name": "T_g, half step (°C)", "value": _typeset(tg), "note": "of the scans"},
        {
            "name": "fragility m",
            "value": _typeset(plus_minus(estimate.fragility, estimate.fragility_std)),
            "note": "where the relaxation time is 100 s",
        },
        {
            "name": "thermal lag (s)",
            "value": _typeset(plus_minus(estimate.lag_s, estimate.lag_std_s)),
            "note": lag_note,
        },
    ]


def _correlation_cells(estimate: Estimate) -> list[list[dict[str, str]]]:
    matrix = correlation(estimate.covariance)
    fixed = np.sqrt(np.diag(estimate.covariance)) == 0
    return [
        [
            {"text": "–", "shade": "0"}
            if not math.isfinite(value) or fixed[i] or fixed[j]
            else {"text": _typeset(_correlation_text(value)), "shade": f"{0.45 * abs(value) ** 2:.2f}"}
            for j, value in enumerate(cells)
        ]
        for i, cells in enumerate(matrix)
    ]


def _correlation_text(value: float) -> str:
    """So many digits that what is nearly 1 is not rounded to it."""
    if abs(value) >= 1 - 1e-12:
        return "1" if value > 0 else "-1"
    return f"{value:.{min(max(2, decimals(1 - abs(value), 1)), 6)}f}"


def _costs(costs: Sequence[Cost]) -> dict[str, Any] | None:
    if not costs:
        return None
    lines = [{"what": cost.name, "shares": [_share(share) for share in cost.ratio]} for cost in costs]
    return {"names": list(_NAMES.values()), "lines": lines}


def _share(share: float) -> str:
    return f"{share:.2f}" if math.isfinite(share) else "–"


def _advice(costs: Sequence[Cost]) -> list[str]:
    """What is worth measuring, of what `knowledge.costs` has tried."""
    advice = []
    for cost in costs:
        share, name = min((share, name) for share, name in zip(cost.ratio, _NAMES.values(), strict=True))
        how = next((text for start, text in _HOW.items() if cost.name.startswith(start)), "")
        if share < _WORTH and how:
            advice.append(f"{how}: the standard deviation of {name} would be {share:.2f} of what it is.")
    return advice


def _scan(fit: ScanFit) -> dict[str, str]:
    unit = dcp_unit(fit.scan.quantity)
    return {
        "label": fit.scan.label,
        "history": describe_program(fit.scan.program),
        "half_step": f"{fit.tg_half_step_k - ZERO_CELSIUS_K:.2f}",
        "fictive": f"{fit.tg_fictive_k - ZERO_CELSIUS_K:.2f}",
        "dcp": _typeset(plus_minus(fit.dcp, fit.dcp_std)) + ("" if unit == "1" else f" {unit}"),
        "offset": _typeset(plus_minus(fit.offset_k, fit.offset_std_k)) if fit.offset_std_k > 0 else "–",
        "residual": f"{100 * fit.residual_rms:.2g}" if math.isfinite(fit.residual_rms) else "–",
        "chi2": f"{fit.chi2:.3g}" if math.isfinite(fit.chi2) else "–",
        "points": str(int(np.count_nonzero(fit.fitted))),
    }


def _typeset(text: str) -> str:
    return text.replace("+-", "±").replace("-", "−")
