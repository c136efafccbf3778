"""Own peak finder against that of SciPy."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from relaxnet.studies.relaxation.dsc._peaks import peaks_of


@pytest.mark.parametrize("seed", range(20))
def test_as_scipy_has_them(seed):
    values = np.cumsum(np.random.default_rng(seed).standard_normal(200))
    at, facts = find_peaks(values, prominence=2.0, width=0)
    found = peaks_of(values, 2.0)
    assert [peak.at for peak in found] == at.tolist()
    np.testing.assert_allclose([peak.prominence for peak in found], facts["prominences"])
    np.testing.assert_allclose([peak.left for peak in found], facts["left_ips"])
    np.testing.assert_allclose([peak.right for peak in found], facts["right_ips"])
