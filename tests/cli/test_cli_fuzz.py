"""Any command line ends with 0 or 2 and at most one line on stderr, and readers of its output may leave early."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from relaxnet.cli.command import main
from relaxnet.core.errors import DataFileError
from relaxnet.core.tables import read_numbers

AS2SE3 = ["--ln-a", "-79.21", "--dh", "318443.9", "--x", "0.57", "--beta", "0.71"]
HEADER = "ln_a,dh_j_per_mol,x,beta\n"
ROW = "-79.21,318443.9,0.57,0.71\n"

OPTIONS = {
    "simulate": ["--ln-a", "--dh", "--x", "--beta", "--parameters", "--cooling-rates", "--heating-rate", "--step",
                 "--certify", "--workers", "--dask-address", "--output", "--plot", "--nonsense", "-q", "--"],
    "compare": ["--study", "--folder", "--output", "C", "../..", "--nonsense", "--"],
    "report": ["--study", "--folder", "--nonsense", "--"],
}  # fmt: skip
VALUES = [
    "", " ", "nan", "-inf", "1e400", "0", "-1", "0.5", "1_0", "0.5,1", "1,,2", "5,1", "9" * 5000, "-79.21", "318.444",
    "³", "x", "C", "a b", "=", "--", "-", "@", "%s", "{}", "\udcff", "out.csv", "out.parquet", "out.png", "sub/out.csv",
    ".", "/", "..", "/dev/null", "/dev/null/out.csv", "folder.csv", "folder.parquet", "sets.csv", "sets.parquet",
    "a" * 300 + ".csv", "relaxation", ":x", "..:x", "os:path", "relaxnet.studies.relaxation.study:STUDY", "localhost",
    "host:99999999",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("folder.csv", "folder.parquet"):
        (tmp_path / name).mkdir()
    for name in ("sets.csv", "sets.parquet"):
        (tmp_path / name).write_text(HEADER + ROW)


def refused(capsys, *words):
    assert main([*words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"relaxnet: [^\n]+\n", captured.err)
    return captured.err.removeprefix("relaxnet: ").rstrip("\n")


@pytest.mark.parametrize("command", [*OPTIONS, "nothing"])
def test_garbage(command, capsys):
    chance = random.Random(command)
    statuses = set()
    for _ in range(150):
        words = [command] if chance.random() < 0.95 else []
        if command == "simulate" and chance.random() < 0.6:
            words += [*AS2SE3, "--output", "out.csv", "--step", "5"]
        for _ in range(chance.randrange(5)):
            words.append(chance.choice(OPTIONS.get(command, VALUES)))
            if chance.random() < 0.8:
                words.append(chance.choice(VALUES))
        status = main(words)
        captured = capsys.readouterr()
        assert status in (0, 2), words
        assert captured.err == "" if status == 0 else re.fullmatch(r"relaxnet: [^\n]+\n", captured.err), words
        assert Path("sets.csv").read_text() == Path("sets.parquet").read_text() == HEADER + ROW
        statuses.add(status)
    assert 2 in statuses
    assert not list(Path().rglob("*.part"))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_where_no_output_can_be(capsys, suffix):
    before = sorted(os.listdir())  # noqa: PTH208
    for output in (f"folder.{suffix}", f"sets.csv/out.{suffix}", f"/proc/out.{suffix}", f"{'a' * 300}.{suffix}"):
        line = refused(capsys, "simulate", *AS2SE3, "--output", output)
        assert line.startswith(f"{output}: cannot be written (")
    (Path() / "folder.png").mkdir()
    line = refused(capsys, "simulate", *AS2SE3, "--output", f"out.{suffix}", "--plot", "folder.png")
    assert line == "folder.png: cannot be written (Is a directory)"
    assert sorted(os.listdir()) == sorted([*before, "folder.png"])  # noqa: PTH208


def test_the_table_is_not_overwritten(capsys):
    os.link("sets.parquet", "same.parquet")
    for output in ("sets.parquet", "same.parquet"):
        line = refused(capsys, "simulate", "--parameters", "sets.parquet", "--output", output)
        assert line == f"output = {output}: must be another file than that of --parameters"


# the reader is gone before the command writes; the disk is full
LEAVE = "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1)"
FULL = "import os, sys; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["simulate", "--help"], ["compare", "--help"], ["report", "--help"], ["--version"],
     ["simulate", *AS2SE3, "--certify", "--cooling-rates", "10", "--output", "out.csv"]],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_readers_may_leave_early(words, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    for start, status, message in ((LEAVE, 141, ""), (FULL, 2, "relaxnet: standard output: No space left on device\n")):
        code = f"{start}; from relaxnet.cli.command import main; sys.exit(main({words!r}))"
        done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, message)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ln_a;dh_j_per_mol;x;beta\n-79,21;318443,9;0,57;0,71\n", ": columns separated by semicolons; must be by"),
        ("ln_a\tdh_j_per_mol\tx\tbeta\n-79.21\t318443.9\t0.57\t0.71\n", ": columns separated by tabs; must be by comm"),
        ("ln_a|dh_j_per_mol|x|beta\n", ": columns separated by bars; must be by commas"),
        ("ln_a dh_j_per_mol x beta\n", ": columns separated by blanks; must be by commas"),
        (ROW + ROW, ": begins with numbers; must begin with the columns ln_a,dh_j_per_mol,x,beta"),
        (HEADER + '"-79,21",318443.9,0.57,0.71\n', ", row 1 (line 2), ln_a = '-79,21': must be a number with a"),
        (HEADER + "-79.21,318_443.9,0.57,0.71\n", ", row 1 (line 2), dh_j_per_mol = '318_443.9': must be a number"),
        (HEADER + "-79,21,318443,9,0,57,0,71\n", ", row 1 (line 2): has 8 cells; must have 4"),
        (HEADER + "-79.21,318.444,0.57,0.71\n", ", row 1 (line 2), dh_j_per_mol = 318.444: must be a number from"),
    ],
)  # fmt: skip
def test_tables_of_other_kinds(text, line, capsys):
    Path("other.csv").write_text(text)
    found = refused(capsys, "simulate", "--parameters", "other.csv", "--output", "out.parquet")
    assert found.startswith(f"other.csv{line}")
    assert ("kJ/mol?" in found) == ("318.444" in text)


@pytest.mark.parametrize("text", ["\ufeff", "", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_of_spreadsheets_are_read(text, end):
    quote = '"' if text == '"' else ""
    rows = ["a,b", f"{quote}1.5{quote},{quote}-2e3{quote}"]
    Path("table.csv").write_bytes((text.strip('"') + end.join(rows) + end).encode())
    table = read_numbers(Path("table.csv"), ("a", "b"))
    assert (table.columns["a"].tolist(), table.columns["b"].tolist()) == ([1.5], [-2000.0])


def test_one_column_is_no_other_separator():
    Path("table.csv").write_text("a;b\n1\n")
    with pytest.raises(DataFileError, match="lacks a"):
        read_numbers(Path("table.csv"), ("a",))
