"""Conditions under which estimators are compared, and the samples measured under them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.studies.relaxation.dsc.knowledge import cramer_rao
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.physics.published import MATERIALS

# one copy of the random sets: the tests' own
sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "studies" / "relaxation" / "estimation"))
from random_sets import random_sets

Float = NDArray[np.float64]

SIX, THREE, ONE = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0), (0.5, 2.0, 20.0), (10.0,)
SMALLEST_NOISE = 1e-3  # whose bound errors without noise are related to
REACH_K = 30.0  # of raw scans into glass and liquid


@dataclass(frozen=True)
class Condition:
    """How samples are measured.

    ``lag_s`` is the thermal lag, and whether estimators are told that it is 0; ``line_error`` the standard deviation of
    the errors of glass and liquid line at both ends of a scan, in shares of the step, that a normalisation by hand
    left; ``raw`` heat flow instead of cp_n.
    """

    name: str
    title: str
    noise: float = 0.01
    lag_s: float = 0.0
    lag_known: bool = True
    rates: tuple[float, ...] = SIX
    line_error: float = 0.0
    raw: bool = False
    materials: bool = False


CONDITIONS = {
    condition.name: condition
    for condition in (
        Condition("noise-0", "no noise", noise=0.0),
        Condition("noise-0.003", "noise 0.003", noise=0.003),
        Condition("noise-0.01", "noise 0.01"),
        Condition("noise-0.03", "noise 0.03", noise=0.03),
        Condition("lag-0", "lag 0, unknown", lag_known=False),
        Condition("lag-0.5", "lag 0.5 K", lag_s=3.0, lag_known=False),
        Condition("lag-1", "lag 1 K", lag_s=6.0, lag_known=False),
        Condition("lag-2", "lag 2 K", lag_s=12.0, lag_known=False),
        Condition("lines-0.01", "lines off by 1 %", line_error=0.01),
        Condition("lines-0.03", "lines off by 3 %", line_error=0.03),
        Condition("raw", "raw heat flow, lag 1 K", lag_s=6.0, lag_known=False, raw=True),
        Condition("rates-3", "three rates", rates=THREE),
        Condition("rates-1", "one rate", rates=ONE),
        Condition("materials", "published materials", materials=True),
    )
}


@dataclass(frozen=True, eq=False)
class Sample:
    """Scans with their true parameters (4,), and the bound of these as standard deviations (4,)."""

    parameters: Float
    scans: list[HeatingScan]
    bound: Float


@lru_cache(maxsize=4)
def parameter_sets(count: int, seed: int, materials: bool) -> Float:
    """True parameters, shape (count, 4): of random glasses of the plane, or of the materials in turn."""
    if not materials:
        return random_sets(count, seed)
    return np.array([material.as_array() for material in MATERIALS.values()])[np.arange(count) % len(MATERIALS)]


def sample(condition: Condition, number: int, count: int, seed: int) -> Sample:
    """One of the ``count`` samples of a condition; random ones are of the same glasses in all conditions."""
    parameters = parameter_sets(count, seed, condition.materials)[number]
    generator = np.random.default_rng([seed, number, *condition.name.encode()])
    scans = simulated_scans(
        parameters, condition.rates, noise=condition.noise, lag_s=condition.lag_s, lines=condition.raw,
        generator=generator, reach_k=REACH_K if condition.raw else None,
    )  # fmt: skip
    covariance = cramer_rao(
        parameters, scans, noise=max(condition.noise, SMALLEST_NOISE), lag_s=condition.lag_s,
        lag="known" if condition.lag_known else "fitted",
    )  # fmt: skip
    if condition.line_error:
        scans = [with_line_errors(scan, condition.line_error, generator) for scan in scans]
    return Sample(parameters, scans, np.sqrt(np.diag(covariance)))


def with_line_errors(scan: HeatingScan, error: float, generator: np.random.Generator) -> HeatingScan:
    """A normalised scan whose glass and liquid lines were drawn wrongly, each by independent errors at both ends."""
    share = np.linspace(0.0, 1.0, len(scan.temperature_k))
    glass, liquid = (np.stack([1.0 - share, share], axis=1) @ generator.normal(0.0, error, 2) for _ in range(2))
    return replace(scan, signal=(scan.signal - glass) / (1.0 + liquid - glass))
