"""Exact results for the stiffness of periodic cells, and what it must not depend on."""

import numpy as np
import pytest
from finite_elements import stiffness_by_elements
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.elasticity.microstructures.morphologies import MORPHOLOGIES
from relaxnet.studies.elasticity.physics.bounds import voigt_reuss
from relaxnet.studies.elasticity.physics.constants import CONSTANTS, TURNED
from relaxnet.studies.elasticity.physics.homogenise import ConvergenceError, homogenise, homogenise_full
from relaxnet.studies.elasticity.physics.phases import lame, stiffness

PHASES = np.array([1.0, 0.35, 40.0, 0.2])
TIGHT = 1e-8
QUARTER = np.array([[0.0, -1.0], [1.0, 0.0]])


def field(size, fraction=0.5, seed=0):
    return MORPHOLOGIES["gaussian"](np.random.default_rng(seed), size, fraction)


def antiplane(matrix):
    """Shear stiffness out of the plane, axes 1 and 2."""
    return matrix[np.ix_([4, 3], [4, 3])]


def of_moduli(*moduli):
    """Phases with the Lamé moduli (lambda, mu) of each."""
    columns = [(mu * (3 * lam + 2 * mu) / (lam + mu), lam / (2 * (lam + mu))) for lam, mu in moduli]
    return np.ravel(columns)


def laminate(image_row, phases):
    """Stiffness of layers normal to axis 1, by continuity of stress and strain: no grid, no loads."""
    shares = [1 - image_row.mean(), image_row.mean()]
    across, layer = [0, 4, 5], [1, 2, 3]
    normal, along, mixed = np.ix_(across, across), np.ix_(layer, layer), np.ix_(across, layer)

    def mean(function):
        return sum(share * function(matrix) for share, matrix in zip(shares, stiffness(phases)[0], strict=True))

    inverse = np.linalg.inv(mean(lambda c: np.linalg.inv(c[normal])))
    lever = mean(lambda c: np.linalg.inv(c[normal]) @ c[mixed])
    whole = np.zeros((6, 6))
    whole[normal] = inverse
    whole[mixed] = inverse @ lever
    whole[np.ix_(layer, across)] = whole[mixed].T
    whole[along] = mean(lambda c: c[along] - c[mixed].T @ np.linalg.inv(c[normal]) @ c[mixed])
    whole[along] += lever.T @ inverse @ lever
    return whole


@pytest.mark.parametrize("phase", [0, 1])
def test_a_uniform_cell_has_the_stiffness_of_its_phase(phase):
    image = np.full((1, 16, 16), phase, dtype=np.uint8)
    np.testing.assert_allclose(homogenise_full(image, PHASES).stiffness_gpa[0], stiffness(PHASES)[0, phase], rtol=1e-14)


@pytest.mark.parametrize("contrast", [2.0, 100.0, 1e4])
def test_all_constants_of_laminates_are_exact_in_both_orientations(contrast):
    phases = PHASES * [1, 1, contrast / PHASES[2], 1]
    row = np.array([1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], dtype=np.uint8)
    image = np.tile(row, (16, 1))
    found = homogenise_full(np.stack([image, image.T]), phases, tolerance=TIGHT).stiffness_gpa
    expected = laminate(row, phases)
    np.testing.assert_allclose(found[0], expected, rtol=1e-8, atol=1e-8)
    swap = [1, 0, 2, 4, 3, 5]
    np.testing.assert_allclose(found[1], expected[np.ix_(swap, swap)], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("image", [field(33), field(15, 0.3), np.random.default_rng(1).integers(0, 2, (21, 21))])
def test_antiplane_duality(image):
    """Keller (1964), Mendelson (1975): with phases swapped the shear stiffness is the inverse, turned; any cell."""
    soft, stiff = 1.0, 50.0
    one = homogenise_full(image[None], of_moduli((1.0, soft), (1.0, stiff)), tolerance=TIGHT).stiffness_gpa[0]
    other = homogenise_full(image[None], of_moduli((1.0, stiff), (1.0, soft)), tolerance=TIGHT).stiffness_gpa[0]
    dual = soft * stiff * QUARTER.T @ np.linalg.inv(antiplane(other)) @ QUARTER
    np.testing.assert_allclose(antiplane(one), dual, rtol=1e-10, atol=1e-12)
    # of the constants themselves, if the axes are principal: C44 of a cell, C55 of the swapped one
    symmetric = np.block([[image, image[:, ::-1]], [image[::-1], image[::-1, ::-1]]])[:-1, :-1]
    one, other = (
        homogenise(symmetric[None], of_moduli((1.0, a), (1.0, b)), tolerance=TIGHT)[0]
        for a, b in ((soft, stiff), (stiff, soft))
    )
    assert one[CONSTANTS.index("C44")] * other[CONSTANTS.index("C55")] == pytest.approx(soft * stiff, rel=1e-10)


def test_the_checkerboard_approaches_the_geometric_mean():
    """Dykhne (1970): sqrt(mu1 mu2).  On even grids duality holds but for the alternating mode, so in the limit."""
    errors = []
    for size in (8, 16, 32, 64, 128):
        board = (np.indices((size, size)) // (size // 2)).sum(axis=0) % 2
        found = homogenise(board[None], of_moduli((1.0, 1.0), (1.0, 10.0)), tolerance=1e-6)[0]
        assert found[6] == pytest.approx(found[7], rel=1e-12)
        errors.append(found[6] / 10**0.5 - 1)
    rates = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (np.abs(rates - 1.57) < 0.1).all()  # twice the exponent of the corner's singularity
    assert errors[-1] < 6e-4


def test_phases_of_one_shear_modulus_make_an_isotropic_plane():
    """Hill (1964): 1 / (K + mu) of the plane is the mean of that of the phases, and the shear modulus is theirs."""
    mu, lams = 1.3, (-0.4, 9.0)
    image = field(48, 0.4)
    found = homogenise(image[None], of_moduli(*((lam, mu) for lam in lams)), tolerance=TIGHT)[0]
    shares = np.array([1 - image.mean(), image.mean()])
    plane = 1 / (shares @ [1 / (lam + 2 * mu) for lam in lams])
    axial = shares @ lams - shares @ [lam**2 / (lam + 2 * mu) for lam in lams]
    across = plane * (shares @ [lam / (lam + 2 * mu) for lam in lams])
    c33 = axial + 2 * mu + across**2 / plane
    expected = [plane, plane, c33, plane - 2 * mu, across, across, mu, mu, mu]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("size", [24, 25])
def test_turned_moved_and_mirrored_cells(size):
    images = np.stack([field(size, 0.4, seed) for seed in range(3)])
    found = homogenise(images, PHASES, tolerance=1e-6)
    turned = homogenise(np.rot90(images, axes=(1, 2)), PHASES, tolerance=1e-6)
    np.testing.assert_allclose(turned[:, list(TURNED)], found, rtol=1e-9)
    for same in (np.roll(images, (3, 7), axis=(1, 2)), images[:, ::-1], images[:, :, ::-1]):
        np.testing.assert_allclose(homogenise(same, PHASES, tolerance=1e-6), found, rtol=1e-9)


def test_a_repeated_cell_and_an_oblong_one_have_the_same_stiffness():
    image = field(15)
    found = homogenise(image[None], PHASES, tolerance=1e-7)
    np.testing.assert_allclose(homogenise(np.tile(image, (3, 1))[None], PHASES, tolerance=1e-7), found, rtol=1e-8)


def test_the_error_goes_with_the_square_of_the_tolerance():
    image = field(64)[None]
    exact = homogenise(image, PHASES, tolerance=1e-9)
    for tolerance in (1e-2, 1e-3, 1e-4):
        assert np.abs(homogenise(image, PHASES, tolerance=tolerance) / exact - 1).max() < 20 * tolerance**2


def test_threads_and_the_company_of_other_images_change_nothing():
    images = np.stack([field(16, 0.4, seed) for seed in range(20)])
    phases = PHASES * np.linspace(1, 2, 20)[:, None] ** [1, 0, 1, 0]
    alone = np.concatenate([homogenise(image[None], row) for image, row in zip(images, phases, strict=True)])
    np.testing.assert_array_equal(homogenise(images, phases, workers=2), alone)


@settings(max_examples=40, deadline=None)
@given(
    pixels=st.lists(st.integers(0, 1), min_size=42, max_size=42),
    young=st.floats(0.01, 1e4),
    ratios=st.tuples(st.floats(-0.9, 0.49), st.floats(-0.9, 0.49)),
)
def test_any_cell_lies_between_the_bounds(pixels, young, ratios):
    image = np.array(pixels, dtype=np.uint8).reshape(6, 7)
    phases = np.array([1.0, ratios[0], young, ratios[1]])
    found = homogenise_full(image[None], phases).stiffness_gpa[0]
    lower, upper = voigt_reuss(image.mean(), phases)
    scale = np.linalg.inv(np.linalg.cholesky(upper[0]))
    for difference in (found - lower[0], upper[0] - found):
        assert np.linalg.eigvalsh(scale @ difference @ scale.T)[0] > -1e-6


@pytest.mark.parametrize("seed", range(3))
def test_finite_elements_integrated_at_one_point_are_the_same_system(seed):
    image = field(15, 0.4, seed)
    found = homogenise_full(image[None], PHASES, tolerance=TIGHT).stiffness_gpa[0]
    expected = stiffness_by_elements(image, PHASES[::2], PHASES[1::2], order=1, one_point=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gaussian", "inclusions", "voronoi"])
def test_finite_elements_of_second_order_converge_to_the_same_stiffness(name):
    image = MORPHOLOGIES[name](np.random.default_rng(3), 32, 0.4)
    phases = PHASES * [1, 1, 0.25, 1]
    elements = [np.diag(stiffness_by_elements(image, phases[::2], phases[1::2], refine=fine)) for fine in (1, 2, 4)]
    limit = extrapolated(*elements)
    grids = [np.kron(image, np.ones((fine, fine), dtype=np.uint8)) for fine in (2, 4, 8)]
    found = [np.diag(homogenise_full(grid[None], phases).stiffness_gpa[0]) for grid in grids]
    # where pixels of one phase meet at a corner both converge slowly, and their limits are known to 2e-3 only
    np.testing.assert_allclose(extrapolated(*found), limit, rtol=3e-3)
    np.testing.assert_allclose(found[-1], limit, rtol=4e-3)
    coarse = np.diag(homogenise_full(image[None], phases).stiffness_gpa[0])
    np.testing.assert_allclose(coarse, limit, rtol=0.05)


def extrapolated(coarse, middle, fine):
    """Limit of a sequence that converges geometrically (Aitken)."""
    return fine - (fine - middle) ** 2 / ((fine - middle) - (middle - coarse))


@pytest.mark.parametrize(
    ("images", "phases", "options", "words"),
    [
        (np.zeros((4, 4)), PHASES, {}, r"images = shape \(4, 4\): must be of shape \(n, rows, columns\)"),
        (np.full((1, 4, 4), 255), PHASES, {}, "images = 255: must be 0 .soft phase. or 1"),
        (np.full((1, 4, 4), 0.5), PHASES, {}, "images = 0.5: must be 0"),
        (np.zeros((1, 4, 4)), [1.0, 0.3, 2.0, 0.5], {}, "nu_stiff = 0.5: must be above -1 and below 0.5"),
        (np.zeros((1, 4, 4)), [-1.0, 0.3, 2.0, 0.4], {}, "e_soft_gpa = -1.0: must be a finite number above 0"),
        (np.zeros((1, 4, 4)), [1.0, 0.3, np.inf, 0.4], {}, "e_stiff_gpa = inf: must be a finite number above 0"),
        (np.zeros((1, 4, 4)), [1.0, 0.3, 2.0], {}, "phases = shape"),
        (np.zeros((2, 4, 4)), np.tile(PHASES, (3, 1)), {}, "phases = 3 rows: must be one for all images, or 2"),
        (np.zeros((1, 4, 4)), PHASES, {"tolerance": 0.0}, "tolerance = 0.0: must be above 0 and below 1"),
    ],
)
def test_what_cannot_be_homogenised_is_refused_in_one_line(images, phases, options, words):
    with pytest.raises(InvalidInputError, match=words):
        homogenise(images, phases, **options)


def test_no_result_without_convergence():
    with pytest.raises(ConvergenceError, match=r"^image 0: the residual is not within 1e-08 after 5 iterations$"):
        homogenise(field(16)[None], PHASES, tolerance=TIGHT, max_iterations=5)


def test_lame_moduli_and_stiffness_agree():
    lam, mu = lame(PHASES)
    matrix = stiffness(PHASES)[0, 1]
    assert matrix[0, 0] == pytest.approx(lam[0, 1] + 2 * mu[0, 1])
    assert np.linalg.inv(matrix)[0, 0] == pytest.approx(1 / PHASES[2])
    assert -np.linalg.inv(matrix)[0, 1] * PHASES[2] == pytest.approx(PHASES[3])
