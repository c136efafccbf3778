"""What is to be known of an estimate, with words that say what to measure or to give next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..result import Flag
from ..starting import start_flags
from .forward import LAG
from .noise import LEAST_NOISE, misfits
from .problem import MAX_LAG_K, Problem
from .search import Optimum
from .uncertainty import Uncertainty

if TYPE_CHECKING:
    from ...universal.estimator import Estimates

Float = NDArray[np.float64]

_AT_END = 1e-4  # distance from an end of a range
LARGEST_SD = {"x": 0.1, "beta": 0.1, "dh": 0.15}  # of x, beta and ln dh, beyond which they are not known
_TIED = 0.97  # correlation of x and beta
_PLATEAU = 0.05  # distance of cp_n from 0 in the glass and from 1 in the liquid at the ends of what is fitted
_SLOPE = 0.02  # of cp_n between the last tenths of the fitted points
_LN_10 = float(np.log(10.0))
_STRONGEST_U, _WARM_K = 16.0 * _LN_10, 500.0  # dh/(R T) of the strongest glasses; below it transitions are narrower
_COLD_K = 60.0
_USUAL_U = (15.0, 1500.0)  # of dh/(R T0)
_OF_NETWORKS = {
    "does_not_fit": "The networks do not describe the scans to within their noise.",
    "outside_training_region": "Rates, parameters or heights are outside what the networks learned; refine by a fit.",
    "not_converged": "The networks' own search did not end at an optimum; refine by a fit.",
}
_TOLD_INFLATION = 1.05  # less is 1.0 as it is written
_NO_STEP = 0.25  # share of the step that is left, above which there was none
_ALIKE = 9.0  # rise of chi2 by which another optimum is as good


def flags_of(problem: Problem, best: Optimum, found: Uncertainty, tried: Sequence[Optimum]) -> list[Flag]:
    """All flags of a fit."""
    flags = [*_of_fit(problem, best, found), *_of_bounds(problem, best), *_of_knowledge(problem, found)]
    flags += _of_windows(problem, best)
    flags += _of_optima(problem, best, found, tried)
    flags += of_sample(problem)
    scans = [scan.scan for scan in problem.scans]
    flags += start_flags(problem.forward.layout.coordinates.parameters(best.state.point[:4]), scans)
    u = float(np.exp(best.state.point[1]))
    if not _USUAL_U[0] <= u <= _USUAL_U[1]:
        text = f"dh/(R T) is {u:.3g} in the transition, which no glass has ({_USUAL_U[0]:g} to {_USUAL_U[1]:g}): "
        flags.append(Flag("outside_validity", text + "look at the lines, the units and the events of the scans."))
    elif u < _STRONGEST_U and problem.t0_k < _WARM_K:
        # a transition near room temperature is never so broad; in kelvins that are degrees Celsius it is
        text = f"The transition at {problem.t0_k:.0f} K is broader than that of any glass (fragility {u / _LN_10:.0f}, "
        flags.append(Flag("celsius_as_kelvin", text + "the least is 16); are the temperatures degrees Celsius?"))
    if not best.converged:
        flags.append(Flag("not_converged", "The search did not end at an optimum; fix a parameter or give more scans."))
    return flags


def network_flags(problem: Problem, answer: Estimates) -> list[Flag]:
    """Flags of the answer of the networks."""
    flags = [Flag("network_only", "The answer of the trained networks, not refined by a fit.")]
    if not all(scan.lines_known for scan in problem.scans):
        text = "The lines were drawn before, and the networks do not know what their errors do to the parameters: no "
        text += "standard deviations are given. The fit takes lines and parameters together."
        flags.append(Flag("lines_not_in_errors", text))
    flags += [Flag(name, _OF_NETWORKS.get(name, name.replace("_", " ") + ".")) for name in answer.flags[0]]
    return flags + of_sample(problem) + start_flags(answer.parameters[0], [scan.scan for scan in problem.scans])


def of_sample(problem: Problem) -> list[Flag]:
    """Flags that need no fit: temperatures, smoothed histories."""
    flags = []
    for scan in problem.scans:
        if scan.rough.half_rise_k < _COLD_K:
            text = f"The step lies at {scan.rough.half_rise_k:.0f} K; are the temperatures degrees Celsius?"
            flags.append(Flag("celsius_as_kelvin", text, scan.scan.label))
        if scan.smoothed and scan.smoothed.noise_k > 1e-3:
            made = scan.smoothed
            text = (
                f"The measured history has noise of {made.noise_k:.2g} K, which the model would read as heating and "
                f"cooling; it was smoothed to {made.pieces} straight pieces, at most {made.largest_k:.2g} K away."
            )
            flags.append(Flag("history_smoothed", text, scan.scan.label))
    return flags


def _of_fit(problem: Problem, best: Optimum, found: Uncertainty) -> list[Flag]:
    flags = []
    for scan, one, lines in zip(problem.scans, found.residuals, best.state.lines, strict=True):
        place = (scan.rough.half_rise_k - scan.centre_k) / scan.half_k
        if one.rms > _NO_STEP or lines[2] - lines[0] + (lines[3] - lines[1]) * place <= 0:
            text = "No rising step was found where the model has one; is the signal endothermic up (--exo)?"
            flags.append(Flag("no_step", text, scan.scan.label))
        if one.misfit:
            times = one.rms / max(one.noise, LEAST_NOISE)
            alike = round(one.correlated)
            text = f"The model leaves {100 * one.rms:.2g} % of the step, {times:.1f} times the noise, and not as noise "
            text += f"would be: {alike} neighbouring points go together." if alike > 1 else "would be."
            flags.append(Flag("does_not_fit", text, scan.scan.label))
    if misfits(found.residuals):
        count = sum(one.misfit for one in found.residuals)
        which = f"{count} of {len(problem.scans)} scans to within their noise"
        if len(problem.scans) == 1:
            which = "the scan to within its noise"
        elif not count:
            which = "the scans, taken together, to within their noise"
        wider = f"; standard deviations are widened {found.inflation:.1f} times for it"
        text = f"The TNM model does not describe {which}{wider if found.inflation >= _TOLD_INFLATION else ''}."
        flags.insert(0, Flag("does_not_fit", text))
    return flags


def _of_bounds(problem: Problem, best: Optimum) -> list[Flag]:
    point, flags = best.state.point, []
    names = {1: "dh", 2: "x", 3: "beta"}
    for k, name in names.items():
        if k not in problem.free:
            continue
        for end, word in ((problem.low[k], "lowest"), (problem.high[k], "highest")):
            if abs(point[k] - end) < _AT_END:
                value = "" if k == 1 else f", {end:g}"
                text = f"{name} ended at the {word} value allowed{value}: the scans ask for one beyond, and the other "
                text += f"parameters suffer. Look at the baselines and the lag, or fix {name}."
                flags.append(Flag(f"{name}_at_bound", text))
    if problem.options.lag == "auto" and point[LAG] > MAX_LAG_K - _AT_END:
        flags.append(Flag("lag_at_bound", "The thermal lag ended at the largest value allowed; give it (--lag)."))
    return flags


def _of_knowledge(problem: Problem, found: Uncertainty) -> list[Flag]:
    sd = np.sqrt(np.diag(found.covariance))
    flags = []
    if sd[1] > LARGEST_SD["dh"]:
        text = f"These scans tell dh to {100 * sd[1]:.0f} % only; {_more_rates(problem)}."
        flags.append(Flag("dh_unidentified", text))
    free = [(name, float(sd[k])) for k, name in ((2, "x"), (3, "beta")) if sd[k] > 0]
    loose = [name for name, value in free if value > LARGEST_SD[name]]
    if loose:
        tie = found.covariance[2, 3] / (sd[2] * sd[3]) if len(free) == 2 else 0.0
        tied = f" (correlation {tie:.2f})" if abs(tie) > _TIED else ""
        known = " and ".join(f"{name} to +- {value:.2g}" for name, value in free if name in loose)
        text = f"These scans tell {known} only{tied}; "
        text += f"{_more_rates(problem)}, or one after ageing some 15 K below the transition."
        flags.append(Flag("x_beta_insensitive", text))
    return flags


def _more_rates(problem: Problem) -> str:
    rates = sorted({round(60.0 * rate, 6) for scan in problem.scans if (rate := scan.cooling_k_per_s)})
    if not rates:
        return "add scans cooled at two rates a factor of ten apart"
    if rates[-1] / rates[0] < 8.0:
        slow, fast = _round(rates[-1] / 10.0), _round(rates[0] * 10.0)
        return f"add a scan cooled at {slow} K/min or slower, or at {fast} K/min or faster"
    return f"add a scan cooled at {_round(rates[0] / 5.0)} K/min or slower, or repeat the present ones"


def _round(rate_k_per_min: float) -> str:
    """A rate as one would set it: 100, not 99.9 from a measured one."""
    return f"{float(f'{rate_k_per_min:.2g}'):g}"


def _of_windows(problem: Problem, best: Optimum) -> list[Flag]:
    flags = []
    for scan, cp_n in zip(problem.scans, best.state.cp_n, strict=True):
        tenth = max(len(cp_n) // 10, 2)
        if scan.lines_known:
            continue
        low = float(np.abs(cp_n[:tenth]).max())
        high = float(np.abs(cp_n[-tenth:] - 1.0).max())
        if low > _PLATEAU:
            text = f"The scan starts within the transition (cp_n {cp_n[0]:.2f} to {cp_n[tenth]:.2f} over the first "
            text += "tenth): the glass line hangs in the air. Start the heating 20 K colder, or widen --glass-range."
            flags.append(Flag("little_glass", text, scan.scan.label))
        if high > _PLATEAU:
            text = f"The scan ends within the transition (cp_n {cp_n[-tenth]:.2f} to {cp_n[-1]:.2f} over the last "
            text += "tenth): the liquid line hangs in the air. End the heating 20 K hotter, or widen --liquid-range."
            flags.append(Flag("little_liquid", text, scan.scan.label))
    return flags


def _of_optima(problem: Problem, best: Optimum, found: Uncertainty, tried: Sequence[Optimum]) -> list[Flag]:
    sd = np.sqrt(np.diag(found.covariance))[1:4]
    used = sd > 0
    scale = max(tried[0].state.cost / max(found.freedom, 1.0), 1e-300)
    for other in tried[1:]:
        apart = np.abs(other.state.point[1:4] - best.state.point[1:4])[used] / sd[used]
        if other.converged and (apart > 3.0).any() and (other.state.cost - tried[0].state.cost) / scale < _ALIKE:
            x, beta = other.state.point[2:4]
            text = f"Another optimum describes the scans as well: x {x:.2f}, beta {beta:.2f}; "
            return [Flag("several_optima", text + _more_rates(problem) + ".")]
    return []
