"""Samples that the model describes, drawn from the prior, and samples that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
from relaxnet.studies.relaxation.dsc.classical.features import features
from relaxnet.studies.relaxation.dsc.classical.simulation import Simulation
from relaxnet.studies.relaxation.dsc.fit.sample import prepare
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
from relaxnet.studies.relaxation.estimation.lag import with_lag
from relaxnet.studies.relaxation.physics import describe, simulate_many

from .samples import REACH_K, parameter_sets, with_line_errors

Float = NDArray[np.float64]
Generator = np.random.Generator

NOISE, LAG_S, HEATING = 0.01, 6.0, 10.0
FINE_K, COARSE = 0.25, 4  # of what is smeared twice, and every how many of its points are kept
STEEP = 8.0


@dataclass(frozen=True)
class Kind:
    """A kind of samples: how they are made, and whether the model describes them and the networks know them."""

    title: str
    make: Callable[[Float, Generator], list[HeatingScan]]
    raw: bool = False
    described: bool = True
    known: bool = True
    parameters: Callable[[Generator], Float] | None = None


def noisy(scans: list[HeatingScan], generator: Generator) -> list[HeatingScan]:
    """White noise, in shares of the step."""
    steps = [1.0 if scan.lines_known else scan.rough.step for scan in prepare(scans)]
    return [
        replace(scan, signal=scan.signal + NOISE * step * generator.standard_normal(len(scan.signal)))
        for scan, step in zip(scans, steps, strict=True)
    ]


def normalised(parameters: Float, generator: Generator) -> list[HeatingScan]:
    return simulated_scans(parameters, noise=NOISE, lag_s=LAG_S, generator=generator)


def raw(parameters: Float, generator: Generator) -> list[HeatingScan]:
    return simulated_scans(parameters, noise=NOISE, lag_s=LAG_S, lines=True, generator=generator, reach_k=REACH_K)


def sloping(parameters: Float, generator: Generator) -> list[HeatingScan]:
    """Glass and liquid line each off by 3 % of the step at both ends."""
    return [with_line_errors(scan, 0.03, generator) for scan in normalised(parameters, generator)]


def curved(share: float) -> Callable[[Float, Generator], list[HeatingScan]]:
    """Heat flow on a parabola that bends by ``share`` of the step between the middle and the ends of a scan."""

    def make(parameters: Float, generator: Generator) -> list[HeatingScan]:
        clean = simulated_scans(parameters, lag_s=LAG_S, lines=True, generator=generator, reach_k=REACH_K)
        steps = [scan.rough.step for scan in prepare(clean)]
        bent = [
            replace(scan, signal=scan.signal + share * step * np.linspace(-1.0, 1.0, len(scan.signal)) ** 2)
            for scan, step in zip(clean, steps, strict=True)
        ]
        return noisy(bent, generator)

    return make


def lagging_twice(parameters: Float, generator: Generator) -> list[HeatingScan]:
    """Two lags of the usual size one after the other: of the sample, and of the sensor."""
    fine = simulated_scans(parameters, lag_s=LAG_S, step_k=FINE_K)
    lag_k = LAG_S * HEATING / 60.0
    twice = [
        replace(scan, temperature_k=scan.temperature_k[::COARSE],
                signal=with_lag(scan.temperature_k, scan.signal, scan.temperature_k, lag_k)[::COARSE])
        for scan in fine
    ]  # fmt: skip
    return noisy(twice, generator)


def two_betas(apart: float) -> Callable[[Float, Generator], list[HeatingScan]]:
    """A sample of two glasses, half each, whose beta are ``apart`` from each other."""

    def make(parameters: Float, generator: Generator) -> list[HeatingScan]:
        low, high = parameters.copy(), parameters.copy()
        low[3] = max(parameters[3] - 0.5 * apart, 0.15)
        high[3] = min(low[3] + apart, 1.0)
        scans = simulated_scans(low, lag_s=LAG_S)
        other = Simulation(features(scans), LAG_S).cp_n(high)
        mixed = [replace(scan, signal=0.5 * (scan.signal + cp_n)) for scan, cp_n in zip(scans, other, strict=True)]
        return noisy(mixed, generator)

    return make


def heated_fast(parameters: Float, generator: Generator) -> list[HeatingScan]:
    """Rates beyond those that the networks were trained with."""
    return simulated_scans(
        parameters, [50.0, 200.0, 1000.0], 1000.0, noise=NOISE, lag_s=0.01 * LAG_S, generator=generator
    )  # fmt: skip


def beyond_plane(generator: Generator) -> Float:
    """dh of 1500 to 2500 kJ/mol."""
    parameters = draw(PLANE, generator, 1)[0]
    scale = 1.0 / parameters[1] * generator.uniform(1.5e6, 2.5e6)
    return np.array([parameters[0] * scale, parameters[1] * scale, *generator.uniform(0.3, 0.6, 2)])


def steep(generator: Generator) -> Float:
    """cp_n,max beyond that of the networks' training."""
    while True:
        sets = draw(PLANE, generator, 50)
        highest = describe(simulate_many(sets)).cp_n_max.max(axis=1)
        found = np.flatnonzero((highest > 1.5 * STEEP) & (highest < 3.0 * STEEP))
        if len(found):
            return sets[found[0]]


KINDS = {
    "prior": Kind("normalised, lag 1 K", normalised),
    "prior-raw": Kind("raw heat flow, lag 1 K", raw, raw=True),
    "sloping": Kind("lines off by 3 %", sloping, described=False),
    "curved-1": Kind("lines bent by 1 %", curved(0.01), raw=True, described=False),
    "curved-5": Kind("lines bent by 5 %", curved(0.05), raw=True, described=False),
    "two-lags": Kind("a second lag of 1 K", lagging_twice, described=False),
    "two-betas-0.1": Kind("two betas, 0.1 apart", two_betas(0.1), described=False),
    "two-betas-0.3": Kind("two betas, 0.3 apart", two_betas(0.3), described=False),
    "beyond-plane": Kind("dh 1500 to 2500 kJ/mol", normalised, known=False, parameters=beyond_plane),
    "steep": Kind("cp_n,max 12 to 24", normalised, known=False, parameters=steep),
    "fast": Kind("heated at 1000 K/min", heated_fast, known=False),
}


def truth(name: str, number: int, count: int, seed: int) -> Float:
    """Parameters of a sample: those of one prior, but for kinds that have their own."""
    kind = KINDS[name]
    if kind.parameters:
        return kind.parameters(np.random.default_rng([seed, number, *name.encode()]))
    return parameter_sets(count, seed, False)[number]


def scans_of(name: str, parameters: Float, number: int, seed: int) -> list[HeatingScan]:
    return KINDS[name].make(parameters, np.random.default_rng([seed, number, *name.encode(), 1]))


def lag_of(name: str) -> float:
    """The lag of a kind in s."""
    return 0.01 * LAG_S if name == "fast" else LAG_S
