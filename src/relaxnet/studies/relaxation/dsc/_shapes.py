"""Gaussians and steps matched to a curve, at every place and several widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

MARGIN = 2.0  # standard deviations of a Gaussian that belong to its range
_WIDTHS = (0.008, 0.015, 0.03, 0.06, 0.1)  # standard deviations, of the scan
_WIDTHS_K = (1.5, 2.5, 4.0, 6.0, 9.0, 13.0, 20.0, 40.0)


class Bump(NamedTuple):
    """A shape at its most significant place: ``z`` is its height over the standard error."""

    centre_k: float
    width_k: float
    height: float
    z: float


def gaussian(distance: Float) -> Float:
    """A Gaussian of height 1."""
    return np.exp(-0.5 * distance**2)


def rise(distance: Float) -> Float:
    """A step upwards of height 1."""
    return 0.5 * (1.0 + np.tanh(distance))


def best_shape(
    at_k: Float, signal: Float, noise: float, span_k: float, order: int, shape: Callable[[Float], Float]
) -> Bump | None:
    """The most significant place and width of a shape on a polynomial, with both its flanks within the part."""
    scaled = np.polynomial.legendre.legvander(2.0 * (at_k - at_k[0]) / np.ptp(at_k) - 1.0, order)
    basis, _ = np.linalg.qr(scaled)
    rest = signal - basis @ (basis.T @ signal)
    best: Bump | None = None
    step_k = np.ptp(at_k) / (len(at_k) - 1)
    for share in _WIDTHS:
        width_k = max(share * span_k, 1.2 * step_k)
        centres = at_k[(at_k - at_k[0] >= MARGIN * width_k) & (at_k[-1] - at_k >= MARGIN * width_k)]
        if 5.0 * width_k > np.ptp(at_k) or not len(centres):
            continue
        shapes = shape((at_k[:, None] - centres) / width_k)
        shapes -= basis @ (basis.T @ shapes)
        norms = (shapes**2).sum(axis=0)
        heights = (rest @ shapes) / norms
        # what it leaves tells how much the signal wanders by itself
        left = np.maximum((rest @ rest) - heights**2 * norms, 0.0) / max(len(at_k) - order - 2, 1)
        z = np.abs(heights) * np.sqrt(norms) / np.sqrt(np.maximum(left, noise**2))
        at = int(np.argmax(z))
        if best is None or z[at] > best.z:
            best = Bump(float(centres[at]), float(width_k), float(heights[at]), float(z[at]))
    return best


def matched(at_k: Float, residual: Float, noise: float) -> Bump | None:
    """The Gaussian that stands out of white noise most."""
    best: Bump | None = None
    step_k = np.ptp(at_k) / (len(at_k) - 1)
    for width_k in _WIDTHS_K:
        if width_k < 1.2 * step_k or 5.0 * width_k > np.ptp(at_k):
            continue
        shapes = np.exp(-0.5 * ((at_k[:, None] - at_k) / width_k) ** 2)
        shapes -= shapes.mean(axis=0)
        norms = (shapes**2).sum(axis=0)
        heights = (residual @ shapes) / norms
        z = np.abs(heights) * np.sqrt(norms) / noise
        at = int(np.argmax(z))
        if best is None or z[at] > best.z:
            best = Bump(float(at_k[at]), width_k, float(heights[at]), float(z[at]))
    return best
