"""TNM physics: parameters, temperature programs, the simulator, descriptors.  Knows of no files and no networks."""

from .descriptors import Descriptors, describe
from .parameters import GAS_CONSTANT, PARAMETER_NAMES, ZERO_CELSIUS_K, TNMParameters, relaxation_time_s
from .program import ChrProgram, Hold, Program, Ramp, chr_program
from .signals import Signals
from .simulate import Trajectory, simulate, simulate_many

__all__ = [
    "GAS_CONSTANT", "PARAMETER_NAMES", "ZERO_CELSIUS_K", "ChrProgram", "Descriptors", "Hold", "Program", "Ramp",
    "Signals", "TNMParameters", "Trajectory", "chr_program", "describe", "relaxation_time_s", "simulate",
    "simulate_many",
]  # fmt: skip
