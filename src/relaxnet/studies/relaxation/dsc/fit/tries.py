"""Where searches from several starts end: one after the other, until the best optimum is not to be bettered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.threads import in_threads

from ..result import ScanFit
from ..scan import HeatingScan
from . import noise as noises
from .forward import LAG, OFFSETS, Forward, Layout, layout
from .options import FitOptions
from .problem import Problem, State
from .report import scan_fits
from .sample import prepare
from .search import Optimum, search
from .starts import fixed_points, network_answer, network_point

if TYPE_CHECKING:
    from ...universal.estimator import Estimates

Float = NDArray[np.float64]

_LARGEST_STEP = 10.0  # in units of the rough step
_FIRST_SD = 3e-3  # of a point in shares of the step, at least, until residuals tell
_SAME = 0.02  # distance of optima in ln dh, x and beta that are one
_ENOUGH, _ENOUGH_AGAIN = 3, 2  # starts that must lead there; in wider windows the last optimum is one of them


@dataclass(eq=False)
class Tries:
    """A sample, and the optima found so far, the best first.

    ``white`` (scans,) is the noise of each scan, ``answer`` what the networks say of it.
    """

    problem: Problem
    white: Float
    answer: Estimates | None
    _starts: Iterator[Float]
    _enough: int
    found: list[Optimum] = field(default_factory=list)

    @classmethod
    def of(cls, scans: Sequence[HeatingScan], options: FitOptions) -> Self:
        """A sample of which nothing is known yet."""
        problem, white = _posed(scans, options)
        answer = network_answer(problem)
        first = [] if answer is None else [network_point(problem, answer)]
        return cls(problem, white, answer, chain(first, fixed_points(problem)), _ENOUGH)

    def with_windows(self, scans: Sequence[HeatingScan]) -> Tries:
        """The same sample in other windows, searched first from the best optimum of these."""
        problem, white = _posed(scans, self.problem.options)
        start = _moved(self.found[0].state.point, self.problem.forward.layout, problem.forward.layout)
        return Tries(problem, white, self.answer, chain([start], fixed_points(problem)), _ENOUGH_AGAIN)

    def go_on(self, most: int | None = None) -> None:
        """Search from ``most`` more starts, or from all, until the best optimum is not to be bettered."""
        starts, at_once = islice(self._starts, most), 1
        while not self._done() and (batch := list(islice(starts, at_once))):
            for optimum in self._searched(batch):
                if optimum is not None and not self._done():  # what more threads would find counts for nothing
                    self.found.append(optimum)
                    self.found.sort(key=lambda one: (not _has_steps(self.problem, one.state), one.state.cost))
            at_once = self.problem.options.workers  # the first start will mostly do

    def scan_fits(self) -> tuple[ScanFit, ...]:
        """What the best optimum makes of each scan."""
        return scan_fits(self.problem, self.found[0].state, None, self.white) if self.found else ()

    def _searched(self, starts: list[Float]) -> list[Optimum | None]:
        def run(part: slice) -> Optimum | None:
            return search(self.problem, starts[part.start])

        return list(in_threads(run, len(starts), 1, self.problem.options.workers))

    def _done(self) -> bool:
        if not self.found or not self.found[0].converged:
            return False
        best = self.found[0].state
        return _has_steps(self.problem, best) and (
            noises.all_white(self.problem, best, self.white) or self._agreed(best)
        )

    def _agreed(self, best: State) -> bool:
        """Whether enough starts led to the best optimum, though it leaves more than noise."""
        near = [one for one in self.found if np.abs(one.state.point - best.point)[1:4].max() < _SAME]
        return len(near) >= self._enough


def _posed(scans: Sequence[HeatingScan], options: FitOptions) -> tuple[Problem, Float]:
    prepared = prepare(scans)
    problem = Problem(prepared, Forward(prepared, layout(prepared)), options)
    white = noises.white_noise(prepared) if options.noise is None else np.full(len(prepared), options.noise)
    problem.set_scale(np.maximum(white, _FIRST_SD))
    return problem, white


def _moved(point: Float, old: Layout, new: Layout) -> Float:
    """A point in the layout of other windows on the same scans."""
    out = point.copy()
    out[:4] = new.coordinates.of(old.coordinates.parameters(point[:4]))
    out[LAG] = old.lag_s(point) * new.lag_k_per_s
    out[OFFSETS:] = point[OFFSETS:]
    return out


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
