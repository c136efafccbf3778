"""Kernels of the fit: the signal of a heating at measured temperatures with its lag, and the elimination of lines."""

import numpy as np

from ...physics.kernels.compiling import kernel
from ...physics.kernels.elementary import exp

# abscissas and weights of Gauss and Legendre on (0, 1)
_PLACES = (0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.9305681557970262)
_WEIGHTS = (0.17392742256872692, 0.32607257743127307, 0.32607257743127307, 0.17392742256872692)
_SHORT = 0.5  # of the lag: there the quadrature is good to 1e-11, and the polynomial solution would cancel
_DEPENDENT = 1e-6  # what is left of a column, as a share, where it depends on those before


@kernel()
def heating_signal(knots, begin, first_piece, end_k, duration_s, temperature_k, lag_s, out):
    """Signal ``dTf/dT`` at rising temperatures of the heating, the pieces from ``first_piece`` on, with its lag.

    ``knots`` and ``begin`` are those of `segments.solve_pieces`.  The lagged signal y solves ``lag_s dy/dt + y = c``,
    in equilibrium at the start of the heating.  Temperatures outside the heating have the signal of its nearest end.
    """
    points, pieces = len(temperature_k), len(end_k)
    c = np.empty(5)
    start = begin[first_piece]
    start_k = knots[1, start]
    rate = (end_k[first_piece] - start_k) / duration_s[first_piece]
    y = knots[3, start] / rate
    j = 0
    while j < points and temperature_k[j] <= start_k:
        out[j] = y
        j += 1
    last = y
    for piece in range(first_piece, pieces):
        piece_k = knots[1, begin[piece]]
        rate = (end_k[piece] - piece_k) / duration_s[piece]
        for i in range(begin[piece], begin[piece + 1] - 1):
            width = knots[0, i + 1] - knots[0, i]
            # the quintic in Tf through both knots: its slope is a quartic in time
            rise = (knots[3, i + 1] - knots[3, i]) / rate
            bend_0, bend_1 = width * knots[4, i] / rate, width * knots[4, i + 1] / rate
            area = 0.5 * (knots[3, i] + knots[3, i + 1]) / rate + (bend_0 - bend_1) / 12.0
            bump = 30.0 * ((knots[2, i + 1] - knots[2, i]) / (width * rate) - area)
            per = 1.0 / width
            c[0] = knots[3, i] / rate
            c[1] = bend_0 * per
            c[2] = (3.0 * rise - 2.0 * bend_0 - bend_1 + bump) * per * per
            c[3] = (bend_0 + bend_1 - 2.0 * rise - 2.0 * bump) * per * per * per
            c[4] = bump * per * per * per * per
            knot_k = knots[1, i + 1]
            while j < points and temperature_k[j] <= knot_k:
                out[j] = _follow(y, c, (temperature_k[j] - knots[1, i]) / rate, lag_s)
                j += 1
            y = _follow(y, c, width, lag_s)
            last = knots[3, i + 1] / rate
    while j < points:
        if lag_s == 0.0:
            out[j] = last
        else:
            out[j] = last + (y - last) * exp((end_k[pieces - 1] - temperature_k[j]) / (rate * lag_s))
        j += 1


@kernel()
def _follow(y, c, t, lag):
    """Lagged signal a time ``t`` after it was ``y``, where the signal is the quartic ``c`` of the time since then."""
    if lag == 0.0:
        return c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * c[4])))
    if t < _SHORT * lag:
        total = y * exp(-t / lag)
        for place, weight in zip(_PLACES, _WEIGHTS):  # noqa: B905  (numba knows no strict)
            s = place * t
            value = c[0] + s * (c[1] + s * (c[2] + s * (c[3] + s * c[4])))
            total += weight * t / lag * value * exp((s - t) / lag)
        return total
    # the polynomial p - L p' + L**2 p'' - L**3 p''' + L**4 p'''' solves the equation; the rest decays
    decayed = exp(-t / lag) if t < 700.0 * lag else 0.0
    return _particular(c, t, lag) + (y - _particular(c, 0.0, lag)) * decayed


@kernel()
def _particular(c, t, lag):
    value = c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * c[4])))
    first = c[1] + t * (2.0 * c[2] + t * (3.0 * c[3] + t * 4.0 * c[4]))
    second = 2.0 * c[2] + t * (6.0 * c[3] + t * 12.0 * c[4])
    third = 6.0 * c[3] + t * 24.0 * c[4]
    return value - lag * (first - lag * (second - lag * (third - lag * 24.0 * c[4])))


@kernel()
def eliminate(cp_n, place, signal, weight, basis, coefficients, residual):
    """Fit the lines of one scan, given its cp_n: glass ``a0 + a1 place`` and liquid ``b0 + b1 place``.

    Weighted least squares by Gram and Schmidt, twice.  Output: the orthonormal ``basis`` (4, points) of the weighted
    columns, a row of zeros for one that depends on those before; ``coefficients`` (4,) ``a0, a1, b0, b1``; and the
    weighted ``residual`` (points,), model minus signal.
    """
    points = len(cp_n)
    upper, product = np.zeros((4, 4)), np.zeros(4)
    for i in range(points):
        glass, liquid = weight[i] * (1.0 - cp_n[i]), weight[i] * cp_n[i]
        basis[0, i], basis[1, i] = glass, glass * place[i]
        basis[2, i], basis[3, i] = liquid, liquid * place[i]
        residual[i] = -weight[i] * signal[i]
    for k in range(4):
        before = np.sqrt((basis[k] * basis[k]).sum())
        for _ in range(2):
            for m in range(k):
                share = (basis[m] * basis[k]).sum()
                upper[m, k] += share
                for i in range(points):
                    basis[k, i] -= share * basis[m, i]
        after = np.sqrt((basis[k] * basis[k]).sum())
        if after <= _DEPENDENT * before or before == 0.0:
            basis[k] = 0.0
        else:
            upper[k, k] = after
            for i in range(points):
                basis[k, i] /= after
        product[k] = -(basis[k] * residual).sum()
        for i in range(points):
            residual[i] += product[k] * basis[k, i]
    for k in range(3, -1, -1):
        coefficients[k] = 0.0
        if upper[k, k] > 0.0:
            rest = product[k]
            for m in range(k + 1, 4):
                rest -= upper[k, m] * coefficients[m]
            coefficients[k] = rest / upper[k, k]


@kernel()
def project_out(basis, columns):
    """Take from every one of ``columns`` (k, points), in place, what lies in the ``basis`` (4, points)."""
    for k in range(len(columns)):
        for m in range(len(basis)):
            share = (basis[m] * columns[k]).sum()
            for i in range(columns.shape[1]):
                columns[k, i] -= share * basis[m, i]
