"""Molecules as samples: no order of atoms matters, orders change while training, spectra of any kind."""

from types import SimpleNamespace

import numpy as np
import pytest
from learning import molecules, source

from relaxnet.studies.spectroscopy.samples.augment import in_other_orders, open_augment
from relaxnet.studies.spectroscopy.samples.source import MoleculeSource, sorted_matrices
from relaxnet.studies.spectroscopy.samples.targets import energy_grid, spectrum

ALL = np.arange(6)


def test_the_order_of_atoms_in_a_file_does_not_matter():
    found = molecules(6)
    order = np.random.default_rng(3).permutation(29)
    one = sorted_matrices(found.numbers, found.positions_angstrom)
    other = sorted_matrices(found.numbers[:, order], found.positions_angstrom[:, order])
    # equal norms may stand in either order
    assert np.linalg.norm(other, axis=2) == pytest.approx(np.linalg.norm(one, axis=2), rel=1e-6)
    assert np.trace(other[..., 0], axis1=1, axis2=2) == pytest.approx(np.trace(one[..., 0], axis1=1, axis2=2))


def test_other_orders_are_of_the_same_molecule():
    data = source(6)
    given = data.inputs(ALL)
    found = in_other_orders(5.0, given, np.random.default_rng(1))["coulomb"][..., 0]
    assert (found != given["coulomb"][..., 0]).any(axis=(1, 2)).all()
    assert found == pytest.approx(found.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(found) == pytest.approx(np.linalg.eigvalsh(given["coulomb"][..., 0]), abs=1e-3)
    atoms = (data.molecules.numbers[ALL] > 0).sum(axis=1)
    assert [int((np.abs(matrix).sum(axis=1) > 0).argmin()) for matrix in found] == atoms.tolist()  # padding stays last


def test_a_generator_decides_the_orders():
    given = source(6).inputs(ALL)
    one, same, other = (in_other_orders(5.0, given, np.random.default_rng(seed))["coulomb"] for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_without_noise_nothing_is_changed():
    recipes = [SimpleNamespace(config=SimpleNamespace(coulomb_noise=noise)) for noise in (0.0, 1.0)]
    assert [open_augment(recipe, source(2)) is None for recipe in recipes] == [True, False]


@pytest.mark.parametrize(("sigma_ev", "points"), [(0.5, 300), (0.1, 700), (1.0, 100)])
def test_spectra_have_an_area_of_sixteen_whatever_they_look_like(sigma_ev, points):
    data = MoleculeSource(molecules(4), sigma_ev, energy_grid(points))
    assert data.targets.shape == (4, spectrum(points).width) == (4, points)
    assert data.targets.sum(axis=1) * data.grid.step_ev == pytest.approx(16.0, rel=1e-3)


def test_targets_are_trained_on_as_they_stand():
    targets = spectrum(60)
    scaling = targets.scaling(source(4).targets)
    assert (scaling.offset == 0).all()
    assert (scaling.scale == 1).all()
