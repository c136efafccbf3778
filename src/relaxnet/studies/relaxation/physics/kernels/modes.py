"""The modes of an exponential sum over one step.

Within a step the reduced time runs from 0 to ``dxi``; let ``s = xi/dxi`` and ``theta = (T - T_0)/dT``, both from 0 to
1.  The departure ``d = Tf_k - T`` of the mode of rate ``lambda`` obeys ``dd/dxi = -lambda d - dT/dxi``, hence with
``h = lambda dxi``

    d <- exp(-h) d - dT * integral_0^1 exp(-h (1 - s)) theta'(s) ds.

With ``theta' = sum_j c_j P_j(2 s - 1)`` (Legendre) the integral is ``sum_j c_j psi_j(h)``, where
``psi_j = exp(-h/2) i_j(h/2)`` and ``i_j`` is the modified spherical Bessel function; five terms are kept.  Slow modes
use the power series of psi_j, quick ones the closed form, and modes that follow at once the asymptotic series.

Rates lie in geometric ratio, so ``h`` is a ladder of powers of two times one factor: nothing can overflow.

The loops become vector code as they stand: modes do not depend on each other, and sums run over lanes of their own.
"""

import math
from functools import lru_cache

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .._rates import BLOCK, powers_of_two
from .compiling import kernel
from .elementary import LN_2, LOG2_E, bits_of_float, float_of_bits

# log2 h below which a mode stands still, below which the power series serves, above which a mode follows at once
FROZEN, SLOW, FAST = -28, -4, 5
_C_2, _C_3, _C_4, _C_5, _C_6, _C_7, _C_8, _C_9, _C_10 = (1.0 / math.factorial(n) for n in range(2, 11))
_U = np.uint64  # unsigned: without a test for negative indices the loops become vector code
_ROUND = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole number in the lowest bits
_BITS_OF_ONE = 1023 << 52


@lru_cache(maxsize=4)
def ladder(chains: int):
    """Powers ``2**(j/chains)`` for all h in use, and ``j`` of the first: (ndarray, int)."""
    lowest = FROZEN * chains - BLOCK - 2
    return powers_of_two(lowest, FAST * chains + BLOCK + 3 - lowest, chains), lowest


@kernel(error_model="numpy")
def advance_slow(old, first, last, ladder_h, column, scale, moments, new):
    """Advance the modes ``first ... last - 1``, all with ``h < 2**SLOW``, by one step.

    ``old`` and ``new`` (K,) are departures in K before and after; ``column`` is the place on the ladder of mode 0, and
    ``scale`` the factor that turns the ladder into h; ``moments`` (5,) are ``dT c_j`` in K.
    """
    m_0, m_1, m_2, m_3, m_4 = moments[0], moments[1], moments[2], moments[3], moments[4]
    f_1 = m_1 * (1 / 6) - m_0 * 0.5
    f_2 = m_0 * (1 / 6) - m_1 * (1 / 12) + m_2 * (1 / 60)
    f_3 = m_1 * (1 / 40) - m_0 * (1 / 24) - m_2 * (1 / 120) + m_3 * (1 / 840)
    f_4 = m_0 * (1 / 120) - m_1 * (1 / 180) + m_2 * (1 / 420) - m_3 * (1 / 1680) + m_4 * (1 / 15120)
    for mode in range(first, last):
        k = _U(mode)
        h = ladder_h[_U(mode + column)] * scale
        a = old[k]
        loss = h * (1.0 - h * (_C_2 - h * (_C_3 - h * (_C_4 - h * _C_5))))
        new[k] = a - a * loss - (m_0 + h * (f_1 + h * (f_2 + h * (f_3 + h * f_4))))


@kernel(error_model="numpy")
def advance_quick(old, first, last, ladder_h, column, scale, moments, new):
    """Advance the modes ``first ... last - 1``, whose h is not small; as `advance_slow`."""
    m_0, m_1, m_2, m_3, m_4 = moments[0], moments[1], moments[2], moments[3], moments[4]
    for mode in range(first, last):
        k = _U(mode)
        h = ladder_h[_U(mode + column)] * scale
        # exp(-h) = 2**n exp(r); written out because a call would not become vector code
        capped = min(h, 690.0)
        whole = _ROUND - capped * LOG2_E
        n = whole - _ROUND
        r = -capped - n * LN_2
        square = r * r
        low = 1.0 + r + square * (_C_2 + r * _C_3)
        high = _C_4 + r * _C_5 + square * (_C_6 + r * _C_7 + square * (_C_8 + r * _C_9 + square * _C_10))
        decay = (low + square * square * high) * float_of_bits((bits_of_float(whole) << 52) + _BITS_OF_ONE)
        inverse = 1.0 / h
        psi_0 = (1.0 - decay) * inverse
        psi_1 = (1.0 + decay - 2.0 * psi_0) * inverse
        # the closed forms cancel where h is small
        half = 1.0 - 0.5 * h
        square_h = h * h
        psi_2 = psi_0 - 6.0 * psi_1 * inverse if h > 0.05 else square_h * (1 / 60) * half
        psi_3 = psi_1 - 10.0 * psi_2 * inverse if h > 0.1 else square_h * h * (1 / 840) * half
        psi_4 = psi_2 - 14.0 * psi_3 * inverse if h > 0.2 else square_h * square_h * (1 / 15120) * half
        new[k] = decay * old[k] - (m_0 * psi_0 + m_1 * psi_1 + m_2 * psi_2 + m_3 * psi_3 + m_4 * psi_4)


@intrinsic
def _lanes(_typing, departure, _weights, _first, _last, _ladder_h, _column):
    """Sums of ``w d`` and of ``w h d``, h without its scale, over whole blocks of modes: in lanes, then pairwise.

    In vector code of our own: a compiler must not reorder sums, and does not know how wide a register to expect.
    """
    lanes = ir.VectorType(ir.DoubleType(), BLOCK)

    def generate(context, builder, signature, arguments):
        d, w, first, last, h, column = arguments
        d, w, h = (
            context.make_array(kind)(context, builder, array).data
            for kind, array in zip((signature.args[0], signature.args[1], signature.args[4]), (d, w, h), strict=True)
        )

        def load(data, place):
            pointer = builder.bitcast(builder.gep(data, [place]), lanes.as_pointer())
            return builder.load(pointer, align=8)

        sums = [cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * BLOCK)) for _ in range(2)]
        step = ir.Constant(first.type, BLOCK)
        with cgutils.for_range_slice(builder, first, last, step, inc=True) as (mode, _):
            term = builder.fmul(load(w, mode), load(d, mode))
            for total in sums:
                builder.store(builder.fadd(builder.load(total), term), total)
                term = builder.fmul(term, load(h, builder.add(mode, column)))

        def add_up(vector):
            parts = [builder.extract_element(vector, ir.Constant(ir.IntType(32), lane)) for lane in range(BLOCK)]
            while len(parts) > 1:
                half = len(parts) // 2
                parts = [builder.fadd(a, b) for a, b in zip(parts[:half], parts[half:], strict=True)]
            return parts[0]

        return context.make_tuple(builder, signature.return_type, [add_up(builder.load(total)) for total in sums])

    return types.UniTuple(types.float64, 2)(departure, _weights, _first, _last, _ladder_h, _column), generate


@kernel(error_model="numpy")
def sums(departure, weights, first, last, ladder_h, column, scale):
    """Sums of ``w d`` and of ``w h d`` over whole blocks of modes, ``first ... last - 1``."""
    departures, flows = _lanes(departure, weights, first, last, ladder_h, column)
    return departures, flows * scale


@kernel(error_model="numpy")
def follow(h, moments, sum_0, sum_1, sum_2, sum_3):
    """Sums over modes that follow at once, as `sums`; ``sum_m`` are those of ``w (h/h_k)**m``.

    ``-dT (theta'/h - theta''/h**2 + theta'''/h**3)`` at the end of the step, weighted.
    """
    slope = moments[0] + moments[1] + moments[2] + moments[3] + moments[4]
    bend = 2.0 * moments[1] + 6.0 * moments[2] + 12.0 * moments[3] + 20.0 * moments[4]
    third = 12.0 * moments[2] + 60.0 * moments[3] + 180.0 * moments[4]
    i = 1.0 / h
    departure = -i * (slope * sum_1 - i * (bend * sum_2 - i * third * sum_3))
    return departure, -(slope * sum_0 - i * (bend * sum_1 - i * third * sum_2))
