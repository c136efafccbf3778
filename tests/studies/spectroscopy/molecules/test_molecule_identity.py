"""Which molecule a geometry is of."""

from importlib.util import find_spec

import numpy as np
import pytest
from geometries import PROPANOL, chain
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.studies.spectroscopy.molecules.identity import identity
from relaxnet.studies.spectroscopy.molecules.molecule import Molecule
from relaxnet.studies.spectroscopy.molecules.xyz import parse_molecule

CHAIN = chain(5, "O")


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_order_of_atoms_turns_mirrors_and_vibrations_do_not_matter(seed):
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(CHAIN.numbers))
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))  # mirrored in half of all cases
    places = CHAIN.positions_angstrom @ turn + generator.normal(0, 0.03, CHAIN.positions_angstrom.shape)
    assert identity(Molecule(CHAIN.numbers[order], places[order])) == identity(CHAIN)


def test_other_molecules_are_others():
    found = [identity(chain(carbons, end)) for carbons in (4, 5, 6, 7) for end in ("C", "O", "F")]
    assert len(set(found)) == 12
    isomer = parse_molecule(PROPANOL, "propanol")
    assert identity(isomer) not in found


def test_isomers_of_one_formula_are_others():
    """Where the hydrogen atom of propanol's oxygen is taken to the end of the chain."""
    propanol = parse_molecule(PROPANOL, "propanol")
    places = propanol.positions_angstrom.copy()
    places[11] = places[0] + [-0.6, 0.9, 0.0]
    other = Molecule(propanol.numbers, places)
    assert other.formula == propanol.formula
    assert identity(other) != identity(propanol)


@pytest.mark.slow
def test_it_is_the_connectivity_that_qm9_states():
    """Of 5000 molecules those with one InChI have one identity, unless it leaves open where a hydrogen atom is."""
    if find_spec("qm9pack") is None:  # importing it would need what newer setuptools lack
        pytest.skip("needs the extra spectroscopy")
    from relaxnet.studies.spectroscopy.molecules.qm9 import Qm9

    qm9 = Qm9()
    rows = np.arange(20_000, 25_000)
    of: dict[str, set[str]] = {}
    for molecule, inchi in zip(qm9.molecules(rows), qm9.inchi(rows), strict=True):
        of.setdefault(inchi, set()).add(identity(molecule))
    several = [inchi for inchi, found in of.items() if len(found) > 1]
    assert several
    assert all("(H" in inchi for inchi in several)  # mobile hydrogen: tautomers
