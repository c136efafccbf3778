"""An estimate as JSON: what ``relaxnet estimate --json`` writes and ``relaxnet predict`` reads (docs/estimate.md)."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet._version import __version__
from relaxnet.core.errors import DataFileError, first_line
from relaxnet.core.files import read_json

from ..estimation.coordinates import COORDINATE_NAMES, Coordinates
from ..physics import GAS_CONSTANT, PARAMETER_NAMES, ZERO_CELSIUS_K, Hold, Program, Ramp
from .result import Estimate, ScanFit
from .units import dcp_unit

Float = NDArray[np.float64]

FORMAT = "relaxnet-estimate-1"
LIBRARIES = ("numpy", "scipy", "numba")
_LN_TAU = math.log(100.0)


def record(estimate: Estimate, sources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The estimate as plain values; ``sources`` say what was read from where.

    Numbers that are not known are null.  Temperatures are in degC where the name ends in ``_c``, in K in ``_k``.
    """
    values, std, interval = estimate.parameters, estimate.std, estimate.interval_90
    parameters = {
        name: {"value": _plain(values[k]), "std": _plain(std[k]), "interval_90": _plain(interval[k])}
        for k, name in enumerate(PARAMETER_NAMES)
    }
    fits = estimate.scans
    return {
        "format": FORMAT,
        **parameters,
        "correlation": {"names": list(PARAMETER_NAMES), "matrix": _plain(correlation(estimate.covariance))},
        "tg_c": {
            "half_step": _plain([fit.tg_half_step_k - ZERO_CELSIUS_K for fit in fits]),
            "fictive": _plain([fit.tg_fictive_k - ZERO_CELSIUS_K for fit in fits]),
        },
        "dcp": _step(fits),
        "fragility_m": _plain(estimate.fragility),
        "fragility_m_std": _plain(estimate.fragility_std),
        "lag_s": _plain(estimate.lag_s),
        "lag_s_std": _plain(estimate.lag_std_s),
        "residual_rms": _plain(estimate.residual_rms),
        "chi2": _plain(estimate.chi2),
        "noise": _plain(estimate.noise),
        "inflation": _plain(estimate.inflation),
        "method": estimate.method,
        "flags": [flag._asdict() for flag in estimate.flags],
        "scans": [_scan(fit) for fit in fits],
        "sources": [dict(source) for source in sources],
        "coordinates": _coordinates(estimate),
        "versions": {
            "relaxnet": __version__, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}
        },
        "seconds": round(estimate.seconds, 4),
    }  # fmt: skip


def correlation(covariance: Float) -> Float:
    """Correlation matrix; what does not vary correlates with nothing but itself."""
    std = np.sqrt(np.diag(covariance))
    scale = np.where(std > 0, std, 1.0)
    found = covariance / np.outer(scale, scale)
    fixed = std == 0
    found[fixed, fixed] = 1.0
    return np.asarray(found)


def steps_of(program: Program) -> dict[str, Any]:
    """A program as program files have it; of measured histories only the number of samples."""
    steps = list[dict[str, Any]]()
    for segment in program.segments:
        if isinstance(segment, Ramp):
            to_c = round(segment.to_temperature_k - ZERO_CELSIUS_K, 6)
            steps.append({"to_c": to_c, "rate_k_per_min": segment.rate_k_per_min})
        elif isinstance(segment, Hold):
            steps.append({"hold_min": segment.duration_min})
        else:
            steps.append({"measured": f"{len(segment.time_s)} samples"})
    return {"start_c": round(program.start_temperature_k - ZERO_CELSIUS_K, 6), "steps": steps}


def _scan(fit: ScanFit) -> dict[str, Any]:
    scan = fit.scan
    return {
        "label": scan.label,
        "run": scan.run,
        "quantity": scan.quantity,
        "points": len(scan.temperature_k),
        "points_fitted": int(np.count_nonzero(fit.fitted)),
        "range_c": _celsius([scan.temperature_k[0], scan.temperature_k[-1]]),
        "glass_range_c": scan.glass_range_k and _celsius(scan.glass_range_k),
        "liquid_range_c": scan.liquid_range_k and _celsius(scan.liquid_range_k),
        "tg_half_step_c": _plain(fit.tg_half_step_k - ZERO_CELSIUS_K),
        "tg_fictive_c": _plain(fit.tg_fictive_k - ZERO_CELSIUS_K),
        "dcp": {"value": _plain(fit.dcp), "std": _plain(fit.dcp_std), "unit": dcp_unit(scan.quantity)},
        "offset_k": _plain(fit.offset_k),
        "offset_k_std": _plain(fit.offset_std_k),
        "residual_rms": _plain(fit.residual_rms),
        "chi2": _plain(fit.chi2),
        "program": steps_of(scan.program),
    }


def _step(fits: Sequence[ScanFit]) -> dict[str, Any] | None:
    """Mean step of the scans of one unit, weighted; None where units differ or lines were known."""
    units = {dcp_unit(fit.scan.quantity) for fit in fits}
    if len(units) != 1:
        return None
    values, std = np.array([fit.dcp for fit in fits]), np.array([fit.dcp_std for fit in fits])
    if (std > 0).all() and np.isfinite(std).all():
        weight = 1.0 / std**2
        value, deviation = float(np.sum(weight * values) / weight.sum()), float(weight.sum() ** -0.5)
    else:
        value, deviation = float(values.mean()), 0.0 if (std == 0).all() else math.nan
    return {"value": _plain(value), "std": _plain(deviation), "unit": units.pop()}


def _coordinates(estimate: Estimate) -> dict[str, Any] | None:
    """Estimate and covariance in coordinates in which they do not cancel, for `relaxnet predict`."""
    if not np.isfinite(estimate.parameters).all() or not np.isfinite(estimate.covariance).all():
        return None
    ln_a, dh, *_ = estimate.parameters.tolist()
    t0_k = dh / (GAS_CONSTANT * (_LN_TAU - ln_a))  # where the relaxation time of the liquid is 100 s
    coordinates = Coordinates(t0_k)
    point = coordinates.of(estimate.parameters)
    back = np.linalg.inv(coordinates.jacobian(point))
    covariance = back @ estimate.covariance @ back.T
    return {
        "t0_k": t0_k, "names": list(COORDINATE_NAMES), "values": _plain(point),
        "covariance": _plain(0.5 * (covariance + covariance.T)),
    }  # fmt: skip


def _celsius(values: Sequence[float]) -> list[float]:
    return [round(float(value) - ZERO_CELSIUS_K, 4) for value in values]


def _plain(values: ArrayLike) -> Any:
    """Numbers as JSON has them: null for what is not finite."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim == 0:
        return float(found) if np.isfinite(found) else None
    return [_plain(value) for value in found]


@dataclass(frozen=True, eq=False)
class Known:
    """What a prediction needs of a result: the ``point`` (4,) in `Coordinates` and its ``covariance`` (4, 4)."""

    coordinates: Coordinates
    point: Float
    covariance: Float
    flags: tuple[str, ...]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """From what `record` gives; a `DataFileError` where there are no parameters, or no such entries."""
        coordinates = content.get("coordinates")
        if coordinates is None and content.get("x", {}).get("value") is not None:
            method = content.get("method", "that was used")
            raise DataFileError(f"method {method} gives no covariance of the parameters: a prediction needs a fit")
        if coordinates is None:
            raise DataFileError("holds no parameters: nothing could be estimated")
        try:
            return cls(
                Coordinates(float(coordinates["t0_k"])), _numbers(coordinates["values"], (4,)),
                _numbers(coordinates["covariance"], (4, 4)), tuple(flag["text"] for flag in content["flags"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise DataFileError(f"entries coordinates and flags are damaged ({first_line(error)})") from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a file that `relaxnet estimate --json` wrote; a `DataFileError` if it is another."""
        content = read_json(path)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise DataFileError(f"{path}: must be a result of `relaxnet estimate --json`, with format {FORMAT}")
        try:
            return cls.of(content)
        except DataFileError as error:
            raise DataFileError(f"{path}: {error}") from None


def _numbers(values: Any, shape: tuple[int, ...]) -> Float:
    found = np.array(values, dtype=np.float64)
    if found.shape != shape or not np.isfinite(found).all():
        raise ValueError(f"not {shape} finite numbers")
    return found
