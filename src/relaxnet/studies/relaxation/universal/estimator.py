"""Estimate ln A, dh, x and beta, with their covariance, from measured scans, by the trained networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict, Field

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError
from relaxnet.core.files import read_json
from relaxnet.core.processes import check_workers
from relaxnet.core.threads import in_threads

from ..dataset.state_space import DH_J_PER_MOL, ln_a_bounds
from ..estimation.levels import levels
from ..estimation.scans import MeasuredScans
from ..physics import PARAMETER_NAMES
from ..physics.parameters import checked_number
from .layout import Layout, check_samples, lay_out
from .reduced import (
    HIGHEST_HEATING,
    HIGHEST_LAG,
    HIGHEST_RATIO,
    LOWEST_HEATING,
    LOWEST_LAG,
    LOWEST_RATIO,
    REFERENCE_RATE_K_PER_MIN,
    STEEPEST,
    kinetics,
)
from .refinement import Network, Refined, first_states, in_range, refine

if TYPE_CHECKING:
    import pandas as pd

Float = NDArray[np.float64]

FORMAT = 2
FACTS_FILE, SCAN_FILE, GUESS_FILE = "universal.json", "scan.onnx", "guess.onnx"
SHIPPED = Path(__file__).parents[3] / "weights" / "universal"  # no dependency of the pipeline, which trains its own
MOST_LAG_K = 100.0
LAG_SPREAD_K = 2.0  # what is known of the lag beforehand: 0, give or take this
KNOWN_LAG_SPREAD_K = 1e-3  # and where it is given: that
FEWEST_POINTS = 10  # averages, of all scans of a sample
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
        import pandas as pd  # a third of a second that estimates do not need

        columns: dict[str, Any] = dict(zip(PARAMETER_NAMES, self.parameters.T, strict=True))
        columns |= {f"std_{name}": std for name, std in zip(PARAMETER_NAMES, self.std.T, strict=True)}
        columns |= {"lag_k": self.lag_k, "std_lag_k": self.lag_std_k, "noise": self.noise}
        return pd.DataFrame(columns | {"flags": ["; ".join(flags) for flags in self.flags]})


Factors = Annotated[list[Annotated[float, Field(ge=0, allow_inf_nan=False)]], Field(min_length=5, max_length=5)]


class _Facts(Config):
    """What estimates depend on; there is more in the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    model_error: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    noise_factors: Factors
    emulator_factors: Factors


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
        try:
            parse(_Facts, facts)
        except InvalidInputError as error:
            raise DataFileError(f"{folder / FACTS_FILE}: {error}") from None
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
            Thermal lag in K at 10 K/min, where it is known, from 0; by default it is fitted.
        workers : int
            Number of threads.

        Returns
        -------
        Estimates
            Not a number where a sample has the flag ``no_transition`` or ``too_few_points``.

        Raises
        ------
        InvalidInputError
            For no sample, more than six scans, and impossible noise, lag or number of threads.
        """
        check_samples(samples)
        check_workers(workers)
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
        if lag_k is not None:
            checked_number("lag_k", lag_k, 0.0, MOST_LAG_K, f"a number from 0 to {MOST_LAG_K:g} (K)")
        refined = self.refined(layout, lag_k)
        of_emulator = refined.emulated_share[:, None] * np.array(self.facts["emulator_factors"])
        return _estimates(layout, refined, np.sqrt(np.array(self.facts["noise_factors"]) + of_emulator))

    def refined(self, layout: Layout, lag_k: float | None = None) -> Refined:
        """Fit samples that are laid out, in the coordinates of the fit, with the covariance of white noise."""
        states = first_states(layout, self.guess(layout.guess_inputs()).astype(np.float64))
        unit_k = states[:, 0] / states[:, 1]
        prior, weight = states.copy(), np.tile([1e-3, 1e-2, 1e-2, 1e-2, 0.0], (len(states), 1))
        prior[:, 4] = (lag_k or 0.0) / unit_k
        weight[:, 4] = (unit_k / (LAG_SPREAD_K if lag_k is None else KNOWN_LAG_SPREAD_K)) ** 2
        if lag_k is not None:
            states[:, 4] = prior[:, 4]
            states = in_range(states)
        rest = self.scan, float(self.facts["model_error"])
        found = refine(layout, states, *rest, prior, weight)
        for shift in _RESTARTS:
            poor = np.flatnonzero(_chi2_a_point(found) > _MOST_CHI2)
            if len(poor):
                again = states[poor] + np.array([0.0, 0.0, *shift, 0.0])
                found = found.better(poor, refine(layout.take(poor), in_range(again), *rest, prior[poor], weight[poor]))
        return found


def _joined(parts: Iterable[Estimates]) -> Estimates:
    found = list(parts)
    columns = {name: [getattr(part, name) for part in found] for name in Estimates.__dataclass_fields__}
    flags = [row for part in columns.pop("flags") for row in part]
    return Estimates(**{name: np.concatenate(arrays) for name, arrays in columns.items()}, flags=flags)


def _estimates(layout: Layout, refined: Refined, widening: Float) -> Estimates:
    """From states to parameters; standard deviations of states are multiplied by ``widening`` (n, 5)."""
    reference_k, u, x, beta, lag = refined.states.T
    ln_a, dh = kinetics(reference_k, u, REFERENCE_RATE_K_PER_MIN)
    # derivatives of ln A, dh, x, beta by T_ref in units of T_ref/u, ln u, x, beta, lag
    jacobian = np.zeros((len(u), 4, 5))
    jacobian[:, 0, 0], jacobian[:, 0, 1] = 1.0 / u, -u - 1.0
    jacobian[:, 1, 0], jacobian[:, 1, 1] = dh / u, dh
    jacobian[:, 2, 2] = jacobian[:, 3, 3] = 1.0
    of_state = widening[:, :, None] * refined.covariance * widening[:, None, :]
    covariance = jacobian @ of_state @ jacobian.transpose(0, 2, 1)
    unit_k = reference_k / u
    found = Estimates(
        parameters=np.column_stack([ln_a, dh, x, beta]),
        std=np.sqrt(np.einsum("nii->ni", covariance)),
        covariance=covariance,
        lag_k=lag * unit_k,
        lag_std_k=np.sqrt(of_state[:, 4, 4]) * unit_k,
        noise=layout.noise.copy(),
        chi2_a_point=_chi2_a_point(refined),
        flags=[()] * len(layout),
    )
    none = ~layout.usable | (refined.points < FEWEST_POINTS)
    for values in (found.parameters, found.std, found.covariance, found.lag_k, found.lag_std_k, found.chi2_a_point):
        values[none] = np.nan
    said = {
        "no_transition": ~layout.usable,
        "too_few_points": layout.usable & none,
        "not_converged": ~none & ~refined.converged,
        "does_not_fit": found.chi2_a_point > _MOST_CHI2,
        "outside_training_region": ~none & (_other_rates(layout) | _beyond_the_plane(found) | _steep(layout)),
        "x_at_bound": ~none & ((x == 0.2) | (x == 1.0)),
        "beta_at_bound": ~none & ((beta == 0.2) | (beta == 1.0)),
        "lag_at_bound": ~none & ((lag == LOWEST_LAG) | (lag == HIGHEST_LAG)),
    }
    for row in np.flatnonzero(np.any(list(said.values()), axis=0)):
        found.flags[row] = tuple(name for name, there in said.items() if there[row])
    return found


def _chi2_a_point(refined: Refined) -> Float:
    return np.asarray(refined.chi2 / np.maximum(refined.points - 5, 1))


def _other_rates(layout: Layout) -> NDArray[np.bool_]:
    """Whether the rates of a sample are beyond those of the training, shape (n,)."""
    there = layout.count.max(axis=2) > 0
    ratio = np.log(LOWEST_RATIO), np.log(HIGHEST_RATIO)
    rate = np.log(np.array([LOWEST_HEATING, HIGHEST_HEATING]) / REFERENCE_RATE_K_PER_MIN)
    wrong = [
        (values < low - 1e-9) | (values > high + 1e-9)
        for values, (low, high) in ((layout.cooling, ratio), (layout.heating, rate))
    ]
    return np.asarray((there & (wrong[0] | wrong[1])).any(axis=1))


def _beyond_the_plane(found: Estimates) -> NDArray[np.bool_]:
    """Whether dh or ln A is outside the plane that the networks learn, by two standard deviations, shape (n,)."""
    ln_a, dh = found.parameters[:, 0], found.parameters[:, 1]
    lowest, highest = ln_a_bounds(np.clip(np.nan_to_num(dh), DH_J_PER_MOL[0], DH_J_PER_MOL[-1]))
    ends = ((dh, found.std[:, 1], DH_J_PER_MOL[0], DH_J_PER_MOL[-1]), (ln_a, found.std[:, 0], lowest, highest))
    away = [(value < low - 2.0 * std) | (value > high + 2.0 * std) for value, std, low, high in ends]
    return np.asarray(away[0] | away[1])


def _steep(layout: Layout) -> NDArray[np.bool_]:
    """Whether a scan is steeper than those that the networks learn, shape (n,)."""
    return np.asarray(layout.cp_n.max(axis=(1, 2)) > STEEPEST)


def _network(path: Path) -> Network:
    try:
        return network_of(path.read_bytes())
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
    except Exception as error:  # the library has its own kinds for every way to be damaged
        raise DataFileError(f"{path}: not a readable network ({str(error).splitlines()[0]})") from None


def network_of(content: bytes) -> Network:
    """A network in ONNX's format as a function, on one thread: callers have threads of their own."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda inputs: session.run(None, {name: inputs})[0]
