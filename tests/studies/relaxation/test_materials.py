"""Real materials as a network sees them."""

import numpy as np
import pytest

from relaxnet.studies.relaxation.materials import measured_materials, network_input
from relaxnet.studies.relaxation.physics import simulate
from relaxnet.studies.relaxation.physics.published import MATERIALS


@pytest.mark.parametrize("name", MATERIALS)
def test_network_input_is_the_signal_with_noise_where_it_was_measured(name):
    grid_k = np.arange(100.0, 900.0, 0.5)
    found = network_input(measured_materials(0.01, seed=1)[name], grid_k)
    assert found.shape == (1, len(grid_k), 6)
    assert found.dtype == np.float32
    departure = found[0].T - simulate(MATERIALS[name]).on_grid(grid_k)[0]
    noisy = departure[np.abs(departure) > 2e-3]
    assert noisy.std() == pytest.approx(0.011, rel=0.1)  # 0.01 without what is below 0.002
    assert (found[0, 0], found[0, -1]) == (pytest.approx(0.0), pytest.approx(1.0))
