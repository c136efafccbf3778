"""What calls every kernel once: run by the process that compiles them."""

import numpy as np

from .descriptors import describe
from .limits import transition_u
from .parameters import TNMParameters
from .program import Program, Ramp
from .simulate import simulate, simulate_many

_PARAMETERS = TNMParameters(-79.21, 318443.9, 0.57, 0.71)


def scans() -> None:
    """Simulate, describe and decode heating scans, in the types that datasets and networks use."""
    sets = _PARAMETERS.as_array()[None]
    transition_u(sets)
    for dtype in (np.float64, np.float32):
        signals = simulate_many(sets, dtype=dtype)
        describe(signals)
        signals.on_grid(np.linspace(400.0, 500.0, 3), dtype)


def programs() -> None:
    """Simulate a free program."""
    program = Program(490.0, (Ramp(430.0, 10.0),))
    simulate(_PARAMETERS, program).at([0.0])
    simulate_many(_PARAMETERS.as_array()[None], program)
