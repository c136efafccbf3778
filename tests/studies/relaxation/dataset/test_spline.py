import numpy as np
from scipy.interpolate import CubicSpline

from relaxnet.studies.relaxation.dataset._spline import cubic_spline


def test_it_is_the_spline_of_scipy() -> None:
    generator = np.random.default_rng(1)
    for count in (4, 5, 9, 40):
        knots = np.sort(generator.uniform(0.0, 1.0, count))
        values = generator.normal(size=count)
        at = np.linspace(knots[0] - 0.1, knots[-1] + 0.1, 301)
        expected = CubicSpline(knots, values)(at)
        assert np.allclose(cubic_spline(knots, values, at), expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())
