import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.elasticity.microstructures.morphologies import MORPHOLOGIES
from relaxnet.studies.elasticity.physics.bounds import matrices, nine_constants, voigt_reuss
from relaxnet.studies.elasticity.physics.hashin_shtrikman import FAMILIES, bound_margins
from relaxnet.studies.elasticity.physics.homogenise import homogenise_full
from relaxnet.studies.elasticity.physics.phases import lame, stiffness

PHASES = np.array([[1.0, 0.3, 20.0, 0.25]])


def image_of(name, size=32, fraction=0.4, seed=0):
    return MORPHOLOGIES[name](np.random.default_rng(seed), size, fraction)


def test_bounds_meet_where_one_phase_is_all():
    lower, upper = voigt_reuss([0.0, 1.0], PHASES)
    np.testing.assert_allclose(lower, upper, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(upper, stiffness(PHASES)[0], rtol=1e-15)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, np.nan])
def test_no_other_fraction(fraction):
    with pytest.raises(InvalidInputError, match=r"volume_fraction = .*: must be from 0 to 1"):
        voigt_reuss([0.5, fraction], PHASES)


def test_matrices_of_constants_and_back():
    constants = np.arange(1.0, 19.0).reshape(2, 9)
    np.testing.assert_array_equal(nine_constants(matrices(constants)), constants)
    np.testing.assert_array_equal(matrices(constants), matrices(constants).swapaxes(1, 2))


def isotropic(bulk, shear, across, axial):
    """Stiffness of a material isotropic in the plane; axial entries are those of a cell of the phases."""
    matrix = axial.copy()
    matrix[:2, :2] = [[bulk + shear, bulk - shear], [bulk - shear, bulk + shear]]
    matrix[5, 5], matrix[3, 3], matrix[4, 4] = shear, across, across
    return matrix


@pytest.mark.parametrize("which", [0, 1])
def test_of_isotropic_cells_they_are_hashins_bounds(which):
    """Hashin (1965): with the matrix's moduli k, mu the bounds are (k + mu) <...> means, as written out here."""
    image = np.zeros((1, 33, 33), dtype=np.uint8)
    image[0, :16] = 1
    fraction = image.mean()
    lam, mu = (modulus[0] for modulus in lame(PHASES))
    bulk, shares = lam + mu, np.array([1 - fraction, fraction])
    around = which  # the phase around: the soft one gives the lower bound, the stiff one the upper
    plane = 1 / (shares @ (1 / (bulk + mu[around]))) - mu[around]
    star = mu[around] * bulk[around] / (bulk[around] + 2 * mu[around])
    shear = 1 / (shares @ (1 / (mu + star))) - star
    across = 1 / (shares @ (1 / (mu + mu[around]))) - mu[around]
    jump = np.diff(lam)[0] / np.diff(bulk)[0]  # Hill's relations give the rest
    matrix = np.zeros((6, 6))
    matrix[0, 2] = matrix[2, 0] = shares @ lam + jump * (plane - shares @ bulk)
    matrix[1, 2] = matrix[2, 1] = matrix[0, 2]
    matrix[2, 2] = shares @ (lam + 2 * mu) + jump * (matrix[0, 2] - shares @ lam)
    cell = isotropic(plane, shear, across, matrix)
    margins = bound_margins(image, cell[None], PHASES)[which][0]
    np.testing.assert_allclose(margins, 0.0, atol=1e-10)
    outwards = 0.99 if which == 0 else 1.01
    beyond = isotropic(plane, shear * outwards, across * outwards, matrix)
    assert (bound_margins(image, beyond[None], PHASES)[which][0][1:] < 0).all()


def test_rank_one_laminates_are_at_all_bounds():
    image = np.zeros((1, 16, 16), dtype=np.uint8)
    image[:, :5] = 1
    found = homogenise_full(image, PHASES, tolerance=1e-8).stiffness_gpa
    for margins in bound_margins(image, found, PHASES):
        np.testing.assert_allclose(margins, 0.0, atol=1e-9)


@pytest.mark.parametrize("name", list(MORPHOLOGIES))
@pytest.mark.parametrize("size", [24, 25])
def test_every_cell_is_within(name, size):
    images = np.stack([image_of(name, size, fraction) for fraction in (0.25, 0.5, 0.75)])
    phases = np.repeat(PHASES, 3, axis=0)
    found = homogenise_full(images, phases, tolerance=1e-6).stiffness_gpa
    for margins in bound_margins(images, found, phases):
        assert margins.shape == (3, len(FAMILIES))
        assert margins.min() > -1e-9


def test_random_pixels_are_within_on_even_and_odd_grids():
    for size in (8, 9):
        images = np.random.default_rng(size).integers(0, 2, (30, size, size)).astype(np.uint8)
        images[0] = np.indices((size, size)).sum(axis=0) % 2  # nothing but the alternating mode, on the even one
        phases = np.repeat(PHASES, 30, axis=0)
        found = homogenise_full(images, phases, tolerance=1e-6).stiffness_gpa
        assert np.min(bound_margins(images, found, phases)) > -1e-9


def test_what_is_stiffer_than_its_phases_is_beyond():
    image = image_of("voronoi")[None]
    lower, upper = bound_margins(image, 2 * stiffness(PHASES)[:, 1], PHASES)
    assert (lower > 0).all()
    assert np.isneginf(upper).all()


def test_phases_that_are_not_ordered_are_not_judged():
    unordered = [[1.0, 0.49, 2.0, -0.5]]  # softer in shear, stiffer in bulk
    for margins in bound_margins(image_of("voronoi")[None], stiffness(unordered)[:, 0], np.array(unordered)):
        assert np.isnan(margins).all()
