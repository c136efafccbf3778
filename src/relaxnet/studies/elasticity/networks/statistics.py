"""What the two-point statistics of a periodic image say, as layers without weights.

The probability that a point and another at a distance r are both stiff is the autocorrelation of the image; its Fourier
transform is the power spectrum.  To second order in the contrast, effective constants depend on the fraction and on how
the power is distributed over the directions: on the means of cos 2t and cos 4t, t the angle to the axis 1.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

PACKAGE = "relaxnet"
LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # pixels
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


@keras.saving.register_keras_serializable(package=PACKAGE)
class SpectralMoments(keras.layers.Layer):
    """Fraction of the stiff phase and means of cos 2t and cos 4t over the power, (n, size, size, 1) to (n, 3).

    Axis 1 runs along the columns of the image.  A quarter turn changes the sign of the second; all stay the same under
    translations and mirrors.
    """

    def call(self, images: Any) -> Any:
        """Take the moments."""
        power = _power(images)
        size = images.shape[1]
        k = np.fft.fftfreq(size)
        along, across = k[None, :], k[:, None]
        # frequencies of Nyquist have no sign, so that their angle is not known: they do not count
        known = (np.abs(along) < 0.5) & (np.abs(across) < 0.5) & (along**2 + across**2 > 0)
        double = np.where(known, 2.0 * np.arctan2(across + 0.0 * along, along + 0.0 * across), 0.0)
        weights = [np.where(known, value, 0.0).astype("float32") for value in (1.0, np.cos(double), np.cos(2 * double))]
        total, two, four = (ops.sum(power * ops.convert_to_tensor(weight), axis=(1, 2)) for weight in weights)
        fraction = ops.mean(images, axis=(1, 2, 3))
        return ops.stack([fraction, two / (total + 1e-6), four / (total + 1e-6)], axis=1)


@keras.saving.register_keras_serializable(package=PACKAGE)
class TwoPoint(keras.layers.Layer):
    """Fraction and correlation (autocovariance over variance) at `LAGS` in four directions: (n, 1 + 4 lags)."""

    def call(self, images: Any) -> Any:
        """Correlate."""
        power, size = _power(images), images.shape[1]
        covariance, _ = ops.ifft2((power, ops.zeros_like(power)))
        variance = covariance[:, :1, :1]
        places = [(a * lag % size, b * lag % size) for a, b in _DIRECTIONS for lag in LAGS if lag < size]
        flat = ops.reshape(covariance / (variance + 1e-6), (-1, size * size))
        chosen = ops.take(flat, np.array([row * size + column for row, column in places]), axis=1)
        return ops.concatenate([ops.mean(images, axis=(1, 2)), chosen], axis=1)


def _power(images: Any) -> Any:
    """Power spectrum of the deviations from the mean, (n, size, size)."""
    values = images[..., 0] - ops.mean(images, axis=(1, 2))[..., None]
    real, imaginary = ops.fft2((values, ops.zeros_like(values)))
    return ops.square(real) + ops.square(imaginary)
