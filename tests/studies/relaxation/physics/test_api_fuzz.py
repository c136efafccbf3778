"""Every argument of the public functions and classes with every kind of nonsense: one line that names the argument."""

import numpy as np
import pytest

import relaxnet
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation import physics

AS2SE3 = physics.TNMParameters(-79.21, 318_444.0, 0.57, 0.71)
SETS = [[-79.21, 318_444.0, 0.57, 0.71]]
RAMPS = (physics.Ramp(430.0, 10.0), physics.Hold(10.0))
FREE = physics.Program(490.0, RAMPS)
SIGNALS = physics.simulate(AS2SE3, physics.chr_program([10.0]))
PATH = physics.simulate(AS2SE3, FREE)

BAD = [
    None, "nonsense", "", b"\x00", float("nan"), float("inf"), -float("inf"), -1, -1.0, 0, 0.3, 10**30, 10**400, 1e300,
    True, 1j, object(), [], (), {}, {"a": 1}, {1.0}, [None], ["x"], [float("nan")], [[1.0], [1.0, 2.0]], [3.0, 1.0],
    np.zeros(0), np.zeros((2, 2, 2)), np.zeros((0, 3)), np.array(1.0), np.array([True]), np.array(["x"]), int,
    (-79.21, 318_444.0, 0.57, 0.71), RAMPS[0], RAMPS, FREE, AS2SE3, SIGNALS, PATH, physics.ChrProgram(),
]  # fmt: skip

# function, good arguments, and by argument which of the bad values are good there
CALLS = {
    "TNMParameters": (physics.TNMParameters, {"ln_a": -79.21, "dh_j_per_mol": 318_444.0, "x": 0.57, "beta": 0.71}),
    "ChrProgram": (physics.ChrProgram, {"cooling_rates_k_per_min": (1.0, 2.0), "heating_rate_k_per_min": 10.0}),
    "chr_program": (physics.chr_program, {"cooling_rates_k_per_min": (1.0, 2.0), "heating_rate_k_per_min": 10.0}),
    "Ramp": (physics.Ramp, {"to_temperature_k": 400.0, "rate_k_per_min": 10.0}),
    "Hold": (physics.Hold, {"duration_min": 10.0}),
    "History": (physics.History, {"time_s": (0.0, 1.0), "temperature_k": (400.0, 401.0)}),
    "Program": (physics.Program, {"start_temperature_k": 490.0, "segments": RAMPS}),
    "Program.from_history": (physics.Program.from_history, {"time_s": (0.0, 1.0), "temperature_k": (400.0, 401.0)}),
    "simulate": (physics.simulate, {"parameters": AS2SE3, "program": FREE, "tolerance": 1e-3, "certify": False}),
    "simulate_many": (
        physics.simulate_many,
        {"parameters": SETS, "program": physics.chr_program([10.0]), "tolerance": 1e-3, "certify": False, "nodes": 32,
         "dtype": np.float64, "workers": 1, "progress": None},
    ),
    "simulate_many along a program": (
        physics.simulate_many, {"parameters": SETS, "program": FREE, "time_s": [0.0, 1.0], "workers": 1}
    ),
    "describe": (physics.describe, {"signals": SIGNALS}),
    "relaxation_time_s": (
        physics.relaxation_time_s, {"parameters": AS2SE3, "temperature_k": 400.0, "fictive_k": 440.0}
    ),
    "transition_u": (physics.transition_u, {"parameters": SETS, "program": physics.chr_program()}),
    "default_times_s": (physics.default_times_s, {"program": FREE}),
    "on_grid": (SIGNALS.on_grid, {"grid_k": [400.0, 500.0]}),
    "at": (PATH.at, {"time_s": [0.0, 1.0]}),
}  # fmt: skip
RESULTS = {"Descriptors", "Signals", "States", "Trajectories", "Trajectory"}  # made by the functions


def test_all_public_names_are_called():
    names = {name for name in {*relaxnet.__all__, *physics.__all__} if callable(getattr(physics, name, None))}
    assert names - RESULTS == {name for name in CALLS if name in names}


@pytest.mark.parametrize("name", CALLS)
def test_nonsense_is_told_by_name(name):
    function, good = CALLS[name]
    function(**good)
    wrong, refused = [], 0
    for argument in good:
        for value in BAD:
            given = {**good, argument: value}
            try:
                function(**given)
            except InvalidInputError as error:
                refused += 1
                related = error.field == argument or (name, argument, error.field) in RELATED
                if not related or "\n" in str(error) or len(str(error)) > 300:
                    wrong.append(f"{argument} = {value!r:.80}: {error}")
            except Exception as error:
                wrong.append(f"{argument} = {value!r:.80}: {type(error).__name__}: {error}")
            else:
                if not ALLOWED.get(argument, lambda _: False)(value):
                    wrong.append(f"{argument} = {value!r:.80}: accepted")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)
    assert refused > len(good) * len(BAD) / 2


# an argument that another one, or its own type, brings to light
RELATED = {
    ("History", "time_s", "temperature_k"),
    ("Program.from_history", "time_s", "temperature_k"),
    ("Program", "start_temperature_k", "to_temperature_k"),
    ("simulate_many along a program", "program", "time_s"),
}


def between(value, low, high):
    """Numbers in a range, or none at all."""
    values = np.asarray(value, dtype=np.float64)
    return bool(np.all((low <= values) & (values <= high)))


# Reviewed: what is listed as bad, but is good for this argument.
ALLOWED = {
    "ln_a": lambda value: value in (-1, 0, 0.3),
    "x": lambda value: value == 0.3,
    "beta": lambda value: value == 0.3,
    "heating_rate_k_per_min": lambda value: value == 0.3,
    "rate_k_per_min": lambda value: value == 0.3,
    "duration_min": lambda value: value == 0.3,
    "segments": lambda value: value is RAMPS,
    "parameters": lambda value: value is AS2SE3,
    "program": lambda value: value is None or isinstance(value, physics.Program | physics.ChrProgram),
    "certify": lambda value: value is True,
    "progress": lambda value: value is None or callable(value),
    "time_s": lambda value: value is None or between(value, 0.0, 3.0),
    "temperature_k": lambda value: between(value, 0.1, 1e300),
    "fictive_k": lambda value: between(value, -100.0, 1e300) and np.all(value),
    "grid_k": lambda value: between(value, 0.0, 1e300),
    "signals": lambda value: value is SIGNALS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("dh", "hint"), [(318.444, True), (12.0, True), (1.0, True), (0.5, False), (-318.0, False), (2e8, False)]
)
def test_kilojoules_are_suspected(dh, hint):
    with pytest.raises(InvalidInputError, match=r"^dh_j_per_mol = .*: must be a number from 1000 to 1e\+08") as caught:
        physics.TNMParameters(-79.21, dh, 0.57, 0.71)
    assert ("kJ/mol?" in str(caught.value)) == hint
    with pytest.raises(InvalidInputError) as again:
        physics.simulate_many([[-79.21, dh, 0.57, 0.71]])
    assert again.value.allowed == caught.value.allowed
