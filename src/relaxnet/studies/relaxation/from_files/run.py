"""From files to an estimate: what ``relaxnet estimate`` does with the files of one sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from relaxnet.core.errors import InvalidInputError

from ..dsc.options import ScanOptions

if TYPE_CHECKING:
    from ..dsc.assemble import Sample
    from ..dsc.result import Estimate, Flag, ScanFit
    from ..dsc.scan import HeatingScan
    from ..dsc.screening import Screened

Method = Literal["fit", "network", "classical"]
METHODS: tuple[Method, ...] = ("fit", "network", "classical")
_STEP_SHARE, _STEP_SDS = 0.15, 3.0  # by which steps of one sample may differ: of the larger, and in deviations


@dataclass(frozen=True)
class Request:
    """What is asked for: ``exo`` and ``mass_mg`` as for `ReadOptions`, ``scans``, and the options of the fit.

    ``lag`` is ``auto`` or a time in s; ``fix`` maps names of parameters to values; ``method`` is ``fit``, or
    ``network`` for the answer of the trained networks as it is, ``classical`` for fictive temperatures and heights of
    peaks (`dsc.classical`), which takes no ``fix`` and is not ``robust``.
    """

    exo: Literal["up", "down"] | None = None
    mass_mg: float | None = None
    scans: ScanOptions = field(default_factory=ScanOptions)
    lag: Literal["auto"] | float = "auto"
    fix: Mapping[str, float] = field(default_factory=dict)
    robust: bool = False
    method: Method = "fit"
    workers: int = 1


def run(paths: Sequence[Path], request: Request) -> tuple[Estimate, Sample]:
    """Read the files of one sample and estimate its parameters.

    Raises
    ------
    DataFileError, InvalidInputError
        As for `instruments.read_file`, `assemble` and `fit`.
    """
    from ..dsc.assemble import assemble
    from ..dsc.screening import feature_flag, screen
    from ..instruments import ReadOptions, read_file

    # the history is told by the assembly: a program file, or a cycle far into the glass and into the liquid
    options = ReadOptions(
        exo=request.exo, mass_mg=request.mass_mg, heating_rate_k_per_min=request.scans.heating_rate_k_per_min
    )
    sample = assemble([read_file(path, options) for path in paths], request.scans)
    screened = screen(sample.scans, **_movable(request), workers=request.workers)
    sample = sample.with_cuts(screened.cut_c)
    events = (*sample.flags, *screened.flags)
    if request.method != "fit":
        events = (*events, *map(feature_flag, screened.features))
    if request.method == "classical":
        return _classical(screened.scans, request, events), sample
    if request.method == "network":
        return _by_network(screened.scans, request, events), sample
    return _fitted_and_checked(screened, request, events), sample


def _movable(request: Request) -> dict[str, bool]:
    """Which ends of the windows may be moved: not those that the user gave."""
    given = request.scans
    return {"glass": given.glass_range_k is None, "liquid": given.liquid_range_k is None}


def _fitted_and_checked(screened: Screened, request: Request, events: Sequence[Flag]) -> Estimate:
    """Fit with windows as wide as the transition asks for, and with flags of what it leaves."""
    from ..dsc.fit.engine import fit
    from ..dsc.residual_flags import residual_flags
    from ..dsc.widening import widened

    def widen(fits: Sequence[ScanFit]) -> tuple[HeatingScan, ...] | None:
        return widened(fits, **_movable(request), limits_k=screened.limits_k)

    estimate = fit(
        screened.scans, lag=request.lag, fix=request.fix, robust=request.robust, workers=request.workers,
        events=events, widen=widen,
    )  # fmt: skip
    flags = (*estimate.flags, *residual_flags(estimate, screened.features), *_steps_differ(estimate))
    return replace(estimate, flags=tuple(dict.fromkeys(flags)))


def _steps_differ(estimate: Estimate) -> list[Flag]:
    """Whether the scans of one sample have steps of different height, beyond their standard deviations."""
    from ..dsc.result import Flag
    from ..dsc.units import dcp_unit

    fits = [fit for fit in estimate.scans if fit.dcp_std > 0]
    if len(fits) < 2 or len({dcp_unit(fit.scan.quantity) for fit in fits}) > 1:
        return []
    low, high = min(fits, key=lambda fit: fit.dcp), max(fits, key=lambda fit: fit.dcp)
    apart = high.dcp - low.dcp
    if apart < _STEP_SHARE * high.dcp or apart < _STEP_SDS * (low.dcp_std**2 + high.dcp_std**2) ** 0.5:
        return []
    ends = " and ".join(f"{fit.dcp:.3g} {dcp_unit(fit.scan.quantity)} in {fit.scan.label}" for fit in (low, high))
    text = f"The step of cp is {ends}: one sample has one. Look at lines, rates, histories and masses."
    return [Flag("steps_differ", text)]


def _by_network(scans: Sequence[HeatingScan], request: Request, events: Sequence[Flag]) -> Estimate:
    from ..dsc.fit.engine import fit

    _check_plain(request)
    try:
        return fit(scans, lag=request.lag, refine=False, events=events)
    except InvalidInputError as error:
        if error.field != "refine":
            raise
        allowed = "fit: the networks know up to six scans after a cooling each, within the rates of their training"
        raise InvalidInputError("--method", "network", allowed) from None


def _check_plain(request: Request) -> None:
    """Raise `InvalidInputError` for options that only a fit has."""
    for name, given in (("--fix", dict(request.fix)), ("--robust", request.robust)):
        if given:
            raise InvalidInputError(name, given, f"absent with --method {request.method}")


def _classical(scans: Sequence[HeatingScan], request: Request, events: Sequence[Flag]) -> Estimate:
    from ..dsc.classical.methods import estimate

    _check_plain(request)
    return estimate(scans, lag=request.lag, events=events)
