"""relaxnet: glass-relaxation physics turned into trained, tracked, promotable neural estimators."""

from relaxnet._version import __version__
from relaxnet.studies.relaxation.physics import ChrProgram, Hold, Program, Ramp, TNMParameters, chr_program, describe, simulate, simulate_many

__all__ = [
    "ChrProgram", "Hold", "Program", "Ramp", "TNMParameters", "__version__", "chr_program", "describe", "simulate",
    "simulate_many",
]  # fmt: skip
