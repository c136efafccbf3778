"""Free programs: the solution along linear pieces of temperature, and its values in between."""

import numpy as np

from .compiling import kernel
from .integration import CAPACITY_EXCEEDED, integrate
from .nodes import fictive_bends, slope_between, value_between

_CAPACITY, _CAPACITY_A_PIECE = 1024, 3  # nodes at first; doubled where that is too few


@kernel()
def solve_pieces(
    start_k, end_k, duration_s, ln_a, u_scale_k, x, weights, suffix, first, chains, ladder_h, lowest,
    tolerance, largest_change,
):  # fmt: skip
    """Integrate one parameter set; the arguments are those of `integration.integrate`.

    Returns ``knots`` (5, K): time since the start of the piece, temperature, fictive temperature, its first and its
    second derivative in time at the nodes of each piece, where a node between two pieces belongs to both; and
    ``begin`` (S + 1,): first knot of each piece, and the number of knots.
    """
    pieces = len(end_k)
    capacity = _CAPACITY + _CAPACITY_A_PIECE * pieces
    end = np.empty(pieces, dtype=np.int64)
    nodes = np.empty((4, capacity))
    while True:
        last = integrate(
            start_k, end_k, duration_s, ln_a, u_scale_k, x, weights, suffix, first, chains, ladder_h, lowest,
            tolerance, largest_change, nodes[0], nodes[1], nodes[2], nodes[3], end,
        )  # fmt: skip
        if last != CAPACITY_EXCEEDED:
            break
        capacity *= 2
        nodes = np.empty((4, capacity))
    knots = np.empty((5, last + pieces))
    begin = np.zeros(pieces + 1, dtype=np.int64)
    node = 0
    for piece in range(pieces):
        begin[piece + 1] = begin[piece] + end[piece] - node + 1
        part = knots[:, begin[piece] : begin[piece + 1]]
        part[:4] = nodes[:, node : end[piece] + 1]
        part[0, 0] = 0.0
        fictive_bends(part[0], part[2], part[3], part[4])
        node = end[piece]
    return knots, begin


@kernel()
def sample_pieces(knots, begin, piece, time_s, fictive_k, rate_k_per_s):
    """Fictive temperature and its rate (M,) at ``time_s`` since the start of ``piece``, by quintics between knots."""
    for j in range(len(time_s)):
        first, last = begin[piece[j]], begin[piece[j] + 1]
        i = first + np.searchsorted(knots[0, first + 1 : last - 1], time_s[j])
        width = knots[0, i + 1] - knots[0, i]
        t = (time_s[j] - knots[0, i]) / width
        _, _, f_0, slope_0, bend_0 = knots[:, i]
        _, _, f_1, slope_1, bend_1 = knots[:, i + 1]
        fictive_k[j] = value_between(f_0, f_1, slope_0, slope_1, bend_0, bend_1, width, t)
        rate_k_per_s[j] = slope_between(f_0, f_1, slope_0, slope_1, bend_0, bend_1, width, t)
