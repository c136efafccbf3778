"""The result of a classical method as an `Estimate`: what it does not give is NaN, and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...physics.parameters import PARAMETER_NAMES
from ..fit.noise import LEAST_NOISE, white_noise
from ..result import Estimate, Flag, ScanFit
from .features import Features

Float = NDArray[np.float64]

Z_90 = 1.6448536269514722
_LN_10, _LN_TAU_TG = float(np.log(10.0)), float(np.log(100.0))
_MOST_CHI2 = 2.0
_SHOWN = {"ln_a": "ln A", "dh_j_per_mol": "dh", "x": "x", "beta": "beta"}
_HEAT_FLOWS = ("heat_flow_mw", "heat_flow_w_per_g")


def _unknown() -> Float:
    return np.full(4, np.nan)


@dataclass(eq=False)
class Found:
    """What a method found: parameters ``ln_a, dh_j_per_mol, x, beta`` with standard errors, NaN where it tells none.

    ``half_width_90`` is half of the 90 % interval in standard errors; ``cp_n`` are the simulated scans, where all four
    parameters are known.
    """

    method: str
    parameters: Float = field(default_factory=_unknown)
    std: Float = field(default_factory=_unknown)
    covariance: Float | None = None
    half_width_90: Float = field(default_factory=lambda: np.full(4, Z_90))
    cp_n: list[Float] | None = None
    flags: list[Flag] = field(default_factory=list)


def estimate_of(found: Found, measured: Sequence[Features], lag_s: float, events: Sequence[Flag]) -> Estimate:
    """Estimate with the flags of all methods; ``seconds`` is for the caller to fill in."""
    white = white_noise([one.scan for one in measured])
    shares = white / [one.scan.rough.step / one.scan.unit for one in measured]
    scans = tuple(
        _scan_fit(one, float(share), None if found.cp_n is None else found.cp_n[k])
        for k, (one, share) in enumerate(zip(measured, shares, strict=True))
    )
    counts = np.array([len(one.cp_n) for one in measured], dtype=np.float64)
    known = np.isfinite(found.parameters)
    covariance = np.full((4, 4), np.nan)
    covariance[np.diag_indices(4)] = found.std**2
    half = found.half_width_90 * found.std
    interval = found.parameters[:, None] + half[:, None] * np.array([-1.0, 1.0])
    interval[2:] = np.clip(interval[2:], 0.0, 1.0)
    chi2 = float(counts @ [scan.chi2 for scan in scans] / counts.sum())
    flags = [*events, *found.flags]
    missing = [name for name, there in zip(PARAMETER_NAMES, known, strict=True) if not there]
    if missing:
        told = ", ".join(_SHOWN[name] for name in missing)
        flags.append(Flag("not_estimated", f"The method {found.method} gives no {told} for these scans."))
    if not all(one.scan.lines_known for one in measured):
        text = "The lines were drawn before, and their errors are not in the standard deviations: dh may be 10 % off. "
        flags.append(Flag("lines_not_in_errors", text + "The fit takes lines and parameters together."))
    if chi2 > _MOST_CHI2:
        text = f"Scans simulated with these parameters differ from the measured ones by {np.sqrt(chi2):.1f} times the "
        flags.append(Flag("does_not_fit", text + "noise; a fit of the whole scans would tell why."))
    return Estimate(
        parameters=found.parameters,
        std=found.std,
        covariance=covariance if found.covariance is None else found.covariance,
        interval_90=interval,
        fragility=float((_LN_TAU_TG - found.parameters[0]) / _LN_10),
        fragility_std=float(found.std[0] / _LN_10),
        lag_s=lag_s,
        lag_std_s=0.0,
        residual_rms=float(np.sqrt(counts @ [scan.residual_rms**2 for scan in scans] / counts.sum())),
        chi2=chi2,
        noise=float(np.sqrt(counts @ shares**2 / counts.sum())),
        inflation=1.0,
        method=found.method,
        scans=scans,
        flags=tuple(flags),
        seconds=float("nan"),
    )


def _scan_fit(one: Features, noise: float, simulated: Float | None) -> ScanFit:
    scan, points = one.scan, len(one.scan.scan.temperature_k)
    glass, height = _lines(one)
    model = np.full(points, np.nan)
    if simulated is None:
        rms = float("nan")
    else:
        model[scan.fitted] = glass[scan.fitted] + height[scan.fitted] * simulated
        rms = float(np.sqrt(np.mean((simulated - one.cp_n) ** 2)))
    whole = np.asarray(scan.scan.signal, dtype=np.float64)
    per_rate = scan.heating_k_per_s if scan.scan.quantity in _HEAT_FLOWS else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        cp_n = (whole - glass) / height
    return ScanFit(
        scan=scan.scan, fitted=scan.fitted, model=model, glass_line=glass, liquid_line=glass + height, cp_n=cp_n,
        residual_rms=rms, chi2=float(rms**2 / max(noise, LEAST_NOISE) ** 2), tg_half_step_k=scan.rough.half_rise_k,
        tg_fictive_k=one.fictive_k, dcp=scan.rough.step / per_rate, dcp_std=float("nan"), offset_k=0.0,
        offset_std_k=0.0,
    )  # fmt: skip


def _lines(one: Features) -> tuple[Float, Float]:
    """Glass line and height of the step over it, at all points of a scan: what turns the signal into cp_n."""
    scan = one.scan
    whole_k = np.asarray(scan.scan.temperature_k, dtype=np.float64)
    if scan.lines_known:
        return np.zeros(len(whole_k)), np.ones(len(whole_k))
    columns = np.stack([np.ones(len(one.cp_n)), scan.place, one.cp_n, scan.place * one.cp_n], axis=1)
    (glass, slope, height, growth), *_ = np.linalg.lstsq(columns, scan.signal * scan.unit, rcond=1e-12)
    place = (whole_k - scan.centre_k) / scan.half_k
    return glass + slope * place, height + growth * place
