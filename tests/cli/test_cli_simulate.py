import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import relaxnet
from relaxnet.cli.command import main
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.curves import read_curves
from relaxnet.studies.relaxation.dataset import Dataset
from relaxnet.studies.relaxation.physics import TNMParameters, chr_program, simulate

AS2SE3 = ["--ln-a", "-79.21", "--dh", "318443.9", "--x", "0.57", "--beta", "0.71"]
HEADER = "ln_a,dh_j_per_mol,x,beta\n"
ROW = "-79.21,318443.9,0.57,0.71\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(capsys, *arguments, status=2):
    """Run ``relaxnet simulate``; returns its one line after checking that nothing is left."""
    before = set(os.listdir())  # noqa: PTH208
    assert main(["simulate", *arguments]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"relaxnet: [^\n]+\n", captured.err)
    assert set(os.listdir()) == before  # noqa: PTH208
    return captured.err.removeprefix("relaxnet: ").rstrip("\n")


def with_value(option, value):
    arguments = [*AS2SE3, "--output", "out.csv"]
    arguments[arguments.index(option) + 1] = value
    return arguments


def test_curve_file(tmp_path, capsys):
    assert main(["simulate", *AS2SE3, "--output", "out.csv"]) == 0
    assert capsys.readouterr() == ("", "")
    table = pd.read_csv("out.csv")
    assert list(table.columns) == ["cooling_rate_k_per_min", "temperature_c", "cp_n"]
    assert table["cooling_rate_k_per_min"].unique().tolist() == [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    signals = simulate(TNMParameters(-79.21, 318443.9, 0.57, 0.71))
    for scan, (_, curve) in enumerate(table.groupby("cooling_rate_k_per_min")):
        t_c = curve["temperature_c"].to_numpy()
        np.testing.assert_allclose(t_c * 10, np.round(t_c * 10), atol=1e-9)  # multiples of 0.1
        np.testing.assert_allclose(np.diff(t_c), 0.1, atol=1e-9)
        np.testing.assert_allclose(curve["cp_n"], signals.on_grid(t_c + 273.15)[0, scan], atol=1e-7)
        assert abs(curve["cp_n"].iloc[0]) < 1e-3
        assert abs(curve["cp_n"].iloc[-1] - 1) < 1e-3
    assert os.listdir() == ["out.csv"]  # noqa: PTH208


def test_certify_prints_the_error_of_each_curve(capsys):
    assert main(["simulate", *AS2SE3, "--output", "out.csv", "--cooling-rates", "1,5", "--certify"]) == 0
    line = capsys.readouterr().out
    errors = re.fullmatch(r"estimated largest error of .*: (\S+) at 1 K/min, (\S+) at 5 K/min\n", line).groups()
    assert all(0 < float(error) < 1e-4 for error in errors)


def test_rates_step_and_plot(capsys):
    arguments = ["--cooling-rates", "3,30", "--heating-rate", "20", "--step", "0.5", "--plot", "out.png"]
    assert main(["simulate", *AS2SE3, *arguments, "--output", "sub/out.csv"]) == 0
    curves = read_curves("sub/out.csv")
    assert list(curves) == [3.0, 30.0]
    t_c, cp_n = curves[30.0]
    np.testing.assert_allclose(np.diff(t_c), 0.5)
    exact = simulate(TNMParameters(-79.21, 318443.9, 0.57, 0.71), chr_program([3.0, 30.0], 20.0))
    np.testing.assert_allclose(cp_n, exact.on_grid(t_c + 273.15)[0, 1], atol=1e-7)
    with open("out.png", "rb") as stream:  # noqa: PTH123
        assert stream.read(8) == b"\x89PNG\r\n\x1a\n"


def test_figure_says_what_it_shows():
    assert main(["simulate", *AS2SE3, "--output", "out.csv", "--plot", "out.svg"]) == 0
    with open("out.svg", encoding="utf-8") as stream:  # noqa: PTH123
        text = stream.read()
    for label in ("Temperature (°C)", "Cooling rate (K/min)", "kJ/mol"):
        assert f"<!-- {label}" in text or label in text
    assert main(["simulate", *AS2SE3, "--output", "out.csv", "--plot", "again.svg", "--cooling-rates", "1"]) == 0


def test_one_set_as_a_dataset():
    assert main(["simulate", *AS2SE3, "--output", "out.parquet"]) == 0
    assert Dataset("out.parquet").parameters().tolist() == [[-79.21, 318443.9, 0.57, 0.71]]


def test_table_of_parameters(tmp_path, capsys):
    # columns in another order, a byte order mark, blank lines and blanks around cells
    (tmp_path / "sets.csv").write_text(
        "\ufeffx, beta,ln_a,dh_j_per_mol\n0.57,0.71,-79.21, 318443.9\n\n0.4,0.3,-168,7e5\n"
    )
    arguments = ["--parameters", "sets.csv", "--output", "out.parquet", "--workers", "2", "--cooling-rates", "1,10"]
    assert main(["simulate", *arguments]) == 0
    dataset = Dataset("out.parquet")
    assert dataset.parameters().tolist() == [[-79.21, 318443.9, 0.57, 0.71], [-168.0, 7e5, 0.4, 0.3]]
    assert dataset.metadata.source == "parameters"
    assert dataset.metadata.cooling_rates_k_per_min == (1.0, 10.0)
    assert sorted(os.listdir()) == ["out.parquet", "sets.csv"]  # noqa: PTH208


@pytest.mark.parametrize("number", ["-79.21", "-7.921e1", "-79", "-.7921e+2"])
def test_negative_numbers_are_no_options(number):
    assert main(["simulate", *with_value("--ln-a", number), "--step", "5"]) == 0


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--ln-a", "abc", "ln_a = abc: must be a number from -5000 to 100"),
        ("--ln-a", "nan", "ln_a = nan: must be a number from -5000 to 100"),
        ("--ln-a", "-inf", "ln_a = -inf: must be a number from -5000 to 100"),
        ("--dh", "318.4", "dh_j_per_mol = 318.4: must be a number from 1000 to 1e+08 J/mol; is 318.4 in kJ/mol?"),
        ("--x", "1.2", "x = 1.2: must be a number from 0.05 to 1"),
        ("--x", "", "x = : must be a number from 0.05 to 1"),
        ("--beta", "-0.5", "beta = -0.5: must be a number from 0.1 to 1"),
        ("--output", "out.txt", "output = out.txt: must be a file name ending in .csv or .parquet"),
    ],
)
def test_bad_value_is_named(capsys, option, value, expected):
    assert refused(capsys, *with_value(option, value)) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--cooling-rates", "5,1"], "cooling_rates_k_per_min = [5.0, 1.0]: must be strictly increasing"),
        (["--cooling-rates", "1,1"], "cooling_rates_k_per_min = [1.0, 1.0]: must be strictly increasing"),
        (["--cooling-rates", "1,x"], "cooling_rates_k_per_min = 'x': must be numbers separated by commas"),
        (["--cooling-rates", ""], "cooling_rates_k_per_min = '': must be numbers separated by commas"),
        (["--cooling-rates", "-1,2"], "cooling_rates_k_per_min = -1.0: must be a rate from 1e-06 to 1e+09 K/min"),
        (["--heating-rate", "0"], "heating_rate_k_per_min = 0.0: must be a rate from 1e-06 to 1e+09 K/min"),
        (["--step", "0"], "step = 0: must be a number of degC from 0.0001 to 100"),
        (["--step", "nan"], "step = nan: must be a number of degC from 0.0001 to 100"),
        (["--step", "1e-4"], "step = 0.0001: must be at least "),
        (["--plot", "out.gif"], "plot = out.gif: must be a file name ending in .png, .svg, .pdf"),
        (["--workers", "2"], "workers = 2: must be absent"),
        (["--beta"], "argument --beta: expected one argument"),
        (["--bogus", "1"], "unrecognized arguments: --bogus 1"),
        (["--output", "out.parquet", "--step", "1"], "step = 1: must be absent: a .parquet output has no temperature"),
    ],
)
def test_bad_option_is_named(capsys, arguments, expected):
    assert refused(capsys, *AS2SE3, "--output", "out.csv", *arguments).startswith(expected)


def test_missing_values_are_named(capsys):
    assert refused(capsys, *AS2SE3[:4], "--output", "out.csv").startswith("give --x, --beta, or --parameters FILE.csv")
    assert "--output" in refused(capsys, *AS2SE3)


@pytest.mark.parametrize("arguments", [[], ["estimate-all"], ["--bogus"]])
def test_no_or_unknown_command(capsys, arguments):
    assert main(arguments) == 2
    assert re.fullmatch(r"relaxnet: [^\n]+\n", capsys.readouterr().err)


def test_version_and_help(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"relaxnet {relaxnet.__version__}\n"
    assert main(["simulate", "--help"]) == 0
    assert "--cooling-rates" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "sets.csv: empty; must start with the columns ln_a,dh_j_per_mol,x,beta"),
        (HEADER, "sets.csv: has columns, but no rows"),
        ("ln_a,x,beta\n1,2,3\n", "sets.csv: lacks dh_j_per_mol; the columns must be ln_a,dh_j_per_mol,x,beta"),
        (f"name,{HEADER}a,{ROW}", "sets.csv: has 'name' too many; the columns must be"),
        (f"x,{HEADER}1,{ROW}", "sets.csv: has 'x' too many"),
        (f"{HEADER}{ROW}-79,3e5,0.5\n", "sets.csv, row 2 (line 3): has 3 cells; must have 4"),
        (f"{HEADER}{ROW}-79,3e5,half,0.5\n", "sets.csv, row 2 (line 3), x = 'half': must be a number"),
        (f"{HEADER}{ROW}-79,,0.5,0.5\n", "sets.csv, row 2 (line 3), dh_j_per_mol = '': must be a number"),
        (
            f"{HEADER}\n{ROW}{ROW}-79,3e5,0.5,1.5\n",
            "sets.csv, row 3 (line 5), beta = 1.5: must be a number from 0.1 to 1",
        ),
        (f"{HEADER}{ROW}nan,3e5,0.5,0.5\n", "sets.csv, row 2 (line 3), ln_a = nan: must be a number from -5000"),
        (
            f"{HEADER}{ROW}20,1e5,0.5,0.5\n",
            "sets.csv, row 2 (line 3), ln_a = 20 with dh_j_per_mol = 100000: must be low",
        ),
    ],
)
def test_bad_table_names_row_and_column(tmp_path, capsys, text, expected):
    (tmp_path / "sets.csv").write_text(text)
    assert refused(capsys, "--parameters", "sets.csv", "--output", "out.parquet").startswith(expected)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00l\x00n", b"ln_a,dh_j_per_mol,x,beta\n\x00\xff\n"])
def test_binary_file_is_no_table(tmp_path, capsys, content):
    (tmp_path / "sets.csv").write_bytes(content)
    assert "sets.csv: not a readable CSV file" in refused(capsys, "--parameters", "sets.csv", "--output", "out.parquet")


def test_missing_table_and_contradicting_options(tmp_path, capsys):
    table = ["--parameters", "sets.csv"]
    assert refused(capsys, *table, "--output", "out.parquet") == "sets.csv: no such file"
    assert refused(capsys, "--parameters", ".", "--output", "out.parquet").startswith(".: not a readable CSV file")
    (tmp_path / "sets.csv").write_text(HEADER + ROW)
    assert refused(capsys, *table, "--output", "out.csv").startswith("output = out.csv: must be a .parquet file")
    assert refused(capsys, *table, "--x", "0.5", "--output", "out.parquet").startswith("x = 0.5: must be absent")
    assert refused(capsys, *table, "--plot", "a.png", "--output", "out.parquet").startswith("plot = a.png: must be abs")
    for workers in ("0", "-2", "two", "1.5"):
        line = refused(capsys, *table, "--output", "out.parquet", "--workers", workers)
        assert line == f"workers = {workers}: must be a whole number from 1 to 1024"


@pytest.mark.parametrize("output", ["out.csv", "out.parquet"])
def test_output_into_a_file_or_onto_a_folder(tmp_path, capsys, output):
    (tmp_path / "file").touch()
    assert "file/" in refused(capsys, *AS2SE3, "--output", f"file/{output}")
    (tmp_path / output).mkdir()
    assert output in refused(capsys, *AS2SE3, "--output", output)


def full_disk(*arguments, **options):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("arguments", [["--output", "out.csv"], ["--output", "out.parquet"]])
def test_full_disk(capsys, monkeypatch, arguments):
    monkeypatch.setattr(os, "replace", full_disk)
    assert "cannot be written (No space left on device)" in refused(capsys, *AS2SE3, *arguments)


def test_old_output_survives_a_failure(tmp_path, capsys, monkeypatch):
    (tmp_path / "out.csv").write_text("precious")
    monkeypatch.setattr(os, "replace", full_disk)
    refused(capsys, *AS2SE3, "--output", "out.csv")
    assert (tmp_path / "out.csv").read_text() == "precious"


def test_ctrl_c_while_simulating(tmp_path, capsys, monkeypatch):
    (tmp_path / "sets.csv").write_text(HEADER + ROW * 40)
    monkeypatch.setattr("tqdm.tqdm.update", lambda bar, count: signal.raise_signal(signal.SIGINT))
    line = refused(capsys, "--parameters", "sets.csv", "--output", "out.parquet", status=130)
    assert line.startswith("interrupted")


def test_ctrl_c_while_drawing(capsys, monkeypatch):
    def draw_a_little(figure, path, **options):
        path.write_bytes(b"\x89PNG")
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", draw_a_little)
    assert main(["simulate", *AS2SE3, "--output", "out.csv", "--plot", "out.png"]) == 130
    assert os.listdir() == ["out.csv"]  # noqa: PTH208


def test_as_a_process_without_heavy_imports():
    script = (
        "import json, sys; from relaxnet.cli.command import main; "
        f"status = main({['simulate', *AS2SE3, '--output', 'out.parquet']!r}); "
        "print(json.dumps([status, sorted({name.partition('.')[0] for name in sys.modules})]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stdout)
    assert status == 0
    assert not {"tensorflow", "keras", "mlflow", "optuna", "great_expectations", "matplotlib"} & set(modules)
    module = [sys.executable, "-m", "relaxnet", "simulate", "--ln-a", "5000"]
    done = subprocess.run(module, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "Traceback" not in done.stderr


CURVES = "cooling_rate_k_per_min,temperature_c,cp_n\n"
GOOD = "".join(f"{rate},{t},0.5\n" for t in range(5) for rate in (10, 2))


def test_read_curves_sorts_by_rate(tmp_path):
    (tmp_path / "curves.csv").write_text(CURVES + GOOD)  # rows of two rates interleaved
    curves = read_curves(tmp_path / "curves.csv")
    assert list(curves) == [2.0, 10.0]
    assert curves[2.0][0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert curves[10.0][1].tolist() == [0.5] * 5


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,20,0.1\n1,21,0.2\n1,21,0.3\n1,22,1\n", "row 3 (line 4), temperature_c = 21.0: must be above 21"),
        ("1,20,0.1\n1,19,0.2\n1,21,0.3\n1,22,1\n", "row 2 (line 3), temperature_c = 19.0: must be above 20"),
        ("1,-300,0.1\n", "row 1 (line 2), temperature_c = -300.0: must be a temperature above -273.15 degC"),
        ("1,20,0.1\n1,21,inf\n", "row 2 (line 3), cp_n = inf: must be a finite number"),
        (GOOD + "-5,20,0.1\n", "row 11 (line 12), cooling_rate_k_per_min = -5.0: must be a rate from"),
        (GOOD + "nan,20,0.1\n", "row 11 (line 12), cooling_rate_k_per_min = nan: must be a rate from"),
        ("1,20,high\n", "row 1 (line 2), cp_n = 'high': must be a number"),
    ],
)
def test_read_curves_names_row_and_column(tmp_path, rows, expected):
    (tmp_path / "curves.csv").write_text(CURVES + rows)
    with pytest.raises(InvalidInputError) as caught:
        read_curves(tmp_path / "curves.csv")
    assert str(caught.value).startswith(f"{tmp_path / 'curves.csv'}, {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CURVES + GOOD + "7,20,0.1\n", "has 1 points at 7 K/min; must have at least 4"),
        ("temperature_c,cp_n\n20,1\n", "lacks cooling_rate_k_per_min"),
        (CURVES, "has columns, but no rows"),
    ],
)
def test_read_curves_needs_curves(tmp_path, text, expected):
    (tmp_path / "curves.csv").write_text(text)
    with pytest.raises(DataFileError, match=re.escape(expected)):
        read_curves(tmp_path / "curves.csv")
