"""Relaxation signals from their nodes to any temperatures."""

import numpy as np

from .compiling import kernel
from .nodes import hermite, spline_slopes


@kernel()
def decode_one(temperature_k, cp_n, grid_k, out):
    """Values ``out`` of one scan at rising temperatures ``grid_k``, by the cubic spline through its nodes."""
    n = len(temperature_k)
    slopes = np.empty(n)
    spline_slopes(temperature_k, cp_n, slopes)
    i = 0
    for j in range(len(grid_k)):
        t_k = grid_k[j]
        if t_k <= temperature_k[0]:
            out[j] = 0.0
        elif t_k >= temperature_k[n - 1]:
            out[j] = 1.0
        else:
            while temperature_k[i + 1] < t_k:
                i += 1
            width = temperature_k[i + 1] - temperature_k[i]
            out[j] = hermite(cp_n[i], cp_n[i + 1], slopes[i], slopes[i + 1], width, (t_k - temperature_k[i]) / width)


@kernel()
def decode_many(u, cp_n, u_scale_k, grid_k, out):
    """`decode_one` of all scans of many sets: ``u``, ``cp_n`` (n, C, S), ``u_scale_k`` (n,), ``out`` (n, C, points)."""
    n, scans, nodes = u.shape
    temperature, values = np.empty(nodes), np.empty(nodes)
    for q in range(n):
        for c in range(scans):
            for k in range(nodes):
                temperature[k] = u_scale_k[q] / u[q, c, k]
                values[k] = cp_n[q, c, k]
            decode_one(temperature, values, grid_k, out[q, c])
