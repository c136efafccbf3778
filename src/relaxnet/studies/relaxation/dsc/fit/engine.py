"""From heating scans to an estimate."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..result import Estimate, Flag, ScanFit
from ..scan import HeatingScan
from . import noise as noises
from .flags import flags_of, network_flags, of_sample
from .options import FitOptions, Lag
from .problem import Problem
from .report import estimate_of, network_estimate, nothing, simulated
from .search import Optimum, search
from .starts import network_point
from .tries import Tries
from .uncertainty import uncertainty
from .window_spread import with_window_spread

Float = NDArray[np.float64]
Widen = Callable[[Sequence[ScanFit]], Sequence[HeatingScan] | None]

_NO_FIT = 0.2  # residual in shares of the step
_OTHER_SCALE = 1.3  # ratio of standard deviations, from which scans are weighted anew
_SCALINGS = 3
_WIDENINGS = 2  # of the windows
_FEW_STARTS = 3


def fit(
    scans: Sequence[HeatingScan], *, lag: Lag = "auto", fix: Mapping[str, float] | None = None, robust: bool = False,
    refine: bool = True, noise: float | None = None, workers: int = 1, events: Sequence[Flag] = (),
    widen: Widen | None = None,
) -> Estimate:  # fmt: skip
    """Estimate the parameters of a glass from heating scans, each with its own thermal history.

    Parameters
    ----------
    scans : sequence of HeatingScan
        Of one sample: one or many, after any programs.
    lag : "auto" or float
        Time constant of the thermal lag in s, 0 for none; ``auto`` fits it.
    fix : mapping of str to float, optional
        Parameters (``ln_a, dh_j_per_mol, x, beta``) that are known.
    robust : bool
        Give points far from the model less weight (Huber).
    refine : bool
        False for the answer of the trained networks, where they know the programs, without a fit.
    noise : float, optional
        Standard deviation of a point in shares of the step; by default found from the data.
    workers : int
        Threads, each with a start of its own, or an end of an interval.
    events : sequence of Flag
        What was seen in the scans before the fit, such as crystallisation; goes into the flags.
    widen : callable, optional
        The scans in windows as wide as what the fit makes of them asks for, or None where they are: see `widened`.  Is
        asked a few times, after a few starts.

    Returns
    -------
    Estimate
        Never without a flag where it is not to be relied on.

    Raises
    ------
    InvalidInputError
        For scans that have no rising step, or do not belong to their programs, and impossible options.

    Examples
    --------
    >>> from relaxnet.studies.relaxation.dsc.simulated import simulated_scans
    >>> scans = simulated_scans([-79.21, 318_444.0, 0.57, 0.71], noise=0.01, generator=np.random.default_rng(1))
    >>> found = fit(scans, lag=0.0)
    >>> found.flags, bool((np.abs(found.parameters - [-79.21, 318_444.0, 0.57, 0.71]) < 3.0 * found.std).all())
    ((), True)
    """
    began = time.perf_counter()
    options = FitOptions(lag, fix or {}, robust, refine, noise, workers)
    tries = Tries.of(scans, options)
    if not refine:
        problem, answer = tries.problem, tries.answer
        if answer is None:
            told = "True where the networks do not know the programs, rates or signals of the scans"
            raise InvalidInputError("refine", False, told)
        state = simulated(problem, network_point(problem, answer))
        flags = network_flags(problem, answer)
        return network_estimate(problem, answer, state, tries.white, (*events, *flags), began)
    if widen:
        tries = _with_windows(tries, widen)
    tries.go_on()
    problem, white, tried = tries.problem, tries.white, tries.found
    if not tried:
        failed = Flag("not_converged", "No start could be simulated along these programs; look at rates and units.")
        return nothing((*events, failed, *of_sample(problem)), began)
    best = _settled(problem, tried[0], white)
    found = uncertainty(problem, best, white)
    found, spread = with_window_spread(problem, best, found)
    flags = flags_of(problem, best, found, tried)
    return _or_withheld(estimate_of(problem, best, found, (*events, *flags, *spread), began))


def _or_withheld(estimate: Estimate) -> Estimate:
    """The estimate without its parameters where the model describes nothing of the scans: they would mean nothing."""
    steps = [np.isfinite(fit.tg_half_step_k) and fit.dcp > 0 for fit in estimate.scans]
    if all(steps) and estimate.residual_rms < _NO_FIT:
        return estimate
    left = f"leaves {100 * estimate.residual_rms:.0f} % of the step"
    if not all(steps):
        left = f"has no rising step in {steps.count(False)} of {len(steps)} scans"
    text = (
        f"The best fit {left}: no parameters are given. Look at the histories, the sign (--exo), the ranges of glass "
    )
    text += "and liquid, and other events in the scans."
    nan = np.full(4, np.nan)
    return replace(
        estimate, parameters=nan, std=nan, covariance=np.full((4, 4), np.nan), interval_90=np.full((4, 2), np.nan),
        fragility=np.nan, fragility_std=np.nan, flags=(Flag("no_fit", text), *estimate.flags),
    )  # fmt: skip


def _with_windows(tries: Tries, widen: Widen) -> Tries:
    """The sample in windows as wide as its fit asks for: a few starts mostly tell."""
    for _ in range(_WIDENINGS):
        for most in (_FEW_STARTS, None):
            tries.go_on(most)
            wider = widen(tries.scan_fits())
            if wider is not None:
                break
        else:
            return tries
        tries = tries.with_windows(wider)
    return tries


def _settled(problem: Problem, best: Optimum, white: Float) -> Optimum:
    """The optimum with each scan's weight by what is left of it."""
    for _ in range(_SCALINGS):
        sd = noises.effective_sd(noises.residuals_of(problem, best.state, white))
        problem.reweighted(best.state)
        ratio = sd / problem.sd
        if not problem.options.robust and max(ratio.max(), 1.0 / ratio.min()) < _OTHER_SCALE:
            break
        problem.set_scale(sd)
        again = search(problem, best.state.point, derivatives=best.derivatives)
        if again is None:
            break
        best = again
    return best
