"""From files to an estimate: what ``relaxnet estimate`` does with the files of one sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..dsc.options import ScanOptions

if TYPE_CHECKING:
    from ..dsc.assemble import Sample
    from ..dsc.result import Estimate

Method = Literal["fit", "network"]
_WIDENINGS = 2  # of the windows, each with another fit
METHODS: tuple[Method, ...] = ("fit", "network")


@dataclass(frozen=True)
class Request:
    """What is asked for: ``exo`` and ``mass_mg`` as for `ReadOptions`, ``scans``, and the options of the fit.

    ``lag`` is ``auto`` or a time in s; ``fix`` maps names of parameters to values; ``method`` is ``fit``, or
    ``network`` for the answer of the trained networks as it is.
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
    from ..dsc.fit.engine import fit
    from ..dsc.screening import screen
    from ..dsc.widening import widened
    from ..dsc.windows import event_flags
    from ..instruments import ReadOptions, read_file

    # the history is told by the assembly: a program file, or a cycle far into the glass and into the liquid
    options = ReadOptions(
        exo=request.exo, mass_mg=request.mass_mg, heating_rate_k_per_min=request.scans.heating_rate_k_per_min
    )
    sample = assemble([read_file(path, options) for path in paths], request.scans)
    given = request.scans
    movable = {"glass": given.glass_range_k is None, "liquid": given.liquid_range_k is None}
    screened = screen(sample.scans, **movable)
    scans = screened.scans
    for _ in range(1 + _WIDENINGS):
        estimate = fit(
            scans, lag=request.lag, fix=request.fix, robust=request.robust, refine=request.method == "fit",
            workers=request.workers, events=(*sample.flags, *screened.flags),
        )  # fmt: skip
        wider = widened(estimate, **movable, limits_k=screened.limits_k)
        if wider is None or request.method != "fit":
            break
        scans = wider
    found = event_flags(estimate) if request.method == "fit" else []  # the networks leave more than events
    # of two flags of a name, the one after the fit knows more
    flags = {(flag.name, flag.scan): flag for flag in (*estimate.flags, *found)}
    return replace(estimate, flags=tuple(flags.values())), sample
