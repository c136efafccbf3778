"""Free programs: nodes along ramps and holds, one parameter set at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._expsum import exponential_sum
from ._kernel import LANES, integrate_block
from ._nodes import equidistribute, s_of_u, smooth, transition_u, u_of_s
from .parameters import TNMParameters
from .program import Hold, Program, Ramp

Float = NDArray[np.float64]
_STEEP = 2.0
_HOLD_STEPS_A_DECADE = 40
_FIRST_HOLD_SHARE = 1e-9  # first step of a hold, as a share of the whole
_ROUNDS = 3


def integrate_program(parameters: TNMParameters, program: Program, step: float) -> tuple[Float, Float, Float, NDArray]:
    """Fictive temperature along a program.

    Returns
    -------
    time_s, temperature_k, fictive_k, segment : ndarray, shape (N,)
        With a Richardson-extrapolated fictive temperature at the nodes of the coarser of two runs.
    """
    legs = [_leg(parameters, start, segment, step) for start, segment in _starts(program)]
    for _ in range(_ROUNDS):
        fictive = _run(parameters, legs, 1)
        legs = [_refine(parameters, leg, part, step) for leg, part in zip(legs, _split(legs, fictive), strict=True)]
    coarse, fine = _run(parameters, legs, 1), _run(parameters, legs, 2)[::2]
    times, temperatures, segment = [np.zeros(1)], [legs[0][1][:1]], [np.zeros(1, dtype=np.int64)]
    elapsed = 0.0
    for number, (time, temperature) in enumerate(legs):
        times.append(elapsed + time[1:])
        temperatures.append(temperature[1:])
        segment.append(np.full(len(time) - 1, number))
        elapsed += time[-1]
    extrapolated = fine + (fine - coarse) / 3.0
    return np.concatenate(times), np.concatenate(temperatures), extrapolated, np.concatenate(segment)


def _starts(program: Program) -> list[tuple[float, Ramp | Hold]]:
    temperature, pairs = program.start_temperature_k, []
    for segment in program.segments:
        pairs.append((temperature, segment))
        if isinstance(segment, Ramp):
            temperature = segment.to_temperature_k
    return pairs


def _leg(parameters: TNMParameters, start_k: float, segment: Ramp | Hold, step: float) -> tuple[Float, Float]:
    """First nodes of one segment: (time from its start in s, temperature in K)."""
    if isinstance(segment, Hold):
        whole = segment.duration_min * 60.0
        count = int(-np.log10(_FIRST_HOLD_SHARE) * _HOLD_STEPS_A_DECADE)
        time = np.concatenate([[0.0], whole * np.geomspace(_FIRST_HOLD_SHARE, 1.0, count)])
        return time, np.full(len(time), start_k)
    rate = segment.rate_k_per_min / 60.0
    scale, x, beta = parameters.u_scale_k, parameters.x, parameters.beta
    u_g = transition_u(parameters.ln_a, scale, rate)
    ends = [s_of_u(scale / t, u_g, x, beta) for t in (start_k, segment.to_temperature_k)]
    count = max(8, int(np.ceil(abs(ends[1] - ends[0]) / step)))
    s = np.linspace(ends[0], ends[1], count + 1)
    temperature = scale / np.array([u_of_s(value, u_g, x, beta) for value in s])
    temperature[0], temperature[-1] = start_k, segment.to_temperature_k
    return np.abs(temperature - start_k) / rate, temperature


def _refine(parameters: TNMParameters, leg: tuple[Float, Float], fictive: Float, step: float) -> tuple[Float, Float]:
    """Add nodes where ln(tau) changes by more than about ``step`` from node to node."""
    time, temperature = leg
    scale, x = parameters.u_scale_k, parameters.x
    change = np.abs(np.diff(x * scale / temperature + (1 - x) * scale / fictive))
    density = 1.0 + np.maximum(change / step - 1.0, 0.0) * _STEEP
    smooth(density)
    index = np.arange(len(time), dtype=np.float64)
    new = np.empty(min(int(np.ceil(density.sum())), 20 * len(time)) + 1)
    equidistribute(index, density, new)
    return np.interp(new, index, time), np.interp(new, index, temperature)


def _run(parameters: TNMParameters, legs: list[tuple[Float, Float]], split: int) -> Float:
    """Integrate with every step divided into ``split``."""
    temperature, duration, restart = [legs[0][1][:1]], [], []
    for time, kelvin in legs:
        index = np.arange(len(time), dtype=np.float64)
        fine = np.linspace(0.0, index[-1], (len(time) - 1) * split + 1)
        temperature.append(np.interp(fine, index, kelvin)[1:])
        duration.append(np.diff(np.interp(fine, index, time)))
        starts = np.zeros(len(fine) - 1, dtype=np.bool_)
        starts[0] = True
        restart.append(starts)
    terms = exponential_sum(parameters.beta)
    ones = np.ones(LANES)
    nodes = np.repeat(np.concatenate(temperature)[:, None], LANES, axis=1)
    fictive = np.empty_like(nodes)
    integrate_block(
        nodes, np.repeat(np.concatenate(duration)[:, None], LANES, axis=1), np.concatenate(restart),
        parameters.ln_a * ones, parameters.x * ones, parameters.u_scale_k * ones,
        np.repeat(terms.weights[:, None], LANES, axis=1), terms.rates[0], terms.chains, fictive,
    )  # fmt: skip
    return fictive[:, 0].copy()


def _split(legs: list[tuple[Float, Float]], fictive: Float) -> list[Float]:
    parts, start = [], 0
    for time, _ in legs:
        parts.append(fictive[start : start + len(time)])
        start += len(time) - 1
    return parts
