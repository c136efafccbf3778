"""Blocks of .xyz text, and files beside them."""

import numpy as np
import pytest
from geometries import PROPANOL, WATER, chain, xyz

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError
from relaxnet.studies.spectroscopy.molecules.folder import XyzFolder, read_levels
from relaxnet.studies.spectroscopy.molecules.molecule import Molecule
from relaxnet.studies.spectroscopy.molecules.xyz import parse_molecule, parse_xyz, read_xyz

# methane, as the files of QM9 have it
METHANE = """\
5
gdb 1\t157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t0.044749\t-40.47893\t-40.476062\t\
-40.475117\t-40.498597\t6.469
C\t-0.0126981359\t 1.0858041578\t 0.0080009958\t-0.535689
H\t 0.002150416\t-0.0060313176\t 0.0019761204\t 0.133921
H\t 1.0117308433\t 1.4637511618\t 2.765748*^-4\t 0.133922
H\t-0.540815069\t 1.4475266138\t-0.8766437152\t 0.133923
H\t-0.5238136345\t 1.4379326443\t 0.9063972942\t 0.133923
1341.307\t1341.3284\t1341.365\t1562.6731\t1562.7453\t3038.3205\t3151.6034\t3151.6788\t3151.7078
C\tC\t
InChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4
"""


def test_a_plain_block():
    numbers, positions = parse_xyz(WATER)
    assert numbers.tolist() == [8, 1, 1]
    np.testing.assert_array_equal(positions, [[0, 0, 0.1173], [0, 0.7572, -0.4692], [0, -0.7572, -0.4692]])


def test_blank_lines_around_a_block_do_not_matter():
    assert parse_xyz("\n" + WATER + "\n\n")[0].tolist() == [8, 1, 1]
    assert parse_xyz(WATER.replace("\n", "\r\n"))[0].tolist() == [8, 1, 1]


def test_a_file_of_qm9_tells_its_homo_and_smiles():
    found = parse_molecule(METHANE, "methane")
    assert (found.formula, found.smiles) == ("CH4", "C")
    assert found.homo_ev == pytest.approx(-0.3877 * 27.211386, rel=1e-6)
    assert found.positions_angstrom[2, 2] == 2.765748e-4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"^xyz, line 1 = \(missing\): must be the number of atoms$"),
        ("three\n\nO 0 0 0", "^xyz, line 1 = three: must be the number of atoms$"),
        ("-3\n", "^xyz, line 1 = -3: must be the number of atoms$"),
        ("0\n\n", "^xyz, number of atoms = 0: must be from 1 to 29$"),
        ("30\n\n" + "H 0 0 0\n" * 30, "^xyz, number of atoms = 30: must be from 1 to 29$"),
        ("4" + WATER[1:], "^xyz, lines of atoms = 3: must be as many as line 1 says: 4$"),
        ("2" + WATER[1:], "^xyz, line 5 = H 0 -0.7572 -0.4692: must be absent: line 1 says 2 atoms$"),
        (WATER.replace("O 0", "S 0"), "^xyz, line 3, element = S: must be one of H, C, N, O, F$"),
        (WATER.replace("O 0", "o 0"), "^xyz, line 3, element = o: must be one of H, C, N, O, F$"),
        (WATER.replace("0.7572 -0.4692", "0.7572", 1), "^xyz, line 4 = H 0 0.7572: must be an element and three numb"),
        (WATER.replace("0.1173", "0,1173"), "^xyz, line 3 = 0,1173: must be a finite number$"),
        (WATER.replace("0.1173", "nan"), "^xyz, line 3 = nan: must be a finite number$"),
        (WATER.replace("0.1173", "1_0"), "^xyz, line 3 = 1_0: must be a finite number$"),
        ("2\n\nH 0 0 0\nH 0 0 0.1\n", "^xyz, distance of atoms 1 and 2 = 0.1 angstrom: must be at least 0.3 angstrom$"),
        (METHANE.replace("-0.3877", "?"), r"^xyz, line 2, HOMO = \?: must be a finite number$"),
    ],
)
def test_what_is_no_block_is_one_line(text, words):
    with pytest.raises(InvalidInputError, match=words) as caught:
        parse_xyz(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("numbers", "positions", "words"),
    [
        ([16], [[0, 0, 0]], "^thing, atomic number = 16: must be one of 1, 6, 7, 8, 9"),
        ([1, 1], [[0, 0, 0]], r"^thing, positions = \(1, 3\): must be of shape \(2, 3\)$"),
        ([1], [[0, 0, np.inf]], "^thing, position of atom 1 = .*: must be finite$"),
    ],
)
def test_arrays_that_are_no_molecule(numbers, positions, words):
    with pytest.raises(InvalidInputError, match=words):
        Molecule(np.array(numbers, dtype=np.int8), np.array(positions, dtype=float), "thing")


@pytest.mark.parametrize(("end", "formula"), [("C", "C5H12"), ("O", "C4H10O"), ("F", "C4H9F")])
def test_formulas(end, formula):
    assert chain(4, end).formula == formula


@pytest.fixture
def folder(tmp_path):
    """Two molecules with levels, not in order."""
    for name, molecule in (("b", chain(4, "O")), ("a", chain(4, "C"))):
        (tmp_path / f"{name}.xyz").write_text(xyz(molecule))
        levels = "\n".join(map(str, np.linspace(-7, -20, 17)))
        (tmp_path / f"{name}.levels").write_text(f"{molecule.formula}\n{levels}\n")
    return tmp_path


def test_a_folder_in_the_order_of_names_with_levels_that_ascend(folder):
    source = XyzFolder(folder, levels=True)
    first, second = source.molecules(np.arange(2))
    assert (len(source), first.name, first.formula, second.formula) == (2, "a", "C5H12", "C4H10O")
    np.testing.assert_allclose(first.levels_ev, np.linspace(-20, -7, 17))
    (alone,) = XyzFolder(folder, levels=False).molecules(np.array([1]))
    assert alone.levels_ev is None
    np.testing.assert_allclose(alone.positions_angstrom, chain(4, "O").positions_angstrom, atol=1e-8)


def test_levels_of_another_molecule_are_one_line(folder):
    (folder / "a.levels").write_text((folder / "b.levels").read_text())
    allowed = r"must be C5H12, the formula of a.xyz: these are another molecule's levels$"
    with pytest.raises(InvalidInputError, match=rf"a.levels, line 1 = C4H10O: {allowed}"):
        XyzFolder(folder, levels=True).molecules(np.array([0]))


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", DataFileError, "a.levels: empty$"),
        (b"C5H12\n-7.0\nhigh\n", InvalidInputError, "a.levels, line 3 = high: must be a level in eV: one finite numb"),
        (b"C5H12\n-7.0 2\n", InvalidInputError, "a.levels, line 2 = -7.0 2: must be a level in eV"),
        (b"C5H12\ninf\n", InvalidInputError, "a.levels, line 2 = inf: must be a level in eV"),
        (b"\xff\xfe\xfd", DataFileError, "a.levels: not a readable text file"),
    ],
)
def test_what_is_no_file_of_levels_is_one_line(folder, content, kind, words):
    (folder / "a.levels").write_bytes(content)
    with pytest.raises(kind, match=words):
        read_levels(folder / "a.levels", read_and_named(folder))


def read_and_named(folder):
    (molecule,) = XyzFolder(folder, levels=False).molecules(np.array([0]))
    return molecule


def test_missing_files_are_one_line(folder):
    (folder / "a.levels").unlink()
    with pytest.raises(MissingFileError, match=r"a.levels: no such file$"):
        XyzFolder(folder, levels=True).molecules(np.array([0]))
    with pytest.raises(MissingFileError, match=r"nowhere: no such folder$"):
        XyzFolder(folder / "nowhere", levels=True)
    (folder / "empty").mkdir()
    with pytest.raises(MissingFileError, match=r"empty: no file \*.xyz found$"):
        XyzFolder(folder / "empty", levels=False)
    with pytest.raises(MissingFileError, match=r"c.xyz: no such file$"):
        read_xyz(folder / "c.xyz")


def test_a_geometry_that_cannot_be_read_is_named(folder):
    (folder / "a.xyz").write_text(PROPANOL.replace("O   1.7", "Xx  1.7"))
    with pytest.raises(InvalidInputError, match=r"a.xyz, line 6, element = Xx: must be one of H, C, N, O, F$"):
        XyzFolder(folder, levels=False).molecules(np.array([0]))
