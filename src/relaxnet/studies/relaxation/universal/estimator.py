"""Estimate ln A, dh, x and beta, with their covariance, from measured scans, by the trained networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json
from relaxnet.core.threads import in_threads

from ..estimation.levels import levels
from ..estimation.scans import MeasuredScans
from ..physics import PARAMETER_NAMES
from .layout import Layout, check_samples, lay_out
from .reduced import HIGHEST_HEATING, HIGHEST_RATIO, LOWEST_HEATING, LOWEST_RATIO, REFERENCE_RATE_K_PER_MIN, kinetics
from .refinement import Network, Refined, first_states, in_range, refine

Float = NDArray[np.float64]

FORMAT = 1
FACTS_FILE, SCAN_FILE, GUESS_FILE = "universal.json", "scan.onnx", "guess.onnx"
SHIPPED = Path(__file__).parents[3] / "weights" / "universal"  # no dependency of the pipeline, which trains its own
LAG_SPREAD_K = 2.0  # what is known of the lag beforehand: 0, give or take this
_BLOCK = 128  # samples of one task of a thread
# chi2 a point above which the networks do not describe the scans; emulated signals may err by more than their rms
_MOST_CHI2 = 1.5
_RESTARTS = (
    (0.15, -0.15),
    (-0.15, 0.15),
    (0.15, 0.15),
    (-0.15, -0.15),
)  # of x and beta, from a guess that led to a poor fit


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates of n samples.

    Attributes
    ----------
    parameters, std : ndarray, shape (n, 4)
        ``ln_a, dh_j_per_mol, x, beta`` and their standard deviations.
    covariance : ndarray, shape (n, 4, 4)
        Of these four.
    lag_k, lag_std_k : ndarray, shape (n,)
        Thermal lag at 10 K/min.
    noise : ndarray, shape (n,)
        Standard deviation of the noise, given or found.
    chi2_a_point : ndarray, shape (n,)
        1 where the scans are described as well as their noise allows.
    flags : list of tuple of str
        What is to be known of each sample.
    """

    parameters: Float
    std: Float
    covariance: Float
    lag_k: Float
    lag_std_k: Float
    noise: Float
    chi2_a_point: Float
    flags: list[tuple[str, ...]]

    def to_frame(self) -> pd.DataFrame:
        """One row a sample: parameters, ``std_*``, lag, noise, flags (separated by ``"; "``)."""
        columns: dict[str, Any] = dict(zip(PARAMETER_NAMES, self.parameters.T, strict=True))
        columns |= {f"std_{name}": std for name, std in zip(PARAMETER_NAMES, self.std.T, strict=True)}
        columns |= {"lag_k": self.lag_k, "std_lag_k": self.lag_std_k, "noise": self.noise}
        return pd.DataFrame(columns | {"flags": ["; ".join(flags) for flags in self.flags]})


@dataclass(frozen=True, eq=False)
class UniversalEstimator:
    """The trained networks, as functions of arrays, and what their training found out."""

    guess: Network
    scan: Network
    facts: dict[str, Any]

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> Self:
        """Read networks, by ONNX Runtime; by default those of the package.

        Raises
        ------
        DataFileError
            If a file is missing, damaged or of another version's format.
        """
        facts = read_json(folder / FACTS_FILE)
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise DataFileError(f"{folder / FACTS_FILE}: not facts of a universal network of format {FORMAT}")
        return cls(_network(folder / GUESS_FILE), _network(folder / SCAN_FILE), facts)

    def estimate(
        self, samples: Sequence[MeasuredScans], noise: ArrayLike | None = None, *, lag_k: float | None = None,
        workers: int = 1,
    ) -> Estimates:  # fmt: skip
        """Estimate the parameters of samples.

        Parameters
        ----------
        samples : sequence of MeasuredScans
            Up to six scans each.
        noise : array_like, shape () or (n,), optional
            Standard deviation of a point; by default found from the data.
        lag_k : float, optional
            Thermal lag at 10 K/min, where it is known; by default it is fitted.
        workers : int
            Number of threads.

        Raises
        ------
        InvalidInputError
            For no sample, more than six scans, or noise below 0.
        """
        check_samples(samples)
        sigma = None if noise is None else levels("noise", noise, len(samples))

        def run(part: slice) -> Estimates:
            known = None if sigma is None else sigma[part]
            return self._estimate(lay_out(samples[part], known), lag_k)

        return _joined(in_threads(run, len(samples), _BLOCK, workers))

    def estimate_layout(self, layout: Layout, *, lag_k: float | None = None, workers: int = 1) -> Estimates:
        """Estimate samples that are laid out already."""
        parts = in_threads(lambda part: self._estimate(layout.take(part), lag_k), len(layout), _BLOCK, workers)
        return _joined(parts)

    def _estimate(self, layout: Layout, lag_k: float | None) -> Estimates:
        return _estimates(layout, self._refined(layout, lag_k), float(self.facts.get("covariance_factor", 1.0)))

    def _refined(self, layout: Layout, lag_k: float | None) -> Refined:
        states = first_states(layout, self.guess(layout.guess_inputs()).astype(np.float64))
        unit_k = states[:, 0] / states[:, 1]
        spread = LAG_SPREAD_K
        if lag_k is not None:
            states[:, 4], spread = lag_k / unit_k, 1e-3
        weight = np.array([1e-3, 1e-2, 1e-2, 1e-2, float(np.median((unit_k / spread) ** 2))])
        rest = self.scan, float(self.facts["model_error"]), weight
        found = refine(layout, states, *rest)
        for shift in _RESTARTS:
            poor = np.flatnonzero(_chi2_a_point(found) > _MOST_CHI2)
            if len(poor):
                again = states[poor] + np.array([0.0, 0.0, *shift, 0.0])
                found = found.better(poor, refine(layout.take(poor), in_range(again), *rest))
        return found


def _joined(parts: Iterable[Estimates]) -> Estimates:
    found = list(parts)
    columns = {name: [getattr(part, name) for part in found] for name in Estimates.__dataclass_fields__}
    flags = [row for part in columns.pop("flags") for row in part]
    return Estimates(**{name: np.concatenate(arrays) for name, arrays in columns.items()}, flags=flags)


def _estimates(layout: Layout, refined: Refined, factor: float) -> Estimates:
    """From states to parameters; covariances are multiplied by ``factor``."""
    reference_k, u, x, beta, lag = refined.states.T
    ln_a, dh = kinetics(reference_k, u, REFERENCE_RATE_K_PER_MIN)
    # derivatives of ln A, dh, x, beta by T_ref in units of T_ref/u, ln u, x, beta, lag
    jacobian = np.zeros((len(u), 4, 5))
    jacobian[:, 0, 0], jacobian[:, 0, 1] = 1.0 / u, -u - 1.0
    jacobian[:, 1, 0], jacobian[:, 1, 1] = dh / u, dh
    jacobian[:, 2, 2] = jacobian[:, 3, 3] = 1.0
    of_state = factor * refined.covariance
    covariance = jacobian @ of_state @ jacobian.transpose(0, 2, 1)
    unit_k = reference_k / u
    chi2, outside = _chi2_a_point(refined), _outside(layout)
    return Estimates(
        parameters=np.column_stack([ln_a, dh, x, beta]),
        std=np.sqrt(np.einsum("nii->ni", covariance)),
        covariance=covariance,
        lag_k=lag * unit_k,
        lag_std_k=np.sqrt(of_state[:, 4, 4]) * unit_k,
        noise=layout.noise,
        chi2_a_point=chi2,
        flags=_flags(refined, chi2, outside),
    )


def _chi2_a_point(refined: Refined) -> Float:
    return np.asarray(refined.chi2 / np.maximum(refined.points - 5, 1))


def _outside(layout: Layout) -> NDArray[np.bool_]:
    """Whether the rates of a sample are beyond those of the training, shape (n,)."""
    there = layout.count.max(axis=2) > 0
    ratio = np.log(LOWEST_RATIO), np.log(HIGHEST_RATIO)
    rate = np.log(np.array([LOWEST_HEATING, HIGHEST_HEATING]) / REFERENCE_RATE_K_PER_MIN)
    wrong = [
        (values < low - 1e-9) | (values > high + 1e-9)
        for values, (low, high) in ((layout.cooling, ratio), (layout.heating, rate))
    ]
    return np.asarray((there & (wrong[0] | wrong[1])).any(axis=1))


def _flags(refined: Refined, chi2: Float, outside: NDArray[np.bool_]) -> list[tuple[str, ...]]:
    x, beta = refined.states[:, 2], refined.states[:, 3]
    found = {
        "not_converged": ~refined.converged,
        "does_not_fit": chi2 > _MOST_CHI2,
        "x_at_bound": (x == 0.2) | (x == 1.0),
        "beta_at_bound": (beta == 0.2) | (beta == 1.0),
        "outside_training_region": outside,
    }
    flags: list[tuple[str, ...]] = [()] * len(chi2)
    for row in np.flatnonzero(np.any(list(found.values()), axis=0)):
        flags[row] = tuple(name for name, there in found.items() if there[row])
    return flags


def _network(path: Path) -> Network:
    """A network in ONNX's format as a function, on one thread: callers have threads of their own."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except FileNotFoundError:
        raise DataFileError(f"{path}: no such file") from None
    except Exception as error:  # the library has its own kinds for every way to be damaged
        raise DataFileError(f"{path}: not a readable network ({str(error).splitlines()[0]})") from None
    name = session.get_inputs()[0].name
    return lambda inputs: session.run(None, {name: inputs})[0]
