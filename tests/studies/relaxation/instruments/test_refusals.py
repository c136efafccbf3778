"""What is no DSC measurement, is damaged or lacks something: one line that names file, place and what was expected."""

import os

import numpy as np
import pytest
from layouts import FLOW, HEATING_C, TIME, mettler, netzsch, rows, table, universal_analysis

from relaxnet.cli.command import main
from relaxnet.core.errors import InvalidInputError, RelaxnetError
from relaxnet.studies.relaxation.instruments import ReadOptions, check_usable, read_file

TITLES = "time [s],temperature [K],heat flow [mW]\n"


def with_cell(row, column, cell):
    lines = table().decode().split("\n")
    cells = lines[row].split(",")
    cells[column] = cell
    lines[row] = ",".join(cells)
    return "\n".join(lines).encode()


def without(first, last):
    lines = table().split(b"\n")
    return b"\n".join(lines[: first - 1] + lines[last:])


def thermogravimetry():
    lines = ["Time (s);Sample Temperature (°C);TG (mg)", *rows(60 * TIME, HEATING_C, FLOW, separator=";")]
    return "\n".join(lines).encode()


BAD = {
    "empty": (b"", "an empty file"),
    "blanks": (b" \n \n", "blanks only"),
    "xlsx": (b"PK\x03\x04" + bytes(100), "an .xlsx workbook"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an .xls workbook"),
    "binary": (bytes(range(256)) * 20, "a binary file"),
    "jcamp": (b"##TITLE= x\n##JCAMP-DX= 4.24\n", "JCAMP"),
    "prose": (b"Dear colleague,\nhere is the scan.\n", "no rows of numbers"),
    "no titles": (table().split(b"\n", 1)[1], "line 1: numbers without titles"),
    "tga": (thermogravimetry(), "thermogravimetry (TGA)"),
    "tga of netzsch": (netzsch().replace(b";DSC\r", b";TG\r"), "TG (#MTYPE), no DSC"),
    "tga of ta": (
        universal_analysis().replace(b"DSC Standard Cell", b"TGA 1000C").replace(b"2920 MDSC", b"2950 TGA"), "TGA"
    ),
    "gap": (with_cell(100, 2, "nan"), "line 101, heat flow [mW]: no number (a gap"),
    "missing rows": (without(100, 130), "line 100: the heating goes from"),
    "no number": (with_cell(100, 2, "12a"), "line 101, column 3: '12a': must be a number"),
    "thousands": (with_cell(100, 2, "12.345.678"), "line 101, column 3: '12.345.678': must be a number without thous"),
    "underscore": (with_cell(100, 2, "1_0"), "line 101, column 3: '1_0': must be a number"),
    "two decimal marks": (
        table(";", ",").replace(b"0,000000;253,150000", b"0.000000;253,150000"), "the decimal mark of the rows before"
    ),
    "comma and comma": (table(",", ","), "6 cells under 3 titles (decimal commas"),
    "unknown unit": (table(titles=["t [s]", "T [K]", "heat flow [BTU/h]"]), "unit 'BTU/h' of column 'heat flow'"),
    "no unit": (table(titles=["t [s]", "T [K]", "heat flow"]), "column 'heat flow' has no unit"),
    "no unit of the time": (table(titles=["Time", "T [K]", "heat flow"]), "write it in the title, as Time [s]"),
    "no unit of the temperature": (table(titles=["t [s]", "Temperature", "heat flow [mW]"]), "as Temperature [°C]"),
    "fahrenheit": (table(titles=["t [s]", "Temperature [°F]", "heat flow [mW]"]), "unit '°F'"),
    "microvolts": (table(titles=["t [s]", "T [K]", "DSC [µV]"]), "unit 'µV' of column 'DSC'"),
    "no temperature": (table(titles=["t [s]", "x", "heat flow [mW]"]), "no column with a temperature"),
    "celsius as kelvin": (
        "\n".join([TITLES.strip(), *rows(60 * TIME, HEATING_C, FLOW, separator=",")]).encode(), "is it in °C?"
    ),
    "one point": ("\n".join([TITLES.strip(), "0,300,1"]).encode(), "1 rows of numbers: a curve of at least 10"),
    "time backwards": (with_cell(100, 0, "3.0"), "time runs backwards"),
    "cooling claimed as heating": (
        netzsch().replace(b"-20\xb0C/10,0(K/min)/119,5\xb0C", b"119,5\xb0C/10,0(K/min)/-20\xb0C"),
        "is claimed in the head",
    ),
    "heat capacity without mass": (table(titles=["t [s]", "T [K]", "Cp [mJ/K]"]), "give --mass-mg"),
    "mettler cut": (mettler()[:420], "scan.txt"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_one_line_and_status_2(tmp_path, capsys, case):
    data, words = BAD[case]
    path = tmp_path / "scan.txt"
    path.write_bytes(data)
    assert main(["inspect", str(path)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "scan.txt" in line
    assert words in line


def test_folder_missing_file_and_large_file(tmp_path, capsys):
    large = tmp_path / "large.txt"
    with large.open("wb") as stream:
        stream.truncate(500 * 2**20)  # sparse: read, it would take seconds
    for path, words in ((tmp_path, "a folder"), (tmp_path / "none.txt", "no such file"), (large, "500 MB")):
        assert main(["inspect", str(path)]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "scan.txt"
    path.write_bytes(table())
    path.chmod(0)
    with pytest.raises(RelaxnetError, match="cannot be read"):
        read_file(path)


def test_what_a_fit_needs_is_asked_for_by_option(tmp_path):
    path = tmp_path / "scan.csv"
    path.write_bytes(table())
    file = read_file(path)  # the sign is not needed to look at it
    assert file.curves[0].endothermic_up is None
    with pytest.raises(InvalidInputError, match="--exo"):
        check_usable(file)
    lines = [line.partition(",")[2] for line in table().decode().split("\n")]
    path.write_text("\n".join(lines))
    with pytest.raises(InvalidInputError, match="--heating-rate"):
        check_usable(read_file(path, ReadOptions(exo="down")))
    assert check_usable(read_file(path, ReadOptions(exo="down", heating_rate_k_per_min=10)))[0].rate_k_per_min == 10
    path.write_text("\n".join([lines[0], *lines[:0:-1]]))
    with pytest.raises(InvalidInputError, match="at least one heating"):
        check_usable(read_file(path, ReadOptions(exo="down", heating_rate_k_per_min=10)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--exo", "left"], "--exo = left"), (["--mass-mg", "0"], "--mass-mg = 0"),
        (["--mass-mg", "x"], "--mass-mg = x"),
        (["--heating-rate", "-1"], "--heating-rate = -1"), (["--cooling-rate", "nan"], "--cooling-rate = nan"),
        (["--segment", "0"], "--segment = 0"), (["--segment", "1.5"], "--segment = 1.5"),
        (["--segment", "9"], "from 1 to 1"),
    ],
)  # fmt: skip
def test_bad_options(tmp_path, capsys, options, words):
    path = tmp_path / "scan.csv"
    path.write_bytes(table())
    assert main(["inspect", str(path), *options]) == 2
    assert words in capsys.readouterr().err


def test_the_users_word_overrules(tmp_path):
    path = tmp_path / "scan.txt"
    path.write_bytes(netzsch())
    told = read_file(path)
    turned = read_file(path, ReadOptions(exo="up", mass_mg=7.0, cooling_rate_k_per_min=3.0))
    np.testing.assert_array_equal(turned.curves[0].signal, -told.curves[0].signal)
    assert turned.sample_mass_mg == 7.0
    assert turned.curves[0].history[0].rate_k_per_min == 3.0


def test_inspect_shows_the_good_files_then_the_error(tmp_path, capsys):
    for name, content in (("a.csv", table()), ("bad.csv", b""), ("c.csv", table()), ("worse.csv", b" ")):
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / name) for name in ("a.csv", "bad.csv", "c.csv", "worse.csv")]
    assert main(["inspect", *files, "--json", str(tmp_path / "o.json")]) == 2
    captured = capsys.readouterr()
    assert "a.csv" in captured.out
    assert "c.csv" in captured.out
    assert captured.err == f"relaxnet: {files[1]}: an empty file (and 1 more of 4 files)\n"
    assert not (tmp_path / "o.json").exists()
