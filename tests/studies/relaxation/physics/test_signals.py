import numpy as np
import pytest

from relaxnet.studies.relaxation.physics import Signals, TNMParameters, simulate

AS2SE3 = TNMParameters(-79.21, 318443.9, 0.57, 0.71)


def made_up(function, low_k=300.0, high_k=400.0, nodes=128, scale_k=40000.0):
    temperature = np.linspace(low_k, high_k, nodes)
    return Signals(
        (scale_k / temperature)[None, None], function(temperature)[None, None], np.array([scale_k]), np.array([[350.0]])
    )


def test_outside_its_nodes_a_signal_is_glass_or_liquid():
    signals = simulate(AS2SE3)
    low, high = signals.temperature_k.min(), signals.temperature_k.max()
    values = signals.on_grid(np.array([1.0, low - 50.0, high + 50.0, high + 5000.0]))
    assert values[0].tolist() == [[0.0, 0.0, 1.0, 1.0]] * 6


def test_nodes_are_reproduced():
    signals = simulate(AS2SE3)
    scan = 3
    inside = signals.temperature_k[0, scan, 1:-1]
    np.testing.assert_allclose(signals.on_grid(inside)[0, scan], signals.cp_n[0, scan, 1:-1], atol=1e-12)


def test_between_nodes_the_cubic_is_of_fourth_order():
    def bump(t_k):
        return 1 / (1 + np.exp((350.0 - t_k) / 3)) + np.exp(-(((t_k - 355.0) / 6) ** 2))

    grid = np.linspace(310.0, 390.0, 1500)
    errors = [np.abs(made_up(bump, nodes=n).on_grid(grid)[0, 0] - bump(grid)).max() for n in (65, 129)]
    assert errors[1] < 2e-4
    assert errors[0] / errors[1] > 10


def test_on_grid_honours_dtype_and_shape():
    values = simulate(AS2SE3).on_grid(np.linspace(350.0, 550.0, 7), np.float32)
    assert values.dtype == np.float32
    assert values.shape == (1, 6, 7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_temperature_rises(dtype):
    signals = simulate(AS2SE3)
    stored = Signals(signals.u.astype(dtype), signals.cp_n, signals.u_scale_k, signals.glass_fictive_k)
    assert (np.diff(stored.temperature_k) > 0).all()
