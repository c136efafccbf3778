"""The part of a heating scan that a measurement covers: from the glass to the liquid, with a margin."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

MOVING = 1e-3  # distance of cp_n from 0 and from 1 within which a scan counts as constant
MARGIN_SHARE, MIN_MARGIN_K = 0.1, 10.0  # of the width of the transition, beyond it at both ends
LAGS = 7.0  # after which the lag has died down to 1e-3


def measured_window(temperature_k: Float, cp_n: NDArray[np.floating], lag_k: Float) -> tuple[Float, Float]:
    """Lowest and highest temperature of a measurement of each set, shape (n,) each.

    It reaches 10 % of the width of the transition, and at least 10 K, beyond it, and further for the lag to die down.

    Parameters
    ----------
    temperature_k : ndarray, shape (n, scans, points) or (points,)
        Rising along the last axis.
    cp_n : ndarray, shape (n, scans, points)
        Without noise and lag.
    lag_k : ndarray, shape (n,)

    Examples
    --------
    >>> cp_n = np.clip(np.arange(400.0, 500.0) - 449.0, 0.0, 2.0) / 2.0  # 1/2 at 450 K
    >>> low_k, high_k = measured_window(np.arange(400.0, 500.0), cp_n[None, None], np.array([2.0]))
    >>> low_k.tolist(), high_k.tolist()
    ([439.0], [465.0])
    """
    still = (np.abs(cp_n) <= MOVING) | (np.abs(cp_n - 1.0) <= MOVING)
    at_k = np.broadcast_to(temperature_k, cp_n.shape)
    # from the last point that is still glass to the first that is liquid for good
    first = np.maximum(np.argmin(still, axis=2) - 1, 0)[..., None]
    last = still.shape[2] - np.maximum(np.argmin(still[..., ::-1], axis=2), 1)[..., None]
    low = np.take_along_axis(at_k, first, axis=2).min(axis=(1, 2))
    high = np.take_along_axis(at_k, last, axis=2).max(axis=(1, 2))
    margin = np.maximum(MARGIN_SHARE * (high - low), MIN_MARGIN_K)
    return np.maximum(low - margin, 0.5 * low), high + np.maximum(margin, LAGS * lag_k)
