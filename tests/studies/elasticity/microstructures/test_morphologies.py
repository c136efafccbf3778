import numpy as np
import pytest

from relaxnet.studies.elasticity.dataset.grouping import fingerprints
from relaxnet.studies.elasticity.microstructures.morphologies import MORPHOLOGIES
from relaxnet.studies.elasticity.microstructures.ranks import distances, threshold

SIZE = 64


def draws(name, count=60, size=SIZE):
    for seed in range(count):
        generator = np.random.default_rng(seed)
        fraction = generator.uniform(0.1, 0.9)
        yield fraction, MORPHOLOGIES[name](generator, size, fraction)


@pytest.mark.parametrize("name", list(MORPHOLOGIES))
def test_images_are_binary_of_two_phases_and_of_the_fraction_asked_for(name):
    exact = name in ("gaussian", "inclusions", "voronoi")
    for fraction, image in draws(name):
        assert image.shape == (SIZE, SIZE)
        assert image.dtype == np.uint8
        assert set(np.unique(image)) == {0, 1}
        assert abs(image.mean() - fraction) <= 0.5 / (SIZE**2 if exact else SIZE) + 1e-12


@pytest.mark.parametrize("name", list(MORPHOLOGIES))
def test_one_seed_gives_one_image(name):
    for (_, first), (_, again) in zip(draws(name, 3), draws(name, 3), strict=True):
        np.testing.assert_array_equal(first, again)
    images = [image.tobytes() for _, image in draws(name)]
    assert len(set(images)) == len(images)


@pytest.mark.parametrize("name", list(MORPHOLOGIES))
def test_images_are_periodic(name):
    """Neighbours across the edge differ no more often than neighbours inside."""
    inside = across = 0.0
    for _, image in draws(name, 400 if name in ("laminate", "checkerboard") else 60):
        steps = [image != np.roll(image, 1, axis) for axis in (0, 1)]
        across += steps[0][0].mean() + steps[1][:, 0].mean()
        inside += steps[0].mean() + steps[1].mean()
    assert across == pytest.approx(inside, rel=0.35)


def test_laminates_vary_along_one_direction_only():
    for _, image in draws("laminate"):
        slopes = [(0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)]
        # along a layer, (-second, first), nothing changes
        assert any((np.roll(image, (-second, first), axis=(0, 1)) == image).all() for first, second in slopes)


def test_checkerboards_are_stripes_crossed():
    for _, image in draws("checkerboard"):
        assert (image ^ image[:1] ^ image[:, :1] == image[0, 0]).all()


def test_of_one_fraction_there_are_many_checkerboards():
    images = [MORPHOLOGIES["checkerboard"](np.random.default_rng(seed), SIZE, 0.3) for seed in range(200)]
    assert len(set(fingerprints(np.stack(images)))) > 180


def test_inclusions_are_of_the_rarer_phase():
    for fraction, image in draws("inclusions"):
        around = 0 if fraction <= 0.5 else 1
        outline = (image != np.roll(image, 1, 0)).sum() + (image != np.roll(image, 1, 1)).sum()
        assert outline > 0
        assert (image == around).mean() >= 0.5 - 1e-3


@pytest.mark.parametrize("size", [16, 24, 128])
def test_other_sizes(size):
    for name in MORPHOLOGIES:
        for fraction, image in draws(name, 10, size):
            assert image.shape == (size, size)
            assert abs(image.mean() - fraction) < 0.55 / size


def test_distances_go_the_short_way_round():
    found = distances(8, np.array([[0.5, 7.5]]))
    assert found.shape == (2, 1, 8, 8)
    np.testing.assert_array_equal(found[0, 0, :, 0], [0, 1, 2, 3, -4, -3, -2, -1])
    np.testing.assert_array_equal(found[1, 0, 0], [1, 2, 3, -4, -3, -2, -1, 0])


def test_equal_heights_are_taken_in_order():
    assert threshold(np.zeros((2, 3)), 0.5).tolist() == [[1, 1, 1], [0, 0, 0]]
