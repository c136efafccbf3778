"""The predictor of a trained network: an estimator for one program of rates, told where and how well it was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relaxnet.core.backend import load_keras
from relaxnet.core.errors import InvalidInputError

from ..physics import PARAMETER_NAMES, chr_program, simulate_many
from ..physics.kernels.compiling import announced
from .estimates import as_table, clipped
from .facts import AXIS, FACTS_FILE, INPUT, Facts
from .flags import MISFIT, OUTSIDE, UNUSUAL, Flag, Rates, normalisation, place
from .misfit import ALLOWED, misfit
from .tables import Sample, read_samples

if TYPE_CHECKING:
    from relaxnet.training.estimator import Estimator

Float = NDArray[np.float64]

_BLOCK = 256  # samples laid out at a time


class NetworkPredictor:
    """Estimates of a network for tidy tables.

    Parameters
    ----------
    estimator : Estimator
    facts : Facts
    """

    def __init__(self, estimator: Estimator, facts: Facts) -> None:
        self.estimator = estimator
        self.rates = Rates(facts.cooling_rates_k_per_min, facts.heating_rate_k_per_min)
        self.region, self.usual_misfit = facts.region, facts.usual_misfit
        self.deviations = np.array([facts.rms_error[name] for name in PARAMETER_NAMES])
        axis = estimator.layout[AXIS]
        self.grid_k = np.linspace(axis["first"], axis["last"], axis["points"])

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Estimate the samples of a tidy table, see `read_samples`.

        Returns
        -------
        DataFrame
            One row a sample: ``sample``, ``ln_a``, ``dh_j_per_mol``, ``x``, ``beta``, their standard deviations
            ``std_*``, ``misfit``, ``flags`` and ``remarks``.  Of samples at other rates, or not normalised, there are
            flags but no numbers; of samples with any other flag than ``does_not_fit``, no standard deviations: they are
            the network's rms errors on the samples it was chosen by, and hold for samples like these only.

        Raises
        ------
        InvalidInputError
            As for `read_samples`.
        """
        samples = read_samples(table)
        flags = [[flag for flag in (self.rates.flag(s), normalisation(s)) if flag] for s in samples]
        shape = len(samples), len(PARAMETER_NAMES)
        parameters, deviations, misfits = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape[0], np.nan)
        usable = [row for row, found in enumerate(flags) if not found]
        if usable:
            chosen = [samples[row] for row in usable]
            estimate = self._estimate(chosen)
            parameters[usable], clips = clipped(estimate)
            misfits[usable] = misfit(chosen, parameters[usable])
            inside = self.region.holds(estimate)
            for row, sample, clip, within in zip(usable, chosen, clips, inside, strict=True):
                flags[row] = [*place(sample, *self.region.rises_k()), *clip, *self._of_estimate(within, misfits[row])]
        trusted = [row for row in usable if {flag.name for flag in flags[row]} <= {MISFIT}]
        deviations[trusted] = self.deviations
        return as_table([sample.name for sample in samples], parameters, deviations, misfits, flags)

    def _estimate(self, samples: Sequence[Sample]) -> Float:
        blocks = (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))
        return np.concatenate([self.estimator.estimate(self._inputs(block)) for block in blocks])

    def _of_estimate(self, inside: bool, difference: float) -> list[Flag]:
        flags = []
        if not inside:
            flags.append(Flag(OUTSIDE, "parameters estimated", "inside the region of the training data"))
        if not np.isfinite(difference):
            flags.append(Flag(UNUSUAL, "parameters estimated", "such that they can be simulated"))
            return flags
        if difference > ALLOWED:
            allowed = f"at most {ALLOWED:g} for estimates that give the measured scans when simulated"
            flags.append(Flag(MISFIT, f"misfit = {difference:.2g}", allowed))
        if difference > self.usual_misfit:
            allowed = f"at most {self.usual_misfit:.2g}, as for 95 % of the samples that the network was chosen by"
            flags.append(Flag(UNUSUAL, f"misfit = {difference:.2g}", allowed))
        return flags

    def _inputs(self, samples: Sequence[Sample]) -> Mapping[str, NDArray[np.float32]]:
        """Scans on the network's grid; beyond the measured temperatures is glass (0) or liquid (1)."""
        signals = np.empty((len(samples), len(self.grid_k), len(self.rates.cooling)), dtype=np.float32)
        for row, sample in enumerate(samples):
            for column, scan in enumerate(sample.scans):
                signals[row, :, column] = np.interp(self.grid_k, scan.temperature_k, scan.cp_n, left=0.0, right=1.0)
        return {INPUT: signals}


def load(folder: Path) -> NetworkPredictor:
    """Predictor whose files are in ``folder``, see `relaxnet.tracking.predictors.Predictor.loader`.

    The simulator is compiled here, where it has to be, so that a server is ready when it says so.
    """
    load_keras()
    from relaxnet.training.estimator import Estimator

    predictor = NetworkPredictor(Estimator.load(folder), Facts.read(folder / FACTS_FILE))
    with announced(), suppress(InvalidInputError):
        middle = predictor.estimator.train_mean[None]
        simulate_many(middle, chr_program(predictor.rates.cooling, predictor.rates.heating)).on_grid(predictor.grid_k)
    return predictor
