"""Estimates that cannot leave the bounds of Voigt and Reuss, and Hill's relations of extruded cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from relaxnet.studies.elasticity.networks.bounds import MeanOfBounds, WithinBounds, logistic
from relaxnet.studies.elasticity.physics.bounds import matrices, nine_constants, voigt_reuss

ROUNDING = 3e-6  # of single precision, relative to the largest constant
LAYER = WithinBounds()


def constants(values, fraction, phases):
    tensors = (np.atleast_2d(np.asarray(array, dtype=np.float32)) for array in (values, [[fraction]], [phases]))
    return ops.convert_to_numpy(LAYER.constants_gpa(*map(ops.convert_to_tensor, tensors))).astype(np.float64)[0]


def lowest(matrix):
    return np.linalg.eigvalsh(matrix).min()


modulus = st.floats(0.1, 100.0)
poisson = st.floats(-0.5, 0.45)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(-12, 12), min_size=6, max_size=6),
    st.floats(0.02, 0.98),
    st.tuples(modulus, poisson, modulus, poisson),
)
def test_whatever_the_network_says_the_stiffness_is_within_the_bounds(values, fraction, phases):
    found = matrices(constants(values, fraction, phases))[0]
    lower, upper = (bound[0] for bound in voigt_reuss([fraction], phases))
    allowed = ROUNDING * np.abs(upper).max()
    assert lowest(found) > 0
    assert lowest(found - lower) > -allowed
    assert lowest(upper - found) > -allowed


def test_homogenised_cells_obey_hills_relations(cells):
    """C13, C23 and C33 follow from C11, C22, C12 and the fraction, to the tolerance of the homogenisation."""
    lame, mu = (np.array(values) for values in _lame(cells.phases))
    dk, dlame = np.diff(lame + mu, axis=1)[:, 0], np.diff(lame, axis=1)[:, 0]
    e0 = -dlame / (2 * dk)
    c11, c22, c33, c12, c23, c13 = cells.stiffness_gpa[:, :6].T
    in_plane = 2 * (lame + mu)[:, 0] * e0 + lame[:, 0]
    means = [values[:, 0] + cells.fraction * np.diff(values, axis=1)[:, 0] for values in (lame, lame + 2 * mu)]
    assert c13 == pytest.approx(in_plane - e0 * (c11 + c12), rel=1e-6)
    assert c23 == pytest.approx(in_plane - e0 * (c12 + c22), rel=1e-6)
    assert c33 == pytest.approx(means[1] + 2 * e0 * means[0] - e0 * (c13 + c23), rel=1e-6)


def test_every_cell_is_in_reach(cells):
    """The matrix S of a cell has eigenvalues between 0 and 1, and gives all nine constants back."""
    for row in range(len(cells)):
        fraction, phases = cells.fraction[row], cells.phases[row]
        lame, mu = (np.array(values)[0] for values in _lame(phases[None]))
        k = lame + mu
        lower = [stiff * soft / (fraction * soft + (1 - fraction) * stiff) for soft, stiff in (k, mu)]
        gap = [soft + fraction * (stiff - soft) - low for (soft, stiff), low in zip((k, mu), lower, strict=True)]
        c11, c22, _, c12, _, _, *shears = cells.stiffness_gpa[row]
        kk, dd, kd = (c11 + c22) / 2 + c12 - 2 * lower[0], (c11 + c22) / 2 - c12 - 2 * lower[1], (c11 - c22) / 2
        root = np.sqrt(gap[0] * gap[1]) * np.sign((k[1] - k[0]) * (mu[1] - mu[0]))
        s = np.array([[kk / gap[0], kd / root], [kd / root, dd / gap[1]]]) / 2
        share, vectors = np.linalg.eigh(s)
        assert -1e-6 < share[0] <= share[1] < 1 + 1e-6
        share = np.clip(share, 1e-6, 1 - 1e-6)
        h = vectors @ np.diag(np.log(share / (1 - share))) @ vectors.T
        h44, h55, h66 = (np.log(p / (1 - p)) for p in np.clip((np.array(shears) - lower[1]) / gap[1], 1e-6, 1 - 1e-6))
        values = [h[0, 0], h[1, 1], h66, (h44 + h55) / 2, h[0, 1], (h44 - h55) / 2]
        found = constants(values, fraction, phases)
        assert found == pytest.approx(cells.stiffness_gpa[row], rel=2e-4, abs=2e-4)


def test_equal_phases_leave_nothing_to_estimate():
    uniform = matrices(constants([3.0, -2.0, 1.0, 0.5, 4.0, 1.0], 0.3, [10.0, 0.3, 10.0, 0.3]))[0]
    lower, upper = (bound[0] for bound in voigt_reuss([0.3], [10.0, 0.3, 10.0, 0.3]))
    assert uniform == pytest.approx(upper, rel=1e-6)
    assert uniform == pytest.approx(lower, rel=1e-6)


def test_the_logistic_of_a_matrix_is_that_of_its_eigenvalues():
    a, b, c = 1.5, -0.5, 2.0
    values, vectors = np.linalg.eigh([[a, c], [c, b]])
    expected = vectors @ np.diag(1 / (1 + np.exp(-values))) @ vectors.T
    found = [float(value[0]) for value in logistic(*(np.float32([v]) for v in (a, b, c)))]
    assert found == pytest.approx([expected[0, 0], expected[1, 1], expected[0, 1]], rel=1e-5)


def test_the_mean_of_the_bounds():
    phases = np.array([[3.0, 0.35, 70.0, 0.22]])
    lower, upper = voigt_reuss([0.4], phases)
    found = MeanOfBounds().constants_gpa(np.float32([[0.4]]), phases.astype(np.float32))
    assert ops.convert_to_numpy(found) == pytest.approx(nine_constants((lower + upper) / 2), rel=1e-5, abs=1e-5)


def _lame(phases):
    from relaxnet.studies.elasticity.physics.phases import lame

    return lame(phases)
