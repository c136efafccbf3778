"""Datasets of molecules: drawn, written in parallel, resumed and read."""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from geometries import PROPANOL, chain, xyz

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError, MissingExtraError, MissingFileError
from relaxnet.studies.spectroscopy.dataset import making, writer
from relaxnet.studies.spectroscopy.dataset.config import SimulateConfig, ValidateConfig
from relaxnet.studies.spectroscopy.dataset.reader import read, read_dataset

COUNT = 12


def config(**changes):
    return parse(SimulateConfig, {"seed": 3, "folder": "xyz", "levels": "files"} | changes, "simulate")


@pytest.fixture
def root(tmp_path):
    """A project with a folder of geometries and levels; one molecule has too few, and two are copies."""
    folder = tmp_path / "xyz"
    folder.mkdir()
    for number in range(COUNT):
        molecule = chain(4 + number % 4, "CO"[number % 2], seed=number)
        (folder / f"m{number:02d}.xyz").write_text(xyz(molecule))
        levels = np.linspace(-7 - number, -20 - number, 20 if number != 5 else 15)
        (folder / f"m{number:02d}.levels").write_text("\n".join([molecule.formula, *map(str, levels)]) + "\n")
    return tmp_path


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(writer, "SHARD_MOLECULES", 5)


def digest(files):
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def test_what_is_in_a_folder_is_read_back(root):
    done = []
    writer.write(root / "data", config(), root=root, progress=done.append)
    molecules = read(root / "data")
    assert (len(molecules), sum(done)) == (COUNT - 1, COUNT)
    assert sorted(molecules.name) == [f"m{number:02d}" for number in range(COUNT) if number != 5]
    for row, name in enumerate(molecules.name):
        number = int(name[1:])
        expected = chain(4 + number % 4, "CO"[number % 2], seed=number)
        atoms = len(expected.numbers)
        assert molecules.numbers[row, :atoms].tolist() == expected.numbers.tolist()
        assert not molecules.numbers[row, atoms:].any()
        assert not molecules.positions_angstrom[row, atoms:].any()
        np.testing.assert_allclose(molecules.positions_angstrom[row, :atoms], expected.positions_angstrom, atol=1e-8)
        np.testing.assert_allclose(molecules.levels_ev[row], np.linspace(-20, -7, 20)[4:] - number, atol=1e-6)
    assert np.isnan(molecules.homo_ev).all()
    assert (np.diff(molecules.number) > 0).all()


def test_geometries_of_one_molecule_are_of_one_group(root):
    writer.write(root / "data", config(), root=root)
    molecules = read(root / "data")
    kinds = [(int(name[1:]) % 4, int(name[1:]) % 2) for name in molecules.name]
    assert len(set(kinds)) == len(np.unique(molecules.group)) == 4
    assert len({(kind, group) for kind, group in zip(kinds, molecules.group, strict=True)}) == 4
    assert molecules.group[0] == 0


def test_what_is_dropped_is_listed_with_its_reason(root):
    writer.write(root / "data", config(), root=root)
    (one,) = read_dataset(root / "data").dropped
    assert (one.name, one.reason) == ("m05", "fewer than 16 occupied levels")
    listed = json.loads((root / "data" / "dropped.json").read_text())
    assert (listed["drawn"], listed["kept"]) == (COUNT, COUNT - 1)
    assert listed["dropped"] == {
        "odd number of electrons": 0, "fewer than 16 occupied levels": 1, "levels not converged": 0
    }  # fmt: skip
    assert listed["molecules"] == [{"number": one.number, "name": "m05", "smiles": "", "reason": one.reason}]


def test_a_larger_dataset_begins_with_the_smaller_one(root):
    small, large = (writer.write(root / f"d{n}", config(molecules=n), root=root) for n in (5, 9))
    small, large = (read_dataset(files[0].parent) for files in (small, large))
    names = [
        {**dict(zip(one.molecules.number.tolist(), one.molecules.name.tolist(), strict=True)),
         **{dropped.number: dropped.name for dropped in one.dropped}}
        for one in (small, large)
    ]  # fmt: skip
    assert names[0] == {number: name for number, name in names[1].items() if number < 5}
    other = read(writer.write(root / "other", config(molecules=5, seed=4), root=root)[0].parent)
    assert set(other.name) != set(small.molecules.name)


def test_the_same_bytes_for_any_processes_and_after_an_interruption(root, small_shards):
    files = writer.write(root / "one", config(workers=1), root=root)
    assert [file.name for file in files] == ["shard-0000.parquet", "shard-0001.parquet", "shard-0002.parquet"]
    assert digest(writer.write(root / "two", config(workers=2), root=root)) == digest(files)

    def interrupted(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writer.write(root / "three", config(workers=1), root=root, progress=interrupted)
    (kept,) = (root / "three").iterdir()
    before = kept.stat().st_mtime_ns
    assert digest(writer.write(root / "three", config(workers=2), root=root)) == digest(files)
    assert kept.stat().st_mtime_ns == before


def test_damaged_foreign_and_outdated_shards_are_made_again(root, small_shards):
    files = writer.write(root / "data", config(), root=root)
    expected = digest(files)
    content = bytearray(files[1].read_bytes())
    footer = int.from_bytes(content[-8:-4], "little")
    content[-9 - footer] ^= 1  # the last byte of the data: of them, and not of all else, there are checksums
    files[1].write_bytes(content)
    files[2].write_bytes(writer.write(root / "other", config(seed=4), root=root)[2].read_bytes())
    (root / "data" / "shard-0009.parquet").touch()
    assert digest(writer.write(root / "data", config(), root=root)) == expected
    assert not (root / "data" / "shard-0009.parquet").exists()
    levels = (root / "xyz" / "m03.levels").read_text()
    (root / "xyz" / "m03.levels").write_text(levels.replace("-10.0\n", "-9.5\n"))
    writer.write(root / "data", config(), root=root)
    molecules = read(root / "data")
    assert molecules.levels_ev[molecules.name == "m03", -1] == -9.5


def test_levels_are_computed_with_one_thread_a_process_and_the_same_for_any_number(root, small_shards):
    pytest.importorskip("tblite", reason="needs the extra spectroscopy")
    files = [writer.write(root / f"w{n}", config(levels="gfn2-xtb", workers=n), root=root) for n in (1, 2)]
    assert digest(files[0]) == digest(files[1])
    dataset = read_dataset(root / "w1")
    assert len(dataset.molecules) + len(dataset.dropped) == COUNT
    assert (np.diff(dataset.molecules.levels_ev) >= 0).all()
    levels = making.highest_levels(
        dataset.molecules.numbers[0][dataset.molecules.numbers[0] > 0],
        dataset.molecules.positions_angstrom[0][dataset.molecules.numbers[0] > 0],
    )
    np.testing.assert_allclose(dataset.molecules.levels_ev[0], levels, atol=1e-4)


def test_no_molecule_with_levels_is_one_line(root):
    for file in (root / "xyz").iterdir():
        file.unlink()
    (root / "xyz" / "p.xyz").write_text(PROPANOL)
    (root / "xyz" / "p.levels").write_text("C3H8O\n-9.0\n")
    with pytest.raises(DataFileError, match=r"no molecule has levels that can be used: fewer than 16 occupied le"):
        writer.write(root / "data", config(), root=root)


def test_more_molecules_than_there_are_is_one_line(root):
    with pytest.raises(InvalidInputError, match=r"^simulate.molecules = 13: must be at most 12, as many as there are$"):
        writer.write(root / "data", config(molecules=13), root=root)
    assert not (root / "data").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"molecules": 0}, "^simulate.molecules = 0: must be greater than or equal to 1"),
        ({"levels": "dft"}, "^simulate.levels = dft: must be 'gfn2-xtb' or 'files'$"),
        ({"folder": None}, "must be given with a folder, where levels are files: QM9 has none$"),
        ({"folder": ""}, "^simulate.folder = "),
        ({"seed": -1}, "^simulate.seed = -1: must be greater than or equal to 0$"),
        ({"workers": 0}, "^simulate.workers = 0: must be greater than or equal to 1$"),
        ({"sigma_ev": 0.1}, "^simulate.sigma_ev = 0.1: must be absent; known keys: molecules, seed, folder, levels"),
    ],
)
def test_a_config_out_of_range_is_one_line(changes, words):
    with pytest.raises(InvalidInputError, match=words):
        config(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sigma_ev": 0.05}, r"^validate.sigma_ev = 0.05: must be from 0.07525 \(0.75 steps of the grid\) to 5$"),
        ({"points": 15}, r"^validate.points = 15: must be greater than or equal to 16$"),
        ({"homo_rank_correlation": 1.2}, r"^validate.homo_rank_correlation = 1.2: must be less than or equal to 1$"),
        ({"area_tolerance": 0.0}, r"^validate.area_tolerance = 0.0: must be greater than 0$"),
    ],
)
def test_bounds_out_of_range_are_one_line(changes, words):
    values = {"sigma_ev": 0.3, "points": 300, "area_tolerance": 0.01, "homo_rank_correlation": 0.8}
    with pytest.raises(InvalidInputError, match=words):
        parse(ValidateConfig, values | changes, "validate")


@pytest.mark.parametrize(("changes", "package"), [({}, "tblite"), ({"folder": None}, "qm9pack")])
def test_a_missing_package_is_told_before_anything_is_done(root, monkeypatch, changes, package):
    monkeypatch.setattr("relaxnet.core.errors.find_spec", lambda name: None)
    asked = config(**{"levels": "gfn2-xtb", **changes})
    for action in (lambda: writer.write(root / "data", asked, root=root), lambda: writer.data_code(asked)):
        with pytest.raises(MissingExtraError, match=rf'{package}\) needs more: pip install "\.\[spectroscopy\]"'):
            action()
    assert not (root / "data").exists()


def test_what_is_no_dataset_of_molecules_is_one_line(root):
    with pytest.raises(MissingFileError, match="no Parquet file found"):
        read(root)
    pq.write_table(pa.table({"a": [1]}), root / "shard-0000.parquet")
    with pytest.raises(DataFileError, match="a Parquet file, but not a dataset of molecules"):
        read(root)
    (root / "shard-0000.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataFileError, match="not a Parquet file, or damaged"):
        read(root)


def test_missing_and_mixed_shards_are_one_line(root, small_shards):
    files = writer.write(root / "one", config(), root=root)
    other = writer.write(root / "other", config(seed=4), root=root)
    files[2].unlink()
    with pytest.raises(DataFileError, match=r"holds \d+ molecules, and \d were dropped: must be 12 in all$"):
        read(root / "one")
    files[2].write_bytes(other[2].read_bytes())
    with pytest.raises(DataFileError, match=r"shard-0002.parquet: belongs to another dataset than shard-0000.parquet"):
        read(root / "one")
    pq.write_table(pq.read_table(other[0]).drop(["identity"]), files[0])
    with pytest.raises(DataFileError, match="its columns are not those of a dataset of molecules"):
        read(root / "one")
    table = pq.read_table(other[0])
    told = {key: value for key, value in table.schema.metadata.items() if not key.endswith(b".draw")}
    pq.write_table(table.replace_schema_metadata(told), other[0])
    with pytest.raises(DataFileError, match="the metadata of the dataset are damaged"):
        read(root / "other")
