"""Height, width, position and area of relaxation signals."""

import numpy as np

from .compiling import kernel
from .nodes import spline_slopes


@kernel()
def _crossing(temperature_k, cp_n, level):
    """First upward crossing of ``level``; NaN where there is none."""
    for i in range(len(cp_n) - 1):
        if cp_n[i] < level <= cp_n[i + 1]:
            share = (level - cp_n[i]) / (cp_n[i + 1] - cp_n[i])
            return temperature_k[i] + share * (temperature_k[i + 1] - temperature_k[i])
    return np.nan


@kernel()
def describe_scans(temperature_k, cp_n, height, peak_k, half_width_k, half_rise_k, area_k):
    """Descriptors, each of shape (n, C), of scans at their nodes, of shape (n, C, S)."""
    n, scans, nodes = temperature_k.shape
    slopes = np.empty(nodes)
    for q in range(n):
        for c in range(scans):
            t, y = temperature_k[q, c], cp_n[q, c]
            top = int(np.argmax(y))
            height[q, c], peak_k[q, c] = y[top], t[top]
            if 0 < top < nodes - 1:  # vertex of the parabola through the three highest nodes
                left, right = t[top - 1] - t[top], t[top + 1] - t[top]
                a, b = (y[top - 1] - y[top]) / left, (y[top + 1] - y[top]) / right
                curve = (b - a) / (right - left)
                slope = a - curve * left
                if curve < 0.0:
                    shift = min(max(-0.5 * slope / curve, left), right)
                    height[q, c] += slope * shift + curve * shift * shift
                    peak_k[q, c] += shift
            rise = _crossing(t, y, 1.0)
            half_width_k[q, c] = max(peak_k[q, c] - rise, 0.0) if rise == rise else 0.0
            half_rise_k[q, c] = _crossing(t, y, 0.5)
            spline_slopes(t, y, slopes)
            integral = 0.0
            for i in range(nodes - 1):
                step = t[i + 1] - t[i]
                integral += step * (1.0 - 0.5 * (y[i] + y[i + 1])) - step * step / 12.0 * (slopes[i] - slopes[i + 1])
            area_k[q, c] = t[0] + integral
