"""Files of a dataset that say what they are of."""

from dataclasses import dataclass

import pyarrow as pa
import pytest

from relaxnet.core.errors import DataFileError, MissingFileError
from relaxnet.parquet.shards import finished, read_shard, read_shards, shard_files, table_bytes
from relaxnet.parquet.stamp import Stamp


@dataclass(frozen=True)
class Facts:
    rows: int
    maker: dict[str, int]


STAMP = Stamp("test.things", 3, "a dataset of things", Facts)
FACTS = Facts(4, {"seed": 1})
SCHEMA = pa.schema([pa.field("thing", pa.int32())])


def write(file, facts=FACTS, values=(1, 2), stamp=STAMP):
    table = pa.table({"thing": pa.array(values, pa.int32())}, schema=SCHEMA.with_metadata(stamp.encode(facts)))
    file.write_bytes(table_bytes(table))


def read(folder):
    return read_shards(folder, STAMP, lambda facts: SCHEMA)


def test_what_was_written_is_read_in_the_order_of_names(tmp_path):
    write(tmp_path / "shard-0001.parquet", values=[3, 4])
    write(tmp_path / "shard-0000.parquet")
    facts, tables = read(tmp_path)
    assert facts == FACTS
    assert [table["thing"].to_pylist() for table in tables] == [[1, 2], [3, 4]]


def test_equal_facts_give_equal_bytes():
    assert STAMP.encode(Facts(1, {"a": 1, "b": 2})) == STAMP.encode(Facts(1, {"b": 2, "a": 1}))


def test_shards_beyond_those_of_a_dataset_go(tmp_path):
    for name in ("shard-0000.parquet", "shard-0002.parquet", "shard-0001.parquet.part", "other.parquet"):
        (tmp_path / name).touch()
    assert [file.name for file in shard_files(tmp_path, 2)] == ["shard-0000.parquet", "shard-0001.parquet"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["other.parquet", "shard-0000.parquet"]


def test_a_shard_is_finished_if_it_is_whole_and_of_the_same_facts(tmp_path):
    shard = tmp_path / "shard-0000.parquet"
    assert finished(shard, STAMP, FACTS) is None
    write(shard)
    table = finished(shard, STAMP, FACTS)
    assert table is not None
    assert table["thing"].to_pylist() == [1, 2]
    assert finished(shard, STAMP, Facts(5, {"seed": 1})) is None
    shard.write_bytes(shard.read_bytes()[:-3])
    assert finished(shard, STAMP, FACTS) is None


def test_what_is_no_dataset_is_one_line(tmp_path):
    shard = tmp_path / "shard-0000.parquet"
    with pytest.raises(MissingFileError, match=r"no Parquet file found$"):
        read(tmp_path)
    shard.write_bytes(table_bytes(pa.table({"a": [1]})))
    words = r"^.*shard-0000.parquet: a Parquet file, but not a dataset of things \(key 'test.things'\)$"
    with pytest.raises(DataFileError, match=words):
        read(tmp_path)
    write(shard, stamp=Stamp("test.things", 2, "", Facts))
    with pytest.raises(DataFileError, match=r"dataset format 2: must be 3$"):
        read(tmp_path)
    for text in (b"{", b"[]", b'{"format": 3, "rows": 1}', b'{"rows": 1}'):
        shard.write_bytes(table_bytes(pa.table({"a": [1]}).replace_schema_metadata({b"test.things": text})))
        with pytest.raises(DataFileError, match=r"the metadata of the dataset are damaged$"):
            read_shard(shard, STAMP)
    shard.write_bytes(b"PAR1")
    with pytest.raises(DataFileError, match=r"not a Parquet file, or damaged \("):
        read(tmp_path)


def test_shards_that_do_not_belong_together_are_one_line(tmp_path):
    write(tmp_path / "shard-0000.parquet")
    write(tmp_path / "shard-0001.parquet", facts=Facts(4, {"seed": 2}))
    with pytest.raises(DataFileError, match=r"shard-0001.parquet: belongs to another dataset than shard-0000.parquet$"):
        read(tmp_path)
    (tmp_path / "shard-0001.parquet").unlink()
    with pytest.raises(DataFileError, match=r"shard-0000.parquet: its columns are not those of a dataset of things$"):
        read_shards(tmp_path, STAMP, lambda facts: pa.schema([("thing", pa.int64())]))
