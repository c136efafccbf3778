"""Coulomb matrices."""

import numpy as np
import pytest
from geometries import chain
from hypothesis import given, settings
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.spectroscopy.physics.coulomb import coulomb_matrices, randomised

CHAIN = chain(4, "O")


def matrix(molecule=CHAIN):
    return coulomb_matrices(molecule.numbers, molecule.positions_angstrom)


def test_entries_are_those_of_the_definition():
    found, atoms = matrix()[0], len(CHAIN.numbers)
    for i in range(atoms):
        for j in range(atoms):
            zi, zj = int(CHAIN.numbers[i]), int(CHAIN.numbers[j])
            away_bohr = np.linalg.norm(CHAIN.positions_angstrom[i] - CHAIN.positions_angstrom[j]) / 0.529177210903
            assert found[i, j] == pytest.approx(0.5 * zi**2.4 if i == j else zi * zj / away_bohr, rel=1e-6)
    assert found.shape == (29, 29)
    assert not found[atoms:].any()
    assert not found[:, atoms:].any()


def test_padding_of_the_input_does_not_matter_nor_what_stands_there():
    numbers, positions = np.zeros((1, 29), dtype=np.int8), np.full((1, 29, 3), np.nan)
    numbers[0, : len(CHAIN.numbers)] = CHAIN.numbers
    positions[0, : len(CHAIN.numbers)] = CHAIN.positions_angstrom
    np.testing.assert_array_equal(coulomb_matrices(numbers, positions), matrix())


def test_a_turned_and_moved_molecule_has_the_same_matrix():
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    moved = CHAIN.positions_angstrom @ turn + [1.0, -2.0, 3.0]
    np.testing.assert_allclose(coulomb_matrices(CHAIN.numbers, moved), matrix(), rtol=1e-5)


@given(seed=st.integers(0, 2**32 - 1), noise=st.sampled_from([0.0, 1.0, 50.0]))
@settings(max_examples=25, deadline=None)
def test_randomised_matrices_are_of_the_same_molecule(seed, noise):
    """Its atoms in another order, and nothing else: symmetric, of the same eigenvalues, the empty rows last."""
    generator, before = np.random.default_rng(seed), matrix()
    after = randomised(before, noise, generator)
    np.testing.assert_array_equal(after, after.swapaxes(1, 2))
    np.testing.assert_allclose(np.linalg.eigvalsh(after), np.linalg.eigvalsh(before), atol=1e-4)
    np.testing.assert_array_equal(np.sort(after, axis=None), np.sort(before, axis=None))
    atoms = len(CHAIN.numbers)
    assert not after[:, atoms:].any()
    assert (np.diagonal(after[0])[:atoms] > 0).all()


def test_without_noise_rows_are_sorted_whatever_the_order_of_atoms():
    order = np.random.default_rng(3).permutation(len(CHAIN.numbers))
    shuffled = coulomb_matrices(CHAIN.numbers[order], CHAIN.positions_angstrom[order])
    found = randomised(shuffled, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(found, randomised(matrix(), 0.0, np.random.default_rng(1)), rtol=1e-5)
    assert (np.diff(np.linalg.norm(found[0], axis=1)) <= 1e-4).all()
    assert np.argmax(np.diagonal(found[0])) == 0  # oxygen


def test_noise_changes_the_order_of_rows_that_are_nearly_alike_only():
    generator = np.random.default_rng(4)
    drawn = np.concatenate([randomised(matrix(), 1.0, generator) for _ in range(200)])
    assert len(np.unique(drawn, axis=0)) > 100
    norms = np.linalg.norm(drawn, axis=2)
    assert norms[:, 0].min() > norms[:, 12].max()  # of heavy atoms, and of hydrogen


def test_the_same_generator_gives_the_same_matrices():
    first, second = (randomised(matrix(), 1.0, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("numbers", "positions", "words"),
    [
        ([1, -1], np.eye(3)[:2], r"^numbers = -1.0: must be atomic numbers, from 0 \(no atom\)$"),
        (np.ones(30), np.zeros((30, 3)), r"^numbers = shape \(1, 30\): must be of shape \(n, A\), A at most 29 atoms$"),
        ([1, 1], np.zeros((3, 3)), r"^positions_angstrom = shape \(1, 3, 3\): must be of shape \(1, 2, 3\)$"),
        ([1, 1], [[0, 0, 0], [0, 0, np.nan]], "^positions_angstrom = molecule 0: must be finite$"),
        ([1, 1], [[0, 0, 0], [0, 0, 0.2]], "molecule 0: two atoms 0.2 angstrom apart: must be of atoms at least 0.3"),
    ],
)
def test_what_is_no_molecule_is_one_line(numbers, positions, words):
    with pytest.raises(InvalidInputError, match=words):
        coulomb_matrices(numbers, positions)


@pytest.mark.parametrize("noise", [-1.0, np.nan, np.inf])
def test_noise_out_of_range_is_one_line(noise):
    with pytest.raises(InvalidInputError, match=rf"^noise = {noise}: must be a finite number from 0 \(hartree\)$"):
        randomised(matrix(), noise, np.random.default_rng(0))
