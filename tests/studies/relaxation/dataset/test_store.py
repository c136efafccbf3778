import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relaxnet.core.errors import DataFileError
from relaxnet.studies.relaxation.dataset import Dataset, select, shards, write_dataset, write_single, writer
from relaxnet.studies.relaxation.physics import chr_program, describe, simulate_many

PROGRAM = chr_program([1.0, 10.0])


@pytest.fixture
def sets():
    return select("G", 40, seed=3).parameters()


def shard_bytes(folder):
    return [path.read_bytes() for path in sorted(folder.glob("*.parquet"))]


def one_line(error):
    text = str(error.value)
    assert "\n" not in text
    return text


def test_round_trip_stays_within_the_error_contract(small_dataset):
    dataset = Dataset(small_dataset)
    quartets = select("C", 12, seed=5)
    np.testing.assert_array_equal(dataset.parameters(), quartets.parameters())
    fine = simulate_many(dataset.parameters(), dataset.metadata.program, nodes=4000)
    low, high = dataset.temperature_span_k()
    grid = np.linspace(low - 20.0, high + 20.0, 4000)
    exact = fine.on_grid(grid)
    height = np.maximum(exact.max(axis=(1, 2)), 1.0)
    decoded = dataset.signals().on_grid(grid, np.float32)
    assert decoded.shape == (12, 6, 4000)
    assert decoded.dtype == np.float32
    error = np.abs(decoded - exact).max(axis=(1, 2)) / height
    assert error[height <= 6].max() <= 1e-4
    assert error.max() <= 1e-3


def test_scalars_belong_to_their_rows(small_dataset):
    dataset = Dataset(small_dataset)
    table, quartets = dataset.scalars(), select("C", 12, seed=5)
    assert table["quartet"].tolist() == list(range(12))
    assert table["i"].tolist() == quartets.i.tolist()
    assert table["beta_index"].tolist() == quartets.beta_index.tolist()
    signals = simulate_many(dataset.parameters())
    heights = describe(signals).cp_n_max
    np.testing.assert_allclose(table["cp_n_max"], heights.max(axis=1), rtol=1e-3)
    np.testing.assert_allclose(table["cp_n_max_2"], heights[:, 2], rtol=1e-3)
    np.testing.assert_allclose(table["glass_fictive_k_5"], signals.glass_fictive_k[:, 5], rtol=1e-9)


def test_metadata_tells_origin_and_program(small_dataset):
    metadata = Dataset(small_dataset).metadata
    assert (metadata.source, metadata.quartets, metadata.seed, metadata.scans) == ("C", 12, 5, 6)
    assert metadata.program == chr_program()


def test_temperature_span_holds_all_movement(small_dataset):
    dataset = Dataset(small_dataset)
    low, high = dataset.temperature_span_k()
    outside = dataset.signals().on_grid(np.r_[np.linspace(low - 60, low - 1, 50), np.linspace(high + 1, high + 60, 50)])
    assert np.minimum(np.abs(outside), np.abs(outside - 1)).max() < 2e-3
    assert 20.0 < high - low < 1850.0


def test_resume_keeps_finished_shards(tmp_path, sets, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 16)
    folder, done = tmp_path / "data", []

    def stop_in_the_second_shard(count):
        done.append(count)
        if sum(done) == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^1 of 3 shards are finished and kept, run again to go on$"):
        write_dataset(folder, sets, source="G", program=PROGRAM, progress=stop_in_the_second_shard)
    assert [path.name for path in folder.iterdir()] == ["shard-00000.parquet"]
    kept = (folder / "shard-00000.parquet").stat()
    with pytest.raises(DataFileError, match="holds 16 quartets: must be 40"):
        Dataset(folder)
    done.clear()
    written = write_dataset(folder, sets, source="G", program=PROGRAM, progress=done.append)
    assert len(written) == 3
    assert sum(done) == 40
    again = (folder / "shard-00000.parquet").stat()
    assert (again.st_ino, again.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)
    write_dataset(tmp_path / "whole", sets, source="G", program=PROGRAM)
    assert shard_bytes(folder) == shard_bytes(tmp_path / "whole")
    np.testing.assert_array_equal(Dataset(folder).parameters(), sets)


def test_shards_of_other_parameters_are_not_kept(tmp_path, sets):
    write_dataset(tmp_path, sets[:8], source="parameters", program=PROGRAM)
    write_dataset(tmp_path, sets[8:16], source="parameters", program=PROGRAM)
    np.testing.assert_array_equal(Dataset(tmp_path).parameters(), sets[8:16])


def cut_in_half(content):
    return content[: len(content) // 2]


def one_byte_flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [cut_in_half, one_byte_flipped, lambda content: b""])
def test_a_damaged_shard_is_told_and_written_again(tmp_path, sets, damage):
    (shard,) = write_dataset(tmp_path, sets[:8], source="G", program=PROGRAM)
    whole, notices = shard.read_bytes(), []
    shard.write_bytes(damage(whole))
    write_dataset(tmp_path, sets[:8], source="G", program=PROGRAM, notice=notices.append)
    (notice,) = notices
    assert notice.startswith(f"{shard}: damaged (")
    assert notice.endswith("), simulated again")
    assert "\n" not in notice
    assert shard.read_bytes() == whole


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
def test_a_flipped_bit_of_the_data_is_found_in_reading(tmp_path, small_dataset, share):
    content = bytearray((small_dataset / "shard-00000.parquet").read_bytes())
    signals = pq.ParquetFile(small_dataset / "shard-00000.parquet").metadata.row_group(0)
    last = signals.column(signals.num_columns - 1)
    assert last.path_in_schema == "cp_n.list.element"
    content[last.data_page_offset + int(share * last.total_compressed_size)] ^= 1
    path = tmp_path / "flipped.parquet"
    path.write_bytes(content)
    dataset = Dataset(path)
    with pytest.raises(DataFileError, match=r"flipped\.parquet: damaged \(.*CRC checksum") as error:
        dataset.signals()
    one_line(error)


def test_leftovers_of_killed_writes_are_removed(tmp_path, sets):
    (tmp_path / "shard-00000.parquet.part").write_bytes(b"PAR1 and then")
    (tmp_path / "shard-00007.parquet").write_bytes(b"of a larger dataset")
    (shard,) = write_dataset(tmp_path, sets[:4], source="G", program=PROGRAM)
    assert list(tmp_path.iterdir()) == [shard]


def test_storage_is_small(tmp_path):
    sets = select("C", 64, seed=1).parameters()
    write_dataset(tmp_path / "shards", sets, source="C", program=chr_program())
    write_single(tmp_path / "single.parquet", sets, chr_program())
    for path in (tmp_path / "shards" / "shard-00000.parquet", tmp_path / "single.parquet"):
        assert 0.8 < path.stat().st_size / (writer.BYTES_A_SCAN * 6 * 64) <= 1.1  # 64 quartets share one footer


def test_single_file_of_ones_own_parameters(tmp_path, sets):
    path = tmp_path / "own.parquet"
    write_single(path, sets, PROGRAM)
    assert [entry.name for entry in tmp_path.iterdir()] == ["own.parquet"]
    dataset = Dataset(path)
    assert dataset.metadata.source == "parameters"
    np.testing.assert_array_equal(dataset.parameters(), sets)
    np.testing.assert_array_equal(dataset.signals().cp_n, simulate_many(sets, PROGRAM, dtype=np.float32).cp_n)


def test_interrupted_single_file_goes_on_where_it_stopped(tmp_path, sets, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 16)
    done = []

    def stop(count):
        done.append(count)
        if sum(done) == 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="2 of 3 shards are finished and kept"):
        write_single(tmp_path / "own.parquet", sets, PROGRAM, progress=stop)
    assert not (tmp_path / "own.parquet").exists()
    done.clear()
    write_single(tmp_path / "own.parquet", sets, PROGRAM, progress=done.append)
    assert done == [32, 8]
    assert [entry.name for entry in tmp_path.iterdir()] == ["own.parquet"]
    np.testing.assert_array_equal(Dataset(tmp_path / "own.parquet").parameters(), sets)


def test_leftovers_of_other_killed_calls_are_removed(tmp_path, sets):
    (tmp_path / ".own.parquet.0123456789ab.shards").mkdir()
    (tmp_path / ".own.parquet.0123456789ab.shards.lock").touch()
    write_single(tmp_path / "own.parquet", sets[:3], PROGRAM)
    assert [entry.name for entry in tmp_path.iterdir()] == ["own.parquet"]


def test_single_file_interrupted_at_once_leaves_nothing(tmp_path, sets):
    def stop(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_single(tmp_path / "own.parquet", sets, PROGRAM, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [0, 3, 500, -20])
def test_truncated_file(tmp_path, small_dataset, keep):
    whole = (small_dataset / "shard-00000.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:keep])
    with pytest.raises(DataFileError, match="not a Parquet file, or truncated") as error:
        Dataset(tmp_path / "cut.parquet")
    assert str(tmp_path / "cut.parquet") in one_line(error)


def test_no_parquet_at_all(tmp_path):
    (tmp_path / "text.parquet").write_text("ln_a,dh\n1,2\n")
    with pytest.raises(DataFileError, match="not a Parquet file") as error:
        Dataset(tmp_path / "text.parquet")
    one_line(error)


@pytest.mark.parametrize("name", ["missing.parquet", "missing", "."])
def test_missing_file_and_empty_folder(tmp_path, name):
    with pytest.raises(DataFileError, match=r"no Parquet file found|no such file") as error:
        Dataset(tmp_path / name)
    one_line(error)


def test_foreign_parquet(tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "foreign.parquet")
    with pytest.raises(DataFileError, match="but not a relaxnet dataset") as error:
        Dataset(tmp_path / "foreign.parquet")
    one_line(error)


def test_shards_of_two_datasets_do_not_mix(tmp_path, small_dataset, sets):
    shutil.copytree(small_dataset, tmp_path / "mixed")
    write_single(tmp_path / "mixed" / "shard-00001.parquet", sets[:3], chr_program())
    with pytest.raises(DataFileError, match="belongs to another dataset") as error:
        Dataset(tmp_path / "mixed")
    one_line(error)


def test_full_disk_is_refused_before_anything_is_computed(tmp_path, sets, monkeypatch):
    needed_bytes = 40 * 2 * writer.BYTES_A_SCAN
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=needed_bytes - 10_000))
    monkeypatch.setattr(shards, "simulate_many", lambda *args, **options: pytest.fail("computed all the same"))
    numbers = f"40 quartets need up to {needed_bytes / 1e6:.2f} MB, the disk has {needed_bytes / 1e6 - 0.01:.2f} MB"
    with pytest.raises(DataFileError, match=numbers) as error:
        write_dataset(tmp_path / "data", sets, source="G", program=PROGRAM)
    one_line(error)
    assert not (tmp_path / "data").exists()
    with pytest.raises(DataFileError, match="40 quartets need up to"):  # the shards and the file beside them
        write_single(tmp_path / "own.parquet", sets, PROGRAM)
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_write_into_one_folder(tmp_path, sets):
    def another_run(count):
        with pytest.raises(DataFileError, match="G: another run is writing here") as error:
            write_dataset(tmp_path / "G", sets[:4], source="G", program=PROGRAM)
        one_line(error)

    write_dataset(tmp_path / "G", sets[:4], source="G", program=PROGRAM, progress=another_run)
    write_dataset(tmp_path / "G", sets[:4], source="G", program=PROGRAM)
    assert [entry.name for entry in tmp_path.iterdir()] == ["G"]  # no lock is left, neither in it nor beside it


def test_only_missing_shards_need_room(tmp_path, sets, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_QUARTETS", 16)
    *_, last = write_dataset(tmp_path, sets, source="G", program=PROGRAM)
    last.unlink()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=8 * 2 * writer.BYTES_A_SCAN))
    write_dataset(tmp_path, sets, source="G", program=PROGRAM)
    assert last.exists()


def test_a_large_run_tells_its_size(tmp_path, sets, monkeypatch):
    monkeypatch.setattr(writer, "LARGE_BYTES", 1e4)
    notices = []
    write_dataset(tmp_path, sets, source="G", program=PROGRAM, notice=notices.append)
    assert notices == ["40 quartets to simulate, about 0.07 MB in 1 shards"]


def test_disk_that_fills_up_while_writing(tmp_path, sets, monkeypatch):
    whole = Path.write_bytes

    def half_a_file(path, content):
        whole(path, content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half_a_file)
    with pytest.raises(DataFileError, match="No space left on device") as error:
        write_dataset(tmp_path / "data", sets[:4], source="G", program=PROGRAM)
    one_line(error)
    assert list(tmp_path.iterdir()) == []
