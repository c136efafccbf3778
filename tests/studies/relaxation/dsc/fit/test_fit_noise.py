import numpy as np
import pytest
from scipy.fft import dct

from relaxnet.studies.relaxation.dsc.fit.noise import _cosines


@pytest.mark.parametrize("count", [10, 11, 200])
def test_the_cosine_transform_is_the_one_of_scipy(count):
    values = np.random.default_rng(count).normal(size=count)
    np.testing.assert_allclose(_cosines(values), dct(values, norm="ortho"), atol=1e-14)
