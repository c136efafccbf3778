"""Where the time of the simulator goes: the calls of its parts are recorded, and then played again by themselves.

Run: ``python benchmarks/shares.py`` (ten seconds, one core).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from numba import njit
from simulator import HEATING, RATES, sample

from relaxnet.studies.relaxation.physics import GAS_CONSTANT, simulate_many
from relaxnet.studies.relaxation.physics._expsum import exponential_sum
from relaxnet.studies.relaxation.physics.kernels import integration as _kernel
from relaxnet.studies.relaxation.physics.kernels.modes import advance_quick, advance_slow, ladder, sums
from relaxnet.studies.relaxation.physics.kernels.nodes import glass_reach, liquid_reach, transition_u
from relaxnet.studies.relaxation.physics.kernels.scans import _TURN_COLDER, storage_nodes
from relaxnet.studies.relaxation.physics.simulate import END_TOLERANCE, LARGEST_CHANGE, STORED_NODES, TOLERANCE

REPEATED = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quartets", type=int, default=40, help="random points with cp_n,max <= 6")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sets = sample(arguments.quartets, arguments.seed)
    whole = best_ms(lambda: simulate_many(np.repeat(sets, REPEATED, axis=0)))
    names = ("advance slow modes", "advance quick modes", "sums over modes", "reduced time of a step", "storage nodes")
    parts = dict.fromkeys(names, 0.0)
    steps = passes = slow = quick = modes = 0
    for values in sets:
        terms = exponential_sum(float(values[3])).blocks()
        table = ladder(terms.chains)[0]
        for rate in RATES:
            calls, nodes, end = record(values, rate)
            s, q, a, r = (np.array(calls[name]) for name in ("slow", "quick", "sums", "reduced"))
            parts["advance slow modes"] += best_ms(lambda: replay(True, s, terms.weights, table, REPEATED))  # noqa: B023
            parts["advance quick modes"] += best_ms(lambda: replay(False, q, terms.weights, table, REPEATED))  # noqa: B023
            parts["sums over modes"] += best_ms(lambda: replay_sums(a, terms.weights, table, REPEATED))  # noqa: B023
            parts["reduced time of a step"] += best_ms(lambda: replay_reduced(r, REPEATED))  # noqa: B023
            kept = nodes[:, end[1] :]
            scan = (kept[1].copy(), kept[2].copy(), kept[3] * 60.0 / HEATING, values[1] / GAS_CONSTANT)
            parts["storage nodes"] += best_ms(lambda: replay_storage(*scan, STORED_NODES, REPEATED))  # noqa: B023
            steps += nodes.shape[1] - 1
            passes += len(s)
            slow += int((s[:, 1] - s[:, 0]).sum())
            quick += int((q[:, 1] - q[:, 0]).sum())
            modes += len(terms.weights) * len(s)
    count = len(sets) * REPEATED
    print(f"a quartet: {whole / count:.3f} ms, {steps / len(sets):.0f} steps, {passes / steps:.2f} passes a step")
    print(f"modes: {modes / passes:.0f} a pass, {slow / modes:.0%} slow, {quick / modes:.0%} quick, ", end="")
    print(f"{1 - (slow + quick) / modes:.0%} frozen or fast (free)")
    for name, ms in parts.items():
        print(f"  {name:<32}{ms / count:>8.3f} ms{ms / whole:>7.0%}")
    rest = whole - sum(parts.values())
    print(f"  {'the rest (extrapolation, control)':<32}{rest / count:>8.3f} ms{rest / whole:>6.0%}")


def best_ms(work: Callable[[], object]) -> float:
    """CPU time of the best of three runs; the first compiles."""
    times = []
    for _ in range(4):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1e3)
    return min(times[1:])


def record(values: np.ndarray, cooling_k_per_min: float) -> tuple[dict[str, list[tuple]], np.ndarray, np.ndarray]:
    """Calls of the parts during one cycle (the kernel run as plain Python), its nodes, and the ends of its segments."""
    ln_a, dh, x, beta = values
    scale = dh / GAS_CONSTANT
    terms = exponential_sum(float(beta)).blocks()
    u_g = transition_u(ln_a, scale, HEATING / 60.0)
    cold = u_g + 2.0 + 2.0 / beta
    hot_k = scale / (u_g - liquid_reach(beta, END_TOLERANCE))
    cold_k = scale / (cold + glass_reach(x, beta, END_TOLERANCE))
    turn_k = scale / (cold + glass_reach(x, beta, END_TOLERANCE * np.exp(-_TURN_COLDER * beta)))
    duration = np.array([(hot_k - turn_k) / cooling_k_per_min, (cold_k - turn_k) / HEATING, (hot_k - cold_k) / HEATING])
    calls: dict[str, list[tuple]] = {"slow": [], "quick": [], "sums": [], "reduced": []}

    def recorded(name: str, function: Callable) -> Callable:
        def call(old, first, last, table, column, factor, moments, new):
            calls[name].append((first, last, column, factor, *moments))
            function(old, first, last, table, column, factor, moments, new)

        return call

    def summed(departure, weights, first, last, table, column, factor):
        calls["sums"].append((first, last, column, factor))
        return sums(departure, weights, first, last, table, column, factor)

    def reduced(*ends_and_moments):
        calls["reduced"].append(ends_and_moments[:4])
        return kept["_reduced_time"](*ends_and_moments)

    kept = {name: getattr(_kernel, name) for name in ("advance_slow", "advance_quick", "sums", "_reduced_time")}
    nodes, end = np.empty((4, 4096)), np.empty(3, dtype=np.int64)
    try:
        _kernel.advance_slow, _kernel.advance_quick = recorded("slow", advance_slow), recorded("quick", advance_quick)
        _kernel.sums, _kernel._reduced_time = summed, reduced
        last = _kernel.integrate.py_func(
            hot_k, np.array([turn_k, cold_k, hot_k]), duration * 60.0, ln_a, scale, x, *terms, *ladder(terms.chains),
            TOLERANCE, LARGEST_CHANGE, *nodes, end,
        )  # fmt: skip
    finally:
        for name, function in kept.items():
            setattr(_kernel, name, function)
    return calls, nodes[:, : last + 1], end


@njit
def replay(slow, calls, weights, table, repeated):
    old, new = np.full(len(weights), 0.1), np.zeros(len(weights))
    for _ in range(repeated):
        for call in calls:
            first, last, column = int(call[0]), int(call[1]), int(call[2])
            if slow:
                advance_slow(old, first, last, table, column, call[3], call[4:], new)
            else:
                advance_quick(old, first, last, table, column, call[3], call[4:], new)


@njit
def replay_sums(calls, weights, table, repeated):
    departure = np.full(len(weights), 0.1)
    total = 0.0
    for _ in range(repeated):
        for call in calls:
            total += sums(departure, weights, int(call[0]), int(call[1]), table, int(call[2]), call[3])[0]
    return total


@njit
def replay_reduced(calls, repeated):
    moments = np.zeros(5)
    total = 0.0
    for _ in range(repeated):
        for call in calls:
            total += _kernel._reduced_time(call[0], call[1], call[2], call[3], moments)[0]
    return total


@njit
def replay_storage(temperature_k, fictive_k, cp_n, u_scale_k, stored, repeated):
    u, cp = np.empty(stored), np.empty(stored)
    for _ in range(repeated):
        storage_nodes(temperature_k, fictive_k, cp_n, u_scale_k, u, cp)


if __name__ == "__main__":
    main()
