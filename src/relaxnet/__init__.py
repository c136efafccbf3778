"""relaxnet: glass-relaxation physics turned into trained, tracked, promotable neural estimators."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from relaxnet._version import __version__

if TYPE_CHECKING:
    from relaxnet.studies.relaxation.dsc.fit.engine import fit as estimate
    from relaxnet.studies.relaxation.physics import (
        ChrProgram,
        Hold,
        Program,
        Ramp,
        TNMParameters,
        chr_program,
        describe,
        simulate,
        simulate_many,
    )

__all__ = [
    "ChrProgram", "Hold", "Program", "Ramp", "TNMParameters", "__version__", "chr_program", "describe", "estimate",
    "simulate", "simulate_many",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import the physics when it is first asked for: the package's other parts do without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "estimate":
        return import_module("relaxnet.studies.relaxation.dsc.fit.engine").fit
    return getattr(import_module("relaxnet.studies.relaxation.physics"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
