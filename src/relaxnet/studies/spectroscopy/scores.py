"""How well spectra agree, by the measures of the report and what they leave out; all of each spectrum, shape (n,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .physics.spectra import Grid

Float = NDArray[np.float64]
_TINY = 1e-12


def accuracy(true: ArrayLike, estimate: ArrayLike, step_ev: float) -> Float:
    """1 - sqrt(sum (T - P)² dE) / (sum P dE), equation 2 of the report, there printed without the "1 -".

    Spectra (n, points) in states per eV.  NaN where the area of the estimate is not positive: it has no meaning there.
    """
    truth, guess = _pair(true, estimate)
    area = guess.sum(axis=1) * step_ev
    deviation = np.sqrt(np.square(truth - guess).sum(axis=1) * step_ev)
    return np.asarray(1.0 - deviation / np.where(area > 0, area, np.nan))


def deviation(true: ArrayLike, estimate: ArrayLike, step_ev: float) -> Float:
    """sqrt(sum (T - P)² dE) / (sum T dE): as the accuracy, yet over the true area, so that it is never undefined."""
    truth, guess = _pair(true, estimate)
    return np.asarray(np.sqrt(np.square(truth - guess).sum(axis=1) * step_ev) / (truth.sum(axis=1) * step_ev))


def rmse(true: ArrayLike, estimate: ArrayLike) -> Float:
    """Root of the mean squared difference over the points."""
    truth, guess = _pair(true, estimate)
    return np.asarray(np.sqrt(np.square(truth - guess).mean(axis=1)))


def mae(true: ArrayLike, estimate: ArrayLike) -> Float:
    """Mean absolute difference over the points."""
    truth, guess = _pair(true, estimate)
    return np.asarray(np.abs(truth - guess).mean(axis=1))


def r2(true: ArrayLike, estimate: ArrayLike) -> Float:
    """Coefficient of determination along the energy: squared differences over those of the truth from its mean."""
    truth, guess = _pair(true, estimate)
    return np.asarray(1.0 - np.square(truth - guess).sum(axis=1) / _spread(truth))


def r2_printed(true: ArrayLike, estimate: ArrayLike) -> Float:
    """As equation 5 of the report has it: over the differences of the *estimate* from its mean.

    A smooth estimate of a sharp spectrum varies little, and so is punished twice: one of least squared error has a
    negative value wherever `r2` is below a half.
    """
    truth, guess = _pair(true, estimate)
    return np.asarray(1.0 - np.square(truth - guess).sum(axis=1) / _spread(guess))


def normalised(spectra: ArrayLike) -> Float:
    """Spectra divided by their Euclidean norms: what a loss that sees directions only can be judged by."""
    values = np.asarray(spectra, dtype=np.float64)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), _TINY))


def centred(true: ArrayLike, estimate: ArrayLike) -> Float:
    """Estimates shifted and stretched to the mean and the spread of the truth along the energy.

    Pearson's correlation sees neither, and to divide by a norm restores one of them only.
    """
    truth, guess = _pair(true, estimate)
    mean, own = truth.mean(axis=1, keepdims=True), guess.mean(axis=1, keepdims=True)
    stretch = np.sqrt(_spread(truth) / _spread(guess))[:, None]
    return np.asarray(mean + (guess - own) * stretch)


def negative_share(estimate: ArrayLike) -> Float:
    """Share of the points with a negative intensity."""
    return np.asarray((np.asarray(estimate) < 0).mean(axis=1))


def negative_magnitude(estimate: ArrayLike) -> Float:
    """Mean over all points of the negative intensity, of normalised spectra."""
    return np.asarray(np.maximum(-normalised(estimate), 0.0).mean(axis=1))


def broadened_further(spectra: ArrayLike, from_ev: float, to_ev: float, grid: Grid) -> Float:
    """Spectra of one broadening made those of a larger one, by a Gaussian of what is missing between the two."""
    energies = grid.energies_ev
    missing = np.sqrt(to_ev**2 - from_ev**2)
    kernel = np.exp(-0.5 * np.square((energies[:, None] - energies[None]) / missing))
    kernel *= grid.step_ev / (missing * np.sqrt(2.0 * np.pi))
    return np.asarray(np.asarray(spectra, dtype=np.float64) @ kernel)


def _spread(spectra: Float) -> Float:
    away = spectra - spectra.mean(axis=1, keepdims=True)
    return np.asarray(np.maximum(np.square(away).sum(axis=1), _TINY))


def _pair(true: ArrayLike, estimate: ArrayLike) -> tuple[Float, Float]:
    return np.asarray(true, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
