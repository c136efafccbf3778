"""Generators of periodic two-phase images, one a morphology.

Each takes the random generator, the side in pixels and the volume fraction of the stiff phase, and returns an image
(size, size) of 0 and 1.  Gaussian fields, inclusions and Voronoi cells meet the fraction to the pixel, laminates and
checkerboards to half a layer of pixels, 0.5 / size, where there is a pixel to spare.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .ranks import Float, Image, distances, threshold

Draw = Callable[[np.random.Generator, int, float], Image]


def gaussian(generator: np.random.Generator, size: int, fraction: float) -> Image:
    """A Gaussian random field, smooth over 1/40 to 1/8 of the side and up to 4 times as far along one axis, cut."""
    length = size * np.exp(generator.uniform(np.log(1 / 40), np.log(1 / 8)))
    stretch = np.exp(generator.uniform(0, np.log(2)) * generator.integers(0, 2))
    angle = generator.uniform(0, np.pi)
    rows, columns = 2 * np.pi * np.fft.fftfreq(size)[:, None], 2 * np.pi * np.fft.rfftfreq(size)[None, :]
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - columns * np.sin(angle)
    smooth = np.exp(-((length * stretch * along) ** 2 + (length / stretch * across) ** 2) / 4)
    noise = generator.standard_normal((size, size))
    return threshold(np.fft.irfft2(np.fft.rfft2(noise) * smooth, s=(size, size)), fraction)


def inclusions(generator: np.random.Generator, size: int, fraction: float) -> Image:
    """4 to 40 ellipses around points far apart, of the phase that takes less room, all alike but for their sizes."""
    count = int(generator.integers(4, 41))
    points = _apart(generator, size, count)
    along, across = distances(size, points)
    aspect = np.exp(generator.uniform(0, np.log(3)) * generator.integers(0, 2))
    angle = generator.uniform(0, np.pi)
    first = along * np.cos(angle) + across * np.sin(angle)
    second = across * np.cos(angle) - along * np.sin(angle)
    radii = np.exp(generator.uniform(-0.3, 0.3, count))[:, None, None]
    reach = np.sqrt(first**2 / aspect + second**2 * aspect) / radii
    stiff = fraction <= 0.5
    image = threshold(reach.min(axis=0), fraction if stiff else 1 - fraction)
    return image if stiff else 1 - image


def voronoi(generator: np.random.Generator, size: int, fraction: float) -> Image:
    """20 to 100 Voronoi cells, stiff or soft at random; one is in part both, around its point, for the fraction."""
    count = int(generator.integers(20, 101))
    squared = (distances(size, generator.uniform(0, size, (count, 2))) ** 2).sum(axis=0)
    nearest = squared.argmin(axis=0)
    within = squared.min(axis=0) / (2.0 * size**2)  # below 1
    return threshold(generator.permutation(count)[nearest] + within, fraction)


def laminate(generator: np.random.Generator, size: int, fraction: float) -> Image:
    """1 to 6 layers a phase of random thicknesses; they lie along the axes or aslant, with whole-numbered slopes."""
    slopes = [(0, 1), (1, 0), (0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)]
    slope = slopes[int(generator.integers(len(slopes)))]
    layers = _stripes(generator, size, _whole(fraction * size, size), most=6)
    rows, columns = np.indices((size, size))
    return np.asarray(layers[(slope[0] * rows + slope[1] * columns) % size])


def checkerboard(generator: np.random.Generator, size: int, fraction: float) -> Image:
    """1 to 4 stripes along each axis, of random widths, stiff where one of the two is: rectangles that meet in corners.

    Of one stripe each there are about a thousand different images of 64 pixels, too few for a large dataset.
    """
    counts = _crossed(generator, size, min(fraction, 1 - fraction), 0.5 / size)
    first, second = (_stripes(generator, size, count, most=4) for count in counts)
    image = first[:, None] ^ second[None, :]
    return np.asarray(image if fraction <= 0.5 else 1 - image)


MORPHOLOGIES: dict[str, Draw] = {
    "gaussian": gaussian,
    "inclusions": inclusions,
    "voronoi": voronoi,
    "laminate": laminate,
    "checkerboard": checkerboard,
}


def _whole(value: float, size: int) -> int:
    """The nearest whole number of pixels that leaves both phases at least one."""
    return int(min(max(round(value), 1), size - 1))


def _stripes(generator: np.random.Generator, size: int, stiff: int, most: int) -> NDArray[np.uint8]:
    """A profile (size,) with ``stiff`` pixels of 1 in up to ``most`` layers, from a random place on."""
    layers = int(generator.integers(1, 1 + min(most, stiff, size - stiff)))
    thicknesses = [_parts(generator, total, layers) for total in (stiff, size - stiff)]
    profile = np.repeat(np.tile([1, 0], layers), np.stack(thicknesses, axis=1).ravel())
    return np.roll(profile, int(generator.integers(size))).astype(np.uint8)


def _parts(generator: np.random.Generator, total: int, count: int) -> NDArray[np.int64]:
    """``count`` whole numbers of at least 1 with a sum of ``total``."""
    cuts = np.sort(generator.choice(np.arange(1, total), count - 1, replace=False))
    return np.diff([0, *cuts, total])


def _crossed(generator: np.random.Generator, size: int, fraction: float, tolerance: float) -> tuple[int, int]:
    """Pixels of 1 in two profiles such that one of the two is 1 in a ``fraction`` of the image.

    One of all pairs within the tolerance, drawn evenly, or else of the nearest ones.
    """
    first, second = np.indices((size - 1, size - 1)) + 1
    error = np.abs((first * (size - second) + second * (size - first)) / size**2 - fraction)
    chosen = generator.choice(np.flatnonzero(error <= max(tolerance, float(error.min()))))
    return int(first.flat[chosen]), int(second.flat[chosen])


def _apart(generator: np.random.Generator, size: int, count: int) -> Float:
    """Points (count, 2) one after the other, each the farthest of ten candidates from those before."""
    points = generator.uniform(0, size, (1, 2))
    for _ in range(count - 1):
        candidates = generator.uniform(0, size, (10, 2))
        gaps = candidates[:, None] - points[None]
        squared = (((gaps + size / 2) % size - size / 2) ** 2).sum(axis=2)
        points = np.vstack([points, candidates[squared.min(axis=1).argmax()]])
    return points
