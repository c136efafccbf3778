"""What the two-point statistics of a periodic image say, as layers without weights.

The probability that a point and another at a distance r are both stiff is the autocorrelation of the image; its Fourier
transform is the power spectrum.  To second order in the contrast, effective constants depend on the fraction and on how
the power is distributed over the directions: on the means of cos 2t, cos 4t, sin 2t and sin 4t, t the angle to axis 1.
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
    """Fraction of the stiff phase and means of cos 2t, cos 4t, sin 2t and sin 4t over the power, (n, 5).

    Axis 1 runs along the columns of an image (n, size, size, 1).  A quarter turn changes the signs of cos 2t and
    sin 2t, a mirror those of the sines; a translation changes nothing.
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
        waves = [1.0, np.cos(double), np.cos(2 * double), np.sin(double), np.sin(2 * double)]
        weights = [np.where(known, wave, 0.0).astype("float32") for wave in waves]
        total, *sums = (ops.sum(power * ops.convert_to_tensor(weight), axis=(1, 2)) for weight in weights)
        return ops.stack([ops.mean(images, axis=(1, 2, 3)), *(found / (total + 1e-6) for found in sums)], axis=1)


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
