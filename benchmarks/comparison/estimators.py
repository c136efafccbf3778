"""The estimators that are compared, each a function of a sample."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.classical.answer import estimate_of
from relaxnet.studies.relaxation.dsc.classical.features import features
from relaxnet.studies.relaxation.dsc.classical.levenberg_marquardt import by_levenberg_marquardt
from relaxnet.studies.relaxation.dsc.classical.methods import estimate as classical
from relaxnet.studies.relaxation.dsc.fit.engine import fit
from relaxnet.studies.relaxation.dsc.fit.sample import prepare
from relaxnet.studies.relaxation.dsc.scan import HeatingScan
from relaxnet.studies.relaxation.estimation.plain_fit import fit as plain_fit
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan
from relaxnet.studies.relaxation.physics import GAS_CONSTANT
from relaxnet.studies.relaxation.physics.parameters import PARAMETER_NAMES, RANGES

from .samples import SIX, Condition, Sample

Float = NDArray[np.float64]

Z_90 = 1.6448536269514722
USUAL_DH = 4e5  # of the start of someone who knows nothing
PAPER, GRID_MODEL = "paper network", "G"
TITLES = {
    PAPER: "network of the paper's study",
    "network": "universal network",
    "fit": "network, then fit (default)",
    "fit, lines free": "the same, lines fitted too",
    "multistart": "fit from three fixed starts",
    "LM good": "plain LM, good start",
    "LM poor": "plain LM, poor start",
    "classical": "classical (areas, peak heights)",
}
# flags that say nothing against an estimate
HARMLESS = {"network_only", "two_rates", "history_smoothed", "lag_not_fitted"}


def answer(parameters: Float, std: Float, interval_90: Float, flags: Sequence[str], seconds: float) -> dict[str, Any]:
    """What is kept of an estimate."""
    return {
        "parameters": np.asarray(parameters).tolist(), "std": np.asarray(std).tolist(),
        "interval_90": np.asarray(interval_90).tolist(), "flags": sorted(set(flags)), "seconds": seconds,
    }  # fmt: skip


def answers(found: Sample, condition: Condition, seed: Sequence[int]) -> dict[str, dict[str, Any]]:
    """All estimates of a sample but those of the paper's network."""
    lag: Any = 0.0 if condition.lag_known else "auto"
    starts = {"LM good": good_start(found, np.random.default_rng(list(seed))), "LM poor": poor_start(found.scans)}
    methods: dict[str, Callable[[], dict[str, Any]]] = {
        "network": lambda: of_estimate(fit(found.scans, lag=lag, refine=False)),
        "fit": lambda: of_estimate(fit(found.scans, lag=lag)),
        "multistart": lambda: of_plain_fit(found.scans, known=condition.lag_known),
        "LM good": lambda: of_plain_search(found.scans, starts["LM good"]),
        "LM poor": lambda: of_plain_search(found.scans, starts["LM poor"]),
        "classical": lambda: of_estimate(classical(found.scans)),
    }
    if condition.line_error:
        methods["fit, lines free"] = lambda: of_estimate(fit(with_free_lines(found.scans), lag=lag))
    return {name: timed(method) for name, method in methods.items()}


def timed(method: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An answer with its time; one of NaN where the method refuses."""
    began = time.perf_counter()
    try:
        found = method()
    except InvalidInputError as error:
        nothing = np.full(4, np.nan)
        found = answer(nothing, nothing, np.full((4, 2), np.nan), ["refused", str(error)], 0.0)
    return found | {"seconds": time.perf_counter() - began}


def of_estimate(found: Any) -> dict[str, Any]:
    flags = [flag.name for flag in found.flags if flag.name not in HARMLESS]
    return answer(found.parameters, found.std, found.interval_90, flags, found.seconds)


def of_plain_search(scans: Sequence[HeatingScan], start: Mapping[str, float]) -> dict[str, Any]:
    measured = features(scans)
    return of_estimate(estimate_of(by_levenberg_marquardt(measured, 0.0, start), measured, 0.0, ()))


def of_plain_fit(scans: Sequence[HeatingScan], *, known: bool) -> dict[str, Any]:
    found = plain_fit(normalised(scans), lag="known" if known else "fitted")
    interval = found.parameters[:, None] + Z_90 * found.sd[:, None] * np.array([-1.0, 1.0])
    flags = [f"{name}_at_edge" for name in found.at_edge]
    flags += ["not_converged"] * (not found.converged) + ["does_not_fit"] * (not found.white)
    return answer(found.parameters, found.sd, interval, flags, 0.0)


def with_free_lines(scans: Sequence[HeatingScan]) -> list[HeatingScan]:
    """Normalised scans as if they were not: their lines are fitted."""
    return [replace(scan, quantity="heat_capacity_j_per_g_k") for scan in scans]


def normalised(scans: Sequence[HeatingScan]) -> MeasuredScans:
    """Scans with the lines drawn, for estimators that take no raw signals."""
    return MeasuredScans(tuple(
        Scan(60.0 * (scan.cooling_k_per_s or np.nan), 60.0 * scan.heating_k_per_s, scan.temperature_k, scan.rough.cp_n)
        for scan in prepare(scans)
    ))  # fmt: skip


def good_start(found: Sample, generator: np.random.Generator) -> dict[str, float]:
    """As from the literature of a similar glass: dh 10 % off, x and beta 0.1, and tau right in the transition."""
    ln_a, dh, x, beta = found.parameters
    signs = generator.choice([-1.0, 1.0], 3)
    moved = dh * (1.0 + 0.1 * signs[0])
    ln_a += (dh - moved) / (GAS_CONSTANT * half_rise_k(found.scans))
    shape = np.clip([x + 0.1 * signs[1], beta + 0.1 * signs[2]], 0.2, 0.98)
    return dict(zip(PARAMETER_NAMES, (float(ln_a), float(moved), *shape.tolist()), strict=True))


def poor_start(scans: Sequence[HeatingScan]) -> dict[str, float]:
    """As of someone who knows nothing but where the transition is."""
    ln_a = np.log(100.0) - USUAL_DH / (GAS_CONSTANT * half_rise_k(scans))
    ln_a = float(np.clip(ln_a, *RANGES["ln_a"]))
    return dict(zip(PARAMETER_NAMES, (ln_a, USUAL_DH, 0.5, 0.5), strict=True))


def half_rise_k(scans: Sequence[HeatingScan]) -> float:
    return float(np.median([scan.rough.half_rise_k for scan in prepare(scans)]))


def paper_network(models: Path) -> Callable[[Sequence[Sample]], list[dict[str, Any]]] | None:
    """The trained `mcnn-spline` of the whole plane as a function of samples of six rates; None where there is none."""
    if not (models / GRID_MODEL / "estimator.json").exists():
        return None
    from relaxnet.core.backend import prepare_backend

    prepare_backend(1)
    from relaxnet.studies.relaxation.materials import network_input
    from relaxnet.studies.relaxation.samples.source import laid_out
    from relaxnet.training.estimator import Estimator

    network = Estimator.load(models / GRID_MODEL, "mcnn-spline")
    grid_k = laid_out(network.layout)

    def estimate(samples: Sequence[Sample]) -> list[dict[str, Any]]:
        inputs = np.concatenate([network_input(normalised(one.scans), grid_k) for one in samples])
        network.estimate(inputs)  # traces it
        began = time.perf_counter()
        parameters = network.estimate(inputs)
        seconds = (time.perf_counter() - began) / len(samples)
        unknown = np.full(4, np.nan)
        return [answer(row, unknown, np.full((4, 2), np.nan), [], seconds) for row in parameters]

    return estimate


def fits_paper_network(condition: Condition) -> bool:
    """Whether its samples have the scans that the network was trained with."""
    return condition.rates == SIX
