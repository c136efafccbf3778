"""Kernels of the emulator: nodes of the table, and interpolation between its entries."""

import numpy as np

from ..physics.kernels.compiling import kernel
from ..physics.kernels.nodes import equidistribute, grade, hermite, spline_slopes

_PASSES = 24  # of smoothing over dense nodes
_BEND_POWER, _EVEN_SHARE, _LARGEST_GROWTH = 0.32, 0.2, 0.3  # as for storage nodes
_ORDER = 4  # nodes of an interpolation along one axis


@kernel()
def relabel(place, cp_n, out):
    """Choose few of the dense nodes' places, by a rule that is smooth in the parameters.

    The simulator's own storage nodes follow the steps of the integration, which jump from one set to the next.
    ``place`` and ``cp_n`` (n, C, D) are ``u_g - u``, rising, and the signal over its height; ``out`` is (n, 2, C, S).
    """
    n, scans, dense = place.shape
    slope, bend, density = np.empty(dense), np.empty(dense), np.empty(dense - 1)
    new = np.empty(out.shape[3])
    for q in range(n):
        for scan in range(scans):
            s, y = place[q, scan], cp_n[q, scan]
            spline_slopes(s, y, slope)
            spline_slopes(s, slope, bend)
            for i in range(dense - 1):
                density[i] = (0.5 * (abs(bend[i]) + abs(bend[i + 1]))) ** _BEND_POWER
            width = s[1:] - s[:-1]
            density += _EVEN_SHARE * (density * width).sum() / width.sum()
            grade(density, width, _LARGEST_GROWTH * len(new) / (density * width).sum())
            for _ in range(_PASSES):
                before = density[0]
                for i in range(dense - 1):
                    here = density[i]
                    density[i] = 0.25 * before + 0.5 * here + 0.25 * density[min(i + 1, dense - 2)]
                    before = here
            equidistribute(s, density, new)
            i = 0
            for j in range(len(new)):
                while i < dense - 2 and s[i + 1] < new[j]:
                    i += 1
                out[q, 0, scan, j] = new[j]
                out[q, 1, scan, j] = hermite(
                    y[i], y[i + 1], slope[i], slope[i + 1], width[i], (new[j] - s[i]) / width[i]
                )


@kernel()
def _cell(place, size, weights):
    """First node, and Lagrange weights of four nodes around ``place``; the last ones where it is near the end."""
    first = min(max(int(place) - 1, 0), size - 4)
    t = place - first
    weights[0] = -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0
    weights[1] = t * (t - 2.0) * (t - 3.0) / 2.0
    weights[2] = -t * (t - 1.0) * (t - 3.0) / 2.0
    weights[3] = t * (t - 1.0) * (t - 2.0) / 6.0
    return first


@kernel(fastmath=True)
def _add(weight, row, total):
    for k in range(len(row)):
        total[k] += weight * row[k]


@kernel()
def interpolate(table, scalars, places, transition, u_scale_k, u, cp_n, glass_fictive_k):
    n_u, n_x, n_beta, _, scans, nodes = table.shape
    width = 2 * scans * nodes
    flat = table.reshape(n_u * n_x * n_beta, width)
    flat_scalars = scalars.reshape(n_u * n_x * n_beta, 2 * scans)
    w_u, w_x, w_beta = np.empty(_ORDER), np.empty(_ORDER), np.empty(_ORDER)
    total = np.empty(width, dtype=np.float32)
    scalar = np.empty(2 * scans)
    for q in range(len(places)):
        i = _cell(places[q, 0], n_u, w_u)
        j = _cell(places[q, 1], n_x, w_x)
        k = _cell(places[q, 2], n_beta, w_beta)
        total[:] = 0.0
        scalar[:] = 0.0
        for a in range(_ORDER):
            for b in range(_ORDER):
                for c in range(_ORDER):
                    weight = w_u[a] * w_x[b] * w_beta[c]
                    if weight != 0.0:
                        row = ((i + a) * n_x + j + b) * n_beta + k + c
                        _add(np.float32(weight), flat[row], total)
                        _add(weight, flat_scalars[row], scalar)
        for scan in range(scans):
            height = np.float32(np.exp(scalar[scan]))
            start = scan * nodes
            for node in range(nodes):
                u[q, scan, node] = transition[q] - np.float64(total[start + node])
                cp_n[q, scan, node] = height * total[scans * nodes + start + node]
            glass_fictive_k[q, scan] = u_scale_k[q] / (transition[q] - scalar[scans + scan])
