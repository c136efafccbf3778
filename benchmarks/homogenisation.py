"""Time and errors of the homogenisation of periodic cells, and a figure of the microstructures.

Run: ``python benchmarks/homogenisation.py`` (about two minutes, one core); ``--figure FILE`` draws the morphologies.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from relaxnet.studies.elasticity.microstructures.morphologies import MORPHOLOGIES
from relaxnet.studies.elasticity.physics.constants import CONSTANTS
from relaxnet.studies.elasticity.physics.homogenise import homogenise, homogenise_full

# one copy of the finite elements: the tests' own
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "studies" / "elasticity" / "physics"))

SIZE = 64
CONTRASTS = (2.0, 10.0, 100.0, 1000.0)
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5)
EXACT = 1e-8
REFERENCE_REFINE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=50, help="of all morphologies, for times and errors of iteration")
    parser.add_argument("--converged", type=int, default=4, help="of each morphology, for errors of the grid")
    parser.add_argument("--figure", type=Path, help="draw one cell of each morphology, and do nothing else")
    arguments = parser.parse_args()
    if arguments.figure:
        draw(arguments.figure)
        return
    homogenise(np.eye(SIZE, dtype=np.uint8)[None], phases(10.0))  # compiles
    print_times(mixed(arguments.cells))
    print_grid_errors(arguments.converged)
    print_elements()


def phases(contrast: float) -> list[float]:
    return [1.0, 0.35, contrast, 0.2]


def mixed(count: int, size: int = SIZE) -> np.ndarray:
    """Cells of all morphologies in turn, volume fractions 0.2 to 0.8."""
    return np.stack([cell(list(MORPHOLOGIES)[number % len(MORPHOLOGIES)], number, size) for number in range(count)])


def cell(name: str, seed: int, size: int = SIZE) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return MORPHOLOGIES[name](generator, size, generator.uniform(0.2, 0.8))


def print_times(images: np.ndarray) -> None:
    print(f"{len(images)} cells of {SIZE} x {SIZE} pixels, one core; largest relative error of a constant\n")
    print("| contrast | tolerance | steps, mean (most) | ms a cell | error of the iteration |")
    print("|---|---|---|---|---|")
    for contrast in CONTRASTS:
        exact = homogenise(images, phases(contrast), tolerance=EXACT)
        for tolerance in TOLERANCES:
            start = time.process_time()
            full = homogenise_full(images, phases(contrast), tolerance=tolerance)
            spent = 1e3 * (time.process_time() - start) / len(images)
            found = homogenise(images, phases(contrast), tolerance=tolerance)
            error = np.abs(found / exact - 1).max()
            steps = f"{full.steps.mean():.0f} ({full.steps.max()})"
            print(f"| {contrast:g} | {tolerance:g} | {steps} | {spent:.1f} | {error:.1e} |", flush=True)


def print_grid_errors(count: int) -> None:
    """Errors of the grid: pixels cut into ever smaller ones, against 8 x 8 of them and the extrapolated limit."""
    print(f"\nError of the grid of pixels: {count} cells a morphology, their pixels cut into r x r, against the")
    print("limit extrapolated from r = 4 and 8; root mean square (largest) over cells and constants, percent\n")
    print("| morphology | contrast | r = 1 | r = 2 | r = 4 | order |")
    print("|---|---|---|---|---|---|")
    for name in MORPHOLOGIES:
        images = np.stack([cell(name, seed) for seed in range(count)])
        for contrast in (10.0, 100.0):
            found = [
                homogenise(np.kron(images, np.ones((1, refine, refine), dtype=np.uint8)), phases(contrast))
                for refine in (1, 2, 4, REFERENCE_REFINE)
            ]
            ratio = np.linalg.norm(found[2] - found[1]) / max(np.linalg.norm(found[3] - found[2]), 1e-12)
            limit = found[3] + (found[3] - found[2]) / max(ratio - 1, 0.2)
            errors = [100 * np.abs(values / limit - 1) for values in found[:3]]
            texts = [f"{np.sqrt(np.mean(error**2)):.2f} ({error.max():.2f})" for error in errors]
            order = f"{np.log2(ratio):.1f}" if errors[0].max() > 1e-4 else "exact"
            print(f"| {name} | {contrast:g} | {' | '.join(texts)} | {order} |", flush=True)


def print_elements() -> None:
    """Agreement with finite elements on three cells."""
    from finite_elements import stiffness_by_elements

    rows, columns = (list(part) for part in zip(*[(i, i) for i in range(6)], strict=True))
    print(
        "\nFinite elements (scikit-fem) on cells of 32 x 32 pixels, contrast 10: difference of C11 ... C66, percent\n"
    )
    print("| cell | pixels as they are | cut into 8 x 8 | biquadratic elements, 4 x 4 a pixel |")
    print("|---|---|---|---|")
    young, poisson = np.array(phases(10.0)).reshape(2, 2).T
    for name in ("gaussian", "inclusions", "voronoi"):
        image = cell(name, 3, SIZE // 2)
        elements = [stiffness_by_elements(image, young, poisson, refine=fine)[rows, columns] for fine in (1, 2, 4)]
        limit = extrapolated(*elements)
        ours = []
        for fine in (1, 8):
            grid = np.kron(image, np.ones((fine, fine), dtype=np.uint8))
            ours.append(homogenise_full(grid[None], phases(10.0)).stiffness_gpa[0][rows, columns])
        texts = [f"{100 * np.abs(values / limit - 1).max():.2f}" for values in (*ours, elements[-1])]
        print(f"| {name} | {' | '.join(texts)} |", flush=True)


def extrapolated(coarse: np.ndarray, middle: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Limit of a sequence that converges geometrically (Aitken)."""
    return fine - (fine - middle) ** 2 / ((fine - middle) - (middle - coarse))


def draw(file: Path) -> None:
    """A cell of each morphology, with its stiffness at contrast 20."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(MORPHOLOGIES), figsize=(11, 3.1), layout="constrained")
    for ax, name in zip(axes, MORPHOLOGIES, strict=True):
        image = MORPHOLOGIES[name](np.random.default_rng(2), SIZE, 0.4)
        constants = dict(zip(CONSTANTS, homogenise(image[None], phases(20.0))[0], strict=True))
        ax.imshow(image, cmap="gray_r", interpolation="nearest")
        ax.set(xticks=[], yticks=[], title=name)
        ax.set_xlabel("\n".join(f"{key} {constants[key]:.2f}" for key in ("C11", "C22", "C66")) + " GPa")
    figure.savefig(file, dpi=110)


if __name__ == "__main__":
    main()
