"""Two-point statistics against sums over all pairs of pixels."""

import numpy as np
import pytest
from cells import made
from keras import ops

from relaxnet.studies.elasticity.networks.statistics import LAGS, SpectralMoments, TwoPoint


def test_correlations_are_those_of_pairs_of_pixels():
    images = made(each=1).images
    found = ops.convert_to_numpy(TwoPoint()(images[..., None].astype(np.float32)))
    lags = [lag for lag in LAGS if lag < images.shape[1]]
    shifts = [(a * lag, b * lag) for a, b in ((0, 1), (1, 0), (1, 1), (1, -1)) for lag in lags]
    for row, image in enumerate(images.astype(float)):
        mean, variance = image.mean(), image.var()
        pairs = [((image * np.roll(image, shift, axis=(0, 1))).mean() - mean**2) / variance for shift in shifts]
        assert found[row] == pytest.approx([mean, *pairs], abs=1e-4)


def test_moments_of_layers():
    """All power of layers normal to axis 1 lies along it; a quarter turn changes the sign of the second moment."""
    stripes = np.zeros((1, 32, 32, 1), dtype=np.float32)
    stripes[:, :, :9] = 1.0
    found = ops.convert_to_numpy(SpectralMoments()(stripes))[0]
    assert found == pytest.approx((9 / 32, 1.0, 1.0, 0.0, 0.0), abs=1e-4)
    turned = ops.convert_to_numpy(SpectralMoments()(np.rot90(stripes, axes=(1, 2)).copy()))[0]
    assert turned == pytest.approx((9 / 32, -1.0, 1.0, 0.0, 0.0), abs=1e-4)
    rows, columns = np.indices((32, 32))
    aslant = ((rows + columns) % 32 < 9).astype(np.float32)[None, ..., None]
    assert np.abs(ops.convert_to_numpy(SpectralMoments()(aslant))[0]) == pytest.approx((9 / 32, 0, 1, 1, 0), abs=0.02)
