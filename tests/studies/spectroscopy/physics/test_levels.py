"""Levels by GFN2-xTB."""

import builtins

import numpy as np
import pytest
from geometries import PROPANOL, WATER, chain

from relaxnet.core.errors import MissingExtraError
from relaxnet.studies.spectroscopy.molecules.xyz import parse_xyz
from relaxnet.studies.spectroscopy.physics import levels
from relaxnet.studies.spectroscopy.physics.levels import FEW, LEVELS, NOT_CONVERGED, ODD, highest_levels

RECORDED_EV = (-17.202, -10.083, -9.203)  # the lowest of 16 and the two highest


@pytest.fixture
def tblite():
    return pytest.importorskip("tblite", reason="needs the extra spectroscopy")


def test_a_molecule_has_its_16_highest_levels(tblite):
    """A disordered butanol has just 16; the numbers are those of tblite 0.8."""
    molecule = chain(4, "O")
    found = highest_levels(molecule.numbers, molecule.positions_angstrom)
    assert found.shape == (LEVELS,)
    assert (np.diff(found) >= 0).all()
    assert found[[0, -2, -1]] == pytest.approx(RECORDED_EV, abs=1e-3)  # converged to 3e-4 eV


def test_levels_do_not_depend_on_place_and_order(tblite):
    molecule = chain(5, "C")
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    order = np.random.default_rng(3).permutation(len(molecule.numbers))
    found = highest_levels(molecule.numbers, molecule.positions_angstrom)
    other = highest_levels(molecule.numbers[order], (molecule.positions_angstrom @ turn + 3.0)[order])
    np.testing.assert_allclose(other, found, atol=1e-3)  # converged to 3e-4 eV


def test_why_a_molecule_has_no_levels(tblite, monkeypatch):
    assert highest_levels(*parse_xyz(WATER)) == FEW
    assert highest_levels([8, 1], [[0, 0, 0], [0, 0, 0.97]]) == ODD
    from tblite.interface import Calculator

    set_option = Calculator.set
    monkeypatch.setattr(
        Calculator, "set", lambda self, name, value: (set_option(self, name, value), set_option(self, "max-iter", 1))
    )
    assert highest_levels(*parse_xyz(PROPANOL)) == NOT_CONVERGED


def test_fewer_electrons_than_levels_are_told_by_their_number(tblite):
    """Propanol has 13 occupied levels of valence electrons, and butanol has 16."""
    assert highest_levels(*parse_xyz(PROPANOL)) == FEW
    molecule = chain(4, "O")
    assert not isinstance(highest_levels(molecule.numbers, molecule.positions_angstrom), str)


def test_without_the_package_the_extra_is_named(monkeypatch):
    def missing(name, *args, **kwargs):
        if name.startswith("tblite"):
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.setattr("relaxnet.core.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'tblite\) needs more: pip install "\.\[spectroscopy\]"'):
        levels.highest_levels(*parse_xyz(WATER))
