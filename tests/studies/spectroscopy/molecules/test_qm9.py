"""QM9, as qm9pack has it."""

import sys

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingExtraError
from relaxnet.studies.spectroscopy.molecules import qm9
from relaxnet.studies.spectroscopy.molecules.qm9 import PARTS, Qm9, qm9pack_folder

HEADER = "XYZ_file,Index,SMILES,InChi,Elements,XYZ_Ang,HOMO_au\n"
ROW = (
    '"dsgdb9nsd_00000{n}.xyz",{n},"O","InChI=1S/H2O/h1H2","[\'O\',\'H\',\'H\']",'
    '"[[-0.0343604951,0.9775395708,7.6E-3],[0.0647664923,0.,0.0015346341],[0.8717903737,1.3007924048,1.]]",-0.2928\n'
)


@pytest.fixture
def folder(tmp_path):
    for number, part in enumerate(PARTS):
        (tmp_path / part).write_text(HEADER + ROW.format(n=2 * number + 1) + ROW.format(n=2 * number + 2))
    return tmp_path


def test_rows_of_all_files_become_molecules(folder):
    source = Qm9(folder)
    assert len(source) == 6
    first, last = source.molecules(np.array([5, 0]))
    assert (first.name, last.name, first.smiles, first.formula) == ("dsgdb9nsd_000006", "dsgdb9nsd_000001", "O", "H2O")
    assert first.homo_ev == pytest.approx(-7.9675, abs=1e-4)
    np.testing.assert_array_equal(first.positions_angstrom[0], [-0.0343604951, 0.9775395708, 0.0076])
    np.testing.assert_array_equal(first.positions_angstrom[1], [0.0647664923, 0.0, 0.0015346341])
    assert source.inchi(np.array([1])) == ["InChI=1S/H2O/h1H2"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("'O','H'", "'S','H'", "^dsgdb9nsd_000001, element = S: must be one of H, C, N, O, F$"),
        ("0.9775395708", "__import__('os')", r"^dsgdb9nsd_000001, XYZ_Ang = .*: must be a list of triples of numbers$"),
        (",[0.8717903737,1.3007924048,1.]", "", r"^dsgdb9nsd_000001, positions = \(2, 3\): must be of shape \(3, 3\)$"),
        ("-0.2928", "low", "^dsgdb9nsd_000001, HOMO_au = low: must be a number$"),
        ("0.9775395708", "-", "^dsgdb9nsd_000001, XYZ_Ang = .*: must be a list of triples of numbers$"),
    ],
)
def test_what_is_no_molecule_is_one_line(folder, old, new, words):
    (folder / PARTS[0]).write_text(HEADER + ROW.format(n=1).replace(old, new))
    with pytest.raises(InvalidInputError, match=words):
        Qm9(folder).molecules(np.array([0]))


def test_what_is_no_file_of_qm9_is_one_line(folder):
    (folder / PARTS[1]).write_text("a,b\n1,2\n")
    with pytest.raises(DataFileError, match=rf"{PARTS[1]}: not a file of QM9 \("):
        Qm9(folder)
    (folder / PARTS[1]).unlink()
    with pytest.raises(DataFileError, match=rf"{PARTS[1]}: not a file of QM9 \("):
        Qm9(folder)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("relaxnet.core.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'qm9pack\) needs more: pip install "\.\[spectroscopy\]"'):
        Qm9()


def test_the_package_is_found_and_not_imported():
    if qm9.find_spec("qm9pack") is None:
        pytest.skip("needs the extra spectroscopy")
    assert all((qm9pack_folder() / part).is_file() for part in PARTS)
    assert "qm9pack" not in sys.modules
