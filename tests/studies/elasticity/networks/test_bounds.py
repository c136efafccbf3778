"""Estimates that cannot leave the bounds of Voigt and Reuss, and Hill's relations of extruded cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from relaxnet.studies.elasticity.networks.bounds import MeanOfBounds, WithinBounds, inverse_logistic, logistic
from relaxnet.studies.elasticity.networks.statistics import SpectralMoments
from relaxnet.studies.elasticity.physics.bounds import matrices, nine_constants, voigt_reuss
from relaxnet.studies.elasticity.physics.homogenise import homogenise

ROUNDING = 3e-6  # of single precision, relative to the largest constant
LAYER = WithinBounds()


def constants(values, moments, phases):
    tensors = (np.atleast_2d(np.asarray(array, dtype=np.float32)) for array in (values, moments, phases))
    return ops.convert_to_numpy(LAYER.constants_gpa(*map(ops.convert_to_tensor, tensors))).astype(np.float64)[0]


def least_eigenvalue(matrix):
    return np.linalg.eigvalsh(matrix).min()


modulus = st.floats(0.1, 100.0)
poisson = st.floats(-0.5, 0.45)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-12, 12), min_size=8, max_size=8),
    st.floats(0.02, 0.98),
    st.floats(0, 1),
    st.floats(0, np.pi),
    st.tuples(modulus, poisson, modulus, poisson),
)
def test_whatever_the_network_says_the_stiffness_is_within_the_bounds(values, fraction, size, angle, phases):
    """Moments are those of a share of the power in one direction and the rest in all of them."""
    moments = [fraction, *(size * wave(n * angle) for wave in (np.cos, np.sin) for n in (2, 4))]
    found = matrices(constants(values, moments, phases))[0]
    lower, upper = (bound[0] for bound in voigt_reuss([fraction], phases))
    allowed = ROUNDING * np.abs(upper).max()
    assert least_eigenvalue(found) > 0
    assert least_eigenvalue(found - lower) > -allowed
    assert least_eigenvalue(upper - found) > -allowed


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


def errors_of_layers(slope, size):
    """Largest relative errors for reference media near the soft phase, between, and near the stiff one."""
    rows, columns = np.indices((size, size))
    phases = np.array([3.0, 0.35, 70.0, 0.22])
    image = ((slope[0] * rows + slope[1] * columns) % size < 20 * size // 64).astype(np.uint8)
    moments = ops.convert_to_numpy(SpectralMoments()(image[None, ..., None].astype(np.float32)))
    (expected,) = homogenise(image[None], phases)
    found = [constants([0.0] * 4 + [place] * 2 + [0.0] * 2, moments, phases) for place in (-1.0, 0.0, 1.0)]
    return [np.abs(values / expected - 1).max() for values in found]


@pytest.mark.parametrize("slope", [(0, 1), (1, 0), (1, 1), (1, -1)])
def test_layers_along_axes_and_diagonals_are_exact_to_second_order(slope):
    """Whatever the reference medium, to the margin at the bounds that they reach."""
    assert errors_of_layers(slope, 64) == pytest.approx([0, 0, 0], abs=2e-3)


def test_other_layers_are_stairs_of_pixels_whose_error_falls_with_their_size():
    coarse, fine = (np.array(errors_of_layers((1, 2), size)) for size in (64, 128))
    assert coarse == pytest.approx([0.083, 0.028, 0.032], abs=2e-3)
    assert fine / coarse == pytest.approx([0.5] * 3, abs=0.05)


def test_reference_media_of_the_phases_give_narrower_bounds(cells):
    """Of Hashin-Shtrikman type: for cells of every morphology the trace of C lies between, but for the grid's error."""
    moments = ops.convert_to_numpy(SpectralMoments()(cells.images[..., None].astype(np.float32)))
    phases = cells.phases.astype(np.float32)
    low, high = (
        ops.convert_to_numpy(
            LAYER.constants_gpa(np.tile(np.float32([0, 0, 0, 0, p, p, 0, 0]), (len(cells), 1)), moments, phases)
        )
        for p in (-20.0, 20.0)
    )
    lower, upper = (nine_constants(bound) for bound in voigt_reuss(cells.fraction, cells.phases))
    axial = slice(0, 2)
    assert (low[:, axial] >= lower[:, axial] * (1 - 1e-4)).all()
    assert (high[:, axial] <= upper[:, axial] * (1 + 1e-4)).all()
    width = (upper - lower)[:, axial].sum(axis=1)
    between = (cells.stiffness_gpa - low)[:, axial].sum(axis=1), (high - cells.stiffness_gpa)[:, axial].sum(axis=1)
    assert all((gap > -0.05 * width).all() for gap in between)


def test_equal_phases_leave_nothing_to_estimate():
    uniform = matrices(
        constants([3.0, -2.0, 1.0, 0.5, 1.0, 0.0, 4.0, 1.0], [0.3, 0.2, 0.1, 0.0, 0.0], [10.0, 0.3] * 2)
    )[0]
    lower, upper = (bound[0] for bound in voigt_reuss([0.3], [10.0, 0.3, 10.0, 0.3]))
    assert uniform == pytest.approx(upper, rel=1e-6)
    assert uniform == pytest.approx(lower, rel=1e-6)


def test_the_logistic_of_a_matrix_is_that_of_its_eigenvalues():
    a, b, c = 1.5, -0.5, 2.0
    values, vectors = np.linalg.eigh([[a, c], [c, b]])
    expected = vectors @ np.diag(1 / (1 + np.exp(-values))) @ vectors.T
    found = [float(value[0]) for value in logistic(*(np.float32([v]) for v in (a, b, c)))]
    assert found == pytest.approx([expected[0, 0], expected[1, 1], expected[0, 1]], rel=1e-5)


def test_its_inverse_gives_the_matrix_back():
    h = [np.float32([value]) for value in (1.5, -0.5, 2.0)]
    found = inverse_logistic(*logistic(*h))
    assert [float(value[0]) for value in found] == pytest.approx([1.5, -0.5, 2.0], rel=1e-4)


def test_the_mean_of_the_bounds():
    phases = np.array([[3.0, 0.35, 70.0, 0.22]])
    lower, upper = voigt_reuss([0.4], phases)
    found = MeanOfBounds().constants_gpa(np.float32([[0.4]]), phases.astype(np.float32))
    assert ops.convert_to_numpy(found) == pytest.approx(nine_constants((lower + upper) / 2), rel=1e-5, abs=1e-5)


def _lame(phases):
    from relaxnet.studies.elasticity.physics.phases import lame

    return lame(phases)
