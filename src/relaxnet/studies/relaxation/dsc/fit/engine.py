"""From heating scans to an estimate."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..result import Estimate, Flag
from ..scan import HeatingScan
from . import noise as noises
from .flags import flags_of, network_flags, of_sample
from .forward import Forward, layout
from .options import FitOptions, Lag
from .problem import Problem, State
from .report import estimate_of, network_estimate, nothing, simulated
from .sample import prepare
from .search import Optimum, search
from .starts import fixed_points, network_answer, network_point
from .uncertainty import uncertainty
from .window_spread import with_window_spread

if TYPE_CHECKING:
    from ...universal.estimator import Estimates

Float = NDArray[np.float64]

_LARGEST_STEP = 10.0  # in units of the rough step
_NO_FIT = 0.2  # residual in shares of the step
_FIRST_SD = 3e-3  # of a point in shares of the step, at least, until residuals tell
_OTHER_SCALE = 1.3  # ratio of standard deviations, from which scans are weighted anew
_SCALINGS = 3
_SAME, _ENOUGH = 0.02, 3  # distance of optima in ln dh, x and beta that are one, and starts that must lead there


def fit(
    scans: Sequence[HeatingScan], *, lag: Lag = "auto", fix: Mapping[str, float] | None = None, robust: bool = False,
    refine: bool = True, noise: float | None = None, workers: int = 1, events: Sequence[Flag] = (),
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
        Threads.
    events : sequence of Flag
        What was seen in the scans before the fit, such as crystallisation; goes into the flags.

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
    prepared = prepare(scans)
    problem = Problem(prepared, Forward(prepared, layout(prepared), workers=workers), options)
    white = noises.white_noise(prepared) if noise is None else np.full(len(prepared), noise)
    problem.set_scale(np.maximum(white, _FIRST_SD))
    answer = network_answer(problem)
    if not refine:
        if answer is None:
            told = "True where the networks do not know the programs, rates or signals of the scans"
            raise InvalidInputError("refine", False, told)
        state = simulated(problem, network_point(problem, answer))
        flags = network_flags(problem, answer)
        return network_estimate(problem, answer, state, white, (*events, *flags), began)
    tried = _tried(problem, answer, white)
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


def _tried(problem: Problem, answer: Estimates | None, white: Float) -> list[Optimum]:
    """Optima of one start after the other until the residuals are noise, the best first."""
    found = list[Optimum]()
    first = [] if answer is None else [network_point(problem, answer)]
    for start in chain(first, fixed_points(problem)):
        optimum = search(problem, start)
        if optimum is None:
            continue
        found.append(optimum)
        found.sort(key=lambda one: (not _has_steps(problem, one.state), one.state.cost))
        if not (found[0].converged and _has_steps(problem, found[0].state)):
            continue
        if noises.all_white(problem, found[0].state, white) or _agreed(found):
            break
    return found


def _has_steps(problem: Problem, state: State) -> bool:
    """Whether every scan rises from glass to liquid within its window: else two lines make the curve without a step."""
    for scan, cp_n, lines in zip(problem.scans, state.cp_n, state.lines, strict=True):
        if scan.lines_known:
            continue
        half = int(np.argmax(cp_n >= 0.5))
        step = lines[2] - lines[0] + (lines[3] - lines[1]) * scan.place[half]
        if not (half > 0 and 0.0 < step < _LARGEST_STEP):
            return False
    return True


def _agreed(found: Sequence[Optimum]) -> bool:
    """Whether enough starts led to the best optimum, though it leaves more than noise."""
    best = found[0].state
    near = [one for one in found if np.abs(one.state.point - best.point)[1:4].max() < _SAME]
    return len(near) >= _ENOUGH


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
