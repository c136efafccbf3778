"""TNM physics: parameters, temperature programs, the simulator, descriptors.  Knows of no files and no networks."""

from ._cache import use_own_cache

use_own_cache()  # before the kernels are defined

from .descriptors import Descriptors, describe  # noqa: E402
from .parameters import GAS_CONSTANT, PARAMETER_NAMES, ZERO_CELSIUS_K, TNMParameters, relaxation_time_s  # noqa: E402
from .program import ChrProgram, History, Hold, Program, Ramp, chr_program  # noqa: E402
from .signals import Signals  # noqa: E402
from .simulate import simulate, simulate_many, transition_u  # noqa: E402
from .trajectories import States, Trajectories, Trajectory, default_times_s  # noqa: E402

__all__ = [
    "GAS_CONSTANT", "PARAMETER_NAMES", "ZERO_CELSIUS_K", "ChrProgram", "Descriptors", "History", "Hold", "Program",
    "Ramp", "Signals", "States", "TNMParameters", "Trajectories", "Trajectory", "chr_program", "default_times_s",
    "describe", "relaxation_time_s", "simulate", "simulate_many", "transition_u",
]  # fmt: skip
