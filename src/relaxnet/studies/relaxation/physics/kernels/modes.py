"""The modes of an exponential sum over one step.

Within a step the reduced time runs from 0 to ``dxi``; let ``s = xi/dxi`` and ``theta = (T - T_0)/dT``, both from 0 to
1.  The departure ``d = Tf_k - T`` of the mode of rate ``lambda`` obeys ``dd/dxi = -lambda d - dT/dxi``, hence with
``h = lambda dxi``

    d <- exp(-h) d - dT * integral_0^1 exp(-h (1 - s)) theta'(s) ds.

With ``theta' = sum_j c_j P_j(2 s - 1)`` (Legendre) the integral is ``sum_j c_j psi_j(h)``, where
``psi_j = exp(-h/2) i_j(h/2)`` and ``i_j`` is the modified spherical Bessel function; five terms are kept.  Slow modes
use the power series of psi_j, quick ones the closed form, and modes that follow at once the asymptotic series.

Rates lie in geometric ratio, so ``h`` is a ladder of powers of two times one factor: nothing can overflow.
"""

import math
from functools import lru_cache

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .._expsum import BLOCK
from .compiling import kernel

# log2 h below which a mode stands still, below which the power series serves, above which a mode follows at once
FROZEN, SLOW, FAST = -28, -4, 5
_LOG2_E, _LN_2 = math.log2(math.e), math.log(2.0)
_C_2, _C_3, _C_4, _C_5, _C_6, _C_7, _C_8, _C_9, _C_10 = (1.0 / math.factorial(n) for n in range(2, 11))
_U = np.uint64  # unsigned: without a test for negative indices the loops become vector code
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}


@lru_cache(maxsize=4)
def ladder(chains: int):
    """Powers ``2**(j/chains)`` for all h in use, and ``j`` of the first: (ndarray, int)."""
    lowest = FROZEN * chains - BLOCK - 2
    return np.exp2(np.arange(lowest, FAST * chains + BLOCK + 3) / chains), lowest


@intrinsic
def _float_of_bits(_typing, _bits):
    """The float64 whose bits are those of an int64."""

    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@kernel(fastmath=FASTMATH, error_model="numpy")
def advance_slow(old, weights, first, last, ladder_h, column, scale, moments, new):
    """Advance the modes ``first ... last - 1``, all with ``h < 2**SLOW``, by one step.

    ``old`` and ``new`` (K,) are departures in K before and after; ``column`` is the place on the ladder of mode 0, and
    ``scale`` the factor that turns the ladder into h; ``moments`` (5,) are ``dT c_j`` in K.  Returns the sums of
    ``w d`` and of ``w h d``.
    """
    m_0, m_1, m_2, m_3, m_4 = moments[0], moments[1], moments[2], moments[3], moments[4]
    f_1 = m_1 / 6.0 - m_0 / 2.0
    f_2 = m_0 / 6.0 - m_1 / 12.0 + m_2 / 60.0
    f_3 = m_1 / 40.0 - m_0 / 24.0 - m_2 / 120.0 + m_3 / 840.0
    f_4 = m_0 / 120.0 - m_1 / 180.0 + m_2 / 420.0 - m_3 / 1680.0 + m_4 / 15120.0
    departure, flow = 0.0, 0.0
    for mode in range(first, last):
        k = _U(mode)
        h = ladder_h[_U(mode + column)] * scale
        a = old[k]
        loss = h * (1.0 - h * (_C_2 - h * (_C_3 - h * (_C_4 - h * _C_5))))
        d = a - a * loss - (m_0 + h * (f_1 + h * (f_2 + h * (f_3 + h * f_4))))
        new[k] = d
        d *= weights[k]
        departure += d
        flow += h * d
    return departure, flow


@kernel(fastmath=FASTMATH, error_model="numpy")
def advance_quick(old, weights, first, last, ladder_h, column, scale, moments, new):
    """Advance the modes ``first ... last - 1``, whose h is not small; as `advance_slow`."""
    m_0, m_1, m_2, m_3, m_4 = moments[0], moments[1], moments[2], moments[3], moments[4]
    departure, flow = 0.0, 0.0
    for mode in range(first, last):
        k = _U(mode)
        h = ladder_h[_U(mode + column)] * scale
        # exp(-h) = 2**-n exp(r); written out because a call would not become vector code
        n = math.floor(min(h, 690.0) * _LOG2_E + 0.5)
        r = n * _LN_2 - min(h, 690.0)
        low = 1.0 + r * (1.0 + r * (_C_2 + r * (_C_3 + r * _C_4)))
        high = _C_5 + r * (_C_6 + r * (_C_7 + r * (_C_8 + r * (_C_9 + r * _C_10))))
        decay = (low + r * r * r * r * r * high) * _float_of_bits((np.int64(1023) - np.int64(n)) << np.int64(52))
        inverse = 1.0 / h
        psi_0 = (1.0 - decay) * inverse
        psi_1 = (1.0 + decay - 2.0 * psi_0) * inverse
        # the closed forms cancel where h is small
        half = 1.0 - 0.5 * h
        psi_2 = psi_0 - 6.0 * psi_1 * inverse if h > 0.05 else h * h / 60.0 * half
        psi_3 = psi_1 - 10.0 * psi_2 * inverse if h > 0.1 else h * h * h / 840.0 * half
        psi_4 = psi_2 - 14.0 * psi_3 * inverse if h > 0.2 else h * h * h * h / 15120.0 * half
        d = decay * old[k] - (m_0 * psi_0 + m_1 * psi_1 + m_2 * psi_2 + m_3 * psi_3 + m_4 * psi_4)
        new[k] = d
        d *= weights[k]
        departure += d
        flow += h * d
    return departure, flow


@kernel(fastmath=FASTMATH, error_model="numpy")
def follow(h, moments, sum_0, sum_1, sum_2, sum_3):
    """Sums over modes that follow at once, as `advance_slow`; ``sum_m`` are those of ``w (h/h_k)**m``.

    ``-dT (theta'/h - theta''/h**2 + theta'''/h**3)`` at the end of the step, weighted.
    """
    slope = moments[0] + moments[1] + moments[2] + moments[3] + moments[4]
    bend = 2.0 * moments[1] + 6.0 * moments[2] + 12.0 * moments[3] + 20.0 * moments[4]
    third = 12.0 * moments[2] + 60.0 * moments[3] + 180.0 * moments[4]
    i = 1.0 / h
    departure = -i * (slope * sum_1 - i * (bend * sum_2 - i * third * sum_3))
    return departure, -(slope * sum_0 - i * (bend * sum_1 - i * third * sum_2))
