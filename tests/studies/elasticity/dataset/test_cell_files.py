"""Datasets of cells: drawn, written, resumed and read."""

import hashlib

import numpy as np
import pyarrow.parquet as pq
import pytest
from cell_configs import config

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError
from relaxnet.studies.elasticity.dataset import writer
from relaxnet.studies.elasticity.dataset.drawing import draw
from relaxnet.studies.elasticity.dataset.grouping import groups
from relaxnet.studies.elasticity.dataset.reader import read
from relaxnet.studies.elasticity.physics.homogenise import ConvergenceError, homogenise


def digest(files):
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(writer, "SHARD_CELLS", 5)


def test_what_is_drawn_is_homogenised_and_read_back(tmp_path):
    done = []
    writer.write(tmp_path / "cells", config(), progress=done.append)
    cells, drawn = read(tmp_path / "cells"), draw(config())
    assert (len(cells), done) == (12, [12])
    np.testing.assert_array_equal(cells.images, drawn.images)
    np.testing.assert_array_equal(cells.phases, drawn.phases)
    np.testing.assert_array_equal(cells.morphology, drawn.morphology)
    np.testing.assert_allclose(cells.stiffness_gpa, homogenise(drawn.images, drawn.phases), rtol=1e-9)
    np.testing.assert_array_equal(cells.group, np.arange(12))
    np.testing.assert_array_equal(cells.fraction, drawn.images.mean(axis=(1, 2)))
    contrast = cells.phases[:, 2] / cells.phases[:, 0]
    assert ((contrast > 5) & (contrast < 50)).all()
    assert len(np.unique(contrast)) == 12


def test_the_same_bytes_twice_for_any_threads_and_after_an_interruption(tmp_path, small_shards, monkeypatch):
    files = writer.write(tmp_path / "one", config(workers=1))
    assert [file.name for file in files] == ["shard-0000.parquet", "shard-0001.parquet", "shard-0002.parquet"]
    assert digest(writer.write(tmp_path / "two", config(workers=2))) == digest(files)
    folder, calls = tmp_path / "three", []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return homogenise(*args, **kwargs)

    monkeypatch.setattr(writer, "homogenise", interrupted)
    with pytest.raises(KeyboardInterrupt):
        writer.write(folder, config())
    assert [file.name for file in folder.iterdir()] == ["shard-0000.parquet"]
    assert digest(writer.write(folder, config())) == digest(files)
    assert len(calls) == 4  # the first shard was kept


def test_a_cell_that_does_not_converge_is_named_by_its_number(tmp_path, small_shards, monkeypatch):
    def never(images, phases, **options):
        converges = options["first"] < 5
        return homogenise(images, phases, **options, max_iterations=2000 if converges else 1)

    monkeypatch.setattr(writer, "homogenise", never)
    with pytest.raises(ConvergenceError, match=r"^image 5: the residual is not within 0.0001 after 1 iterations$"):
        writer.write(tmp_path, config(workers=1))


def test_damaged_and_foreign_shards_are_made_again(tmp_path, small_shards):
    files = writer.write(tmp_path, config())
    expected = digest(files)
    content = bytearray(files[1].read_bytes())
    footer = int.from_bytes(content[-8:-4], "little")
    content[-9 - footer] ^= 1  # the last byte of the data: of them, and not of all else, there are checksums
    files[1].write_bytes(content)
    (tmp_path / "shard-0009.parquet").touch()
    assert digest(writer.write(tmp_path, config())) == expected
    assert len(list(tmp_path.iterdir())) == 3
    assert digest(writer.write(tmp_path, config(seed=4))) != expected


def test_a_larger_dataset_begins_with_the_smaller():
    few, many = draw(config()), draw(config(cells=20))
    np.testing.assert_array_equal(many.images[:12], few.images)
    np.testing.assert_array_equal(many.phases[:12], few.phases)


def test_no_cell_is_a_copy_of_another():
    drawn = draw(config(cells=60, morphologies={"laminate": 1}, volume_fraction=[0.45, 0.55]))
    assert len(np.unique(groups(drawn.images))) == 60


def test_copies_that_are_drawn_again_do_not_change_the_shares_of_the_morphologies():
    """Of 8 pixels many are copies, of 32 hardly any; the morphologies of the cells are the same."""
    options = {"cells": 100, "morphologies": {"gaussian": 1, "checkerboard": 1}, "volume_fraction": [0.5, 0.5]}
    small, large = (draw(config(size=size, **options)) for size in (8, 32))
    np.testing.assert_array_equal(small.morphology, large.morphology)


def test_more_cells_than_there_are_is_refused():
    few = {"size": 8, "morphologies": {"checkerboard": 1}, "volume_fraction": [0.5, 0.5], "cells": 200}
    with pytest.raises(
        InvalidInputError, match=r"simulate.cells = 200: must be fewer: after .* copies of them in morph"
    ):
        draw(config(**few))


def test_copies_are_of_one_group():
    images = draw(config()).images
    copies = [np.roll(images, (3, 5), axis=(1, 2)), images[:, ::-1], np.rot90(images, axes=(1, 2)),
              np.roll(images.swapaxes(1, 2), 1, axis=1)]  # fmt: skip
    np.testing.assert_array_equal(groups(np.concatenate([images, *copies])), np.tile(np.arange(12), 5))
    changed = images.copy()
    changed[:, 0, 0] ^= 1
    assert len(np.unique(groups(np.concatenate([images, changed])))) == 24


def test_what_is_no_dataset_of_cells_is_one_line(tmp_path, small_dataset):
    with pytest.raises(MissingFileError, match="no Parquet file found"):
        read(tmp_path)
    with pytest.raises(DataFileError, match="a Parquet file, but not a dataset of cells"):
        read(small_dataset)
    (tmp_path / "shard-0000.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataFileError, match="not a Parquet file, or damaged"):
        read(tmp_path)


def test_missing_and_mixed_shards_are_one_line(tmp_path, small_shards):
    files = writer.write(tmp_path / "one", config())
    other = writer.write(tmp_path / "other", config(seed=4))
    files[2].unlink()
    with pytest.raises(DataFileError, match="holds 10 cells: must be 12"):
        read(tmp_path / "one")
    files[2].write_bytes(other[2].read_bytes())
    with pytest.raises(DataFileError, match=r"shard-0002.parquet: belongs to another dataset than shard-0000.parquet"):
        read(tmp_path / "one")
    pq.write_table(pq.read_table(other[0]).drop(["group"]), files[0])
    with pytest.raises(DataFileError, match="its columns are not those of a dataset of cells"):
        read(tmp_path / "one")


# Of the numbers in a dataset (the file itself names the version of PyArrow).  It changes with the arithmetic of the
# study only: another machine, Python or NumPy must find the same.
RECORDED = "a64e8a0502c81dd2"


def test_the_numbers_are_the_recorded_ones_on_every_machine(tmp_path):
    writer.write(tmp_path, config())
    cells, content = read(tmp_path), hashlib.sha256()
    for values in (cells.images, cells.phases, cells.stiffness_gpa):
        content.update(np.ascontiguousarray(values).tobytes())
    assert content.hexdigest()[:16] == RECORDED
