import re

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError, first_line
from relaxnet.core.tables import check_flags, check_numbers, read_frame, read_numbers


def write(folder, text):
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_in_any_order_with_blanks_and_a_byte_order_mark(tmp_path):
    table = read_numbers(write(tmp_path, "\ufeffb, a\n1, 2\n\n3,4e0\n"), ("a", "b"))
    assert {name: values.tolist() for name, values in table.columns.items()} == {"a": [2.0, 4.0], "b": [1.0, 3.0]}
    assert table.lines == [2, 4]
    assert table.where(1, "a") == f"{tmp_path / 'table.csv'}, row 2 (line 4), a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": empty; must start with the columns a,b"),
        ("a\n1\n", ": lacks b; the columns must be a,b"),
        ("a,b,a,c\n1,2,3,4\n", ": has 'a', 'c' too many; the columns must be a,b"),
        ("a,b\n", ": has columns, but no rows"),
        ("a,b\n1\n", ", row 1 (line 2): has 1 cells; must have 2"),
        ("a,b\n1,two\n", ", row 1 (line 2), b = 'two': must be a number"),
    ],
)
def test_numbers_refused(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises((DataFileError, InvalidInputError), match=f"^{re.escape(f'{path}{message}')}$"):
        read_numbers(path, ("a", "b"))


def test_a_frame_of_any_kinds(tmp_path):
    path = write(tmp_path, "name,flag,value,more\nx,True,1.5,\ny,False,,2\n")
    frame = read_frame(path, ["name", "value"])
    assert frame["flag"].dtype == np.bool_
    check_flags(path, frame, "flag")
    check_numbers(path, frame, ["value"], empty_allowed=True)
    with pytest.raises(DataFileError, match=r"table\.csv: column name must hold True or False in every row$"):
        check_flags(path, frame, "name")
    with pytest.raises(DataFileError, match=r"table\.csv: column value, row 2: nan is not a finite number$"):
        check_numbers(path, frame, ["value"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": not a readable CSV file (No columns to parse from file)"),
        ("a\n1\n", ": lacks the columns b, c"),
        ("a,b,c\n", ": cut short (no rows, or the last line does not end)"),
        ("a,b,c\n1,2,3", ": cut short (no rows, or the last line does not end)"),
    ],
)
def test_frames_refused(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(DataFileError, match=f"^{re.escape(f'{path}{message}')}$"):
        read_frame(path, ["a", "b", "c"])


@pytest.mark.parametrize("read", [read_numbers, read_frame])
def test_no_file_or_no_text(tmp_path, read):
    with pytest.raises(DataFileError, match=r"missing\.csv: no such file$"):
        read(tmp_path / "missing.csv", ["a"])
    with pytest.raises(DataFileError, match=r": not a readable CSV file \(\[Errno 21\] Is a directory"):
        read(tmp_path, ["a"])
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00l\x00n")
    with pytest.raises(DataFileError, match=r"binary\.csv: not a readable CSV file \(.*decode"):
        read(tmp_path / "binary.csv", ["a"])


def test_first_line_of_an_error():
    assert first_line(ValueError("\n  one \ntwo")) == "one"
    assert first_line(ValueError("")) == first_line(ValueError()) == "ValueError"
