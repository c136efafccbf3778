"""Copies of training cells have the constants that they would have if they were homogenised."""

import numpy as np
import pytest
from cells import source

from relaxnet.datasets.source import Part
from relaxnet.studies.elasticity.params import SymmetryConfig
from relaxnet.studies.elasticity.physics.homogenise import homogenise
from relaxnet.studies.elasticity.samples.symmetries import SymmetricCopies


def test_constants_go_with_the_copies():
    data = source(each=1)
    training = Part(data, np.array([0, 2, 3, 4]))
    every = SymmetryConfig(translations=True, turns=True, mirrors=True)
    inputs, targets = SymmetricCopies(training, every).draw(np.random.default_rng(7), 8)
    found = homogenise(inputs["image"][..., 0].astype(np.uint8), inputs["phases"].astype(np.float64))
    assert targets == pytest.approx(found, rel=1e-5)
    fractions = np.sort(inputs["image"].mean(axis=(1, 2, 3)))
    assert fractions == pytest.approx(np.sort(np.tile(data.cells.fraction[[0, 2, 3, 4]], 2)))  # each twice
    stored = data.cells.images[[0, 2, 3, 4]]
    assert not any((copy == image).all() for copy in inputs["image"][..., 0] for image in stored)


def test_without_any_symmetry_cells_stay_as_they_are():
    data = source(each=1)
    inputs, targets = SymmetricCopies(data, SymmetryConfig()).draw(np.random.default_rng(7), 5)
    order = [int(np.flatnonzero((data.targets == row).all(axis=1))[0]) for row in targets]
    assert sorted(order) == list(range(5))
    assert (inputs["image"][..., 0] == data.cells.images[order]).all()
