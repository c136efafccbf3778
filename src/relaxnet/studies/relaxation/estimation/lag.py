"""Thermal lag: the sample follows the furnace, and the measured signal its cp_n, as a first-order system."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def with_lag(node_k: Float, cp_n: NDArray[np.floating], grid_k: Float, lag_k: float) -> Float:
    """Signal at the rising temperatures ``grid_k`` of one scan, given at its nodes, measured with a thermal lag.

    It solves ``lag_k dy/dT + y = cp_n`` exactly for the spline through the nodes; without lag it is the spline.

    Examples
    --------
    A step of cp_n from 0 to 1 at 400 K:

    >>> node_k = np.array([400.0, 401.0, 402.0, 403.0])
    >>> with_lag(node_k, np.ones(4), np.array([399.0, 402.0, 404.0]), lag_k=2.0).round(2).tolist()
    [0.0, 0.63, 0.86]
    """
    out = np.empty(len(grid_k))
    values = np.asarray(cp_n, dtype=np.float64)
    if lag_k == 0.0:
        from ..physics.kernels.decoding import decode_one

        decode_one(node_k, values, grid_k, out)
    else:
        from ._kernels import lagged

        lagged(node_k, values, grid_k, lag_k, out)
    return out
