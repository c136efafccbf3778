"""TNM physics: parameters, temperature programs, the simulator, descriptors.  Knows of no files and no networks."""

from .descriptors import Descriptors, describe
from .limits import transition_u
from .parameters import GAS_CONSTANT, PARAMETER_NAMES, ZERO_CELSIUS_K, TNMParameters, relaxation_time_s
from .program import ChrProgram, History, Hold, Program, Ramp, chr_program
from .signals import Signals
from .simulate import simulate, simulate_many
from .trajectories import States, Trajectories, Trajectory, default_times_s

__all__ = [
    "GAS_CONSTANT", "PARAMETER_NAMES", "ZERO_CELSIUS_K", "ChrProgram", "Descriptors", "History", "Hold", "Program",
    "Ramp", "Signals", "States", "TNMParameters", "Trajectories", "Trajectory", "chr_program", "default_times_s",
    "describe", "relaxation_time_s", "simulate", "simulate_many", "transition_u",
]  # fmt: skip
