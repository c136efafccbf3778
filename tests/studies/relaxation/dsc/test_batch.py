"""Batches of samples: rows, errors, and going on after an interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from measured_files import TRUE, write_tidy

from relaxnet.cli.command import main
from relaxnet.studies.relaxation.dsc.options import ScanOptions
from relaxnet.studies.relaxation.from_files import batch
from relaxnet.studies.relaxation.from_files.run import Request

REQUEST = Request(scans=ScanOptions(heating_rate_k_per_min=10.0), lag=0.0)
OPTIONS = ["--batch", "--heating-rate", "10", "--lag", "0", "--csv", "out.csv", "--workers", "1"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return [write_tidy(Path(f"s{seed}.csv"), seed=seed, rates=(1.0, 10.0)) for seed in range(3)]


def test_a_row_a_file(files, capsys):
    Path("bad.csv").write_text("no curve\n")
    assert main(["estimate", "s0.csv", "bad.csv", "s1.csv", *OPTIONS]) == 2
    captured = capsys.readouterr()
    assert captured.out == "2 of 3 samples estimated: out.csv\n"
    assert captured.err.splitlines()[-1] == (
        "relaxnet: out.csv: 1 of 3 samples could not be estimated: see its column error"
    )
    table = pd.read_csv("out.csv")
    assert list(table) == list(batch.COLUMNS)
    assert table["file"].tolist() == ["s0.csv", "bad.csv", "s1.csv"]
    assert table.loc[1, "error"].startswith("bad.csv")
    assert table.loc[[1], "x"].isna().all()
    good = table.iloc[[0, 2]]
    assert good["error"].isna().all()
    for name, true in zip(("ln_a", "dh_j_per_mol", "x", "beta"), TRUE, strict=True):
        assert (np.abs(good[name] - true) < 5 * good[f"{name}_std"]).all()
    assert sorted(os.listdir()) == ["bad.csv", "out.csv", "s0.csv", "s1.csv", "s2.csv"]  # noqa: PTH208


def test_finished_rows_are_not_computed_again(files, monkeypatch):
    table, seen = Path("out.csv"), []

    def counted(paths, request):
        seen.append(paths[0].name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return real(paths, request)

    real = batch.run
    monkeypatch.setattr(batch, "run", counted)
    with pytest.raises(KeyboardInterrupt):
        batch.run_batch(files, REQUEST, table, workers=1)
    assert not table.exists()
    kept = Path("out.csv.rows")
    assert len(kept.read_text().splitlines()) == 2
    kept.write_text(kept.read_text() + '{"key": "cut sho')  # as a killed process leaves it
    done = []
    assert batch.run_batch(files, REQUEST, table, workers=1, progress=done.append) == 0
    assert seen == ["s0.csv", "s1.csv", "s2.csv", "s2.csv"]
    assert sum(done) == 3
    assert not kept.exists()
    assert pd.read_csv(table)["file"].tolist() == ["s0.csv", "s1.csv", "s2.csv"]


def test_rows_of_other_files_or_options_do_not_count(files, monkeypatch):
    keys = {batch._key(files[0], batch._fingerprint(REQUEST)), batch._key(files[1], batch._fingerprint(REQUEST))}
    keys.add(batch._key(files[0], batch._fingerprint(Request(scans=REQUEST.scans, lag=1.0))))
    with files[0].open("a") as stream:
        stream.write("10,300,1\n")
    keys.add(batch._key(files[0], batch._fingerprint(REQUEST)))
    assert len(keys) == 4


def test_an_unwritable_table(files):
    Path("folder.csv").mkdir()
    assert main(["estimate", "s0.csv", *OPTIONS[:-3], "folder.csv"]) == 2
    assert main(["estimate", "s0.csv", *OPTIONS, "--json", "r.json"]) == 2
    assert not Path("r.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_midway(tmp_path, monkeypatch, number):
    """A process that is killed leaves whole rows; the next one goes on from them."""
    monkeypatch.chdir(tmp_path)
    names = [write_tidy(Path(f"s{seed}.csv"), seed=seed, rates=(1.0, 10.0)).name for seed in range(40)]
    command = [sys.executable, "-m", "relaxnet", "estimate", *names, *OPTIONS]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    kept, end_s = Path("out.csv.rows"), time.monotonic() + 120
    while not (kept.exists() and len(kept.read_text().splitlines()) >= 3):
        assert time.monotonic() < end_s
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, message = process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    if number == signal.SIGINT:
        assert "relaxnet: interrupted" in message
    assert not Path("out.csv").exists()
    finished = {json.loads(line)["row"]["file"] for line in kept.read_text().splitlines()}
    assert 3 <= len(finished) < 40
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    assert pd.read_csv("out.csv")["file"].tolist() == names


def test_a_line_cut_by_a_kill_costs_that_line_only(files, monkeypatch):
    table = Path("out.csv")
    Path("out.csv.rows").write_text('{"key": "cut in the mid')
    real = batch.run

    def first_only(paths, request):
        if paths[0].name != "s0.csv":
            raise KeyboardInterrupt
        return real(paths, request)

    monkeypatch.setattr(batch, "run", first_only)
    with pytest.raises(KeyboardInterrupt):
        batch.run_batch(files, REQUEST, table, workers=1)
    assert len(batch._read_rows(Path("out.csv.rows"))) == 1


def test_rows_hang_on_recorded_histories(tmp_path):
    (tmp_path / "p.yaml").write_text("start_c: 200\nsteps:\n  - {measured: log.csv}\n")
    request = Request(scans=ScanOptions(program=tmp_path / "p.yaml"))
    found = set()
    for last_c in (100, 110):
        (tmp_path / "log.csv").write_text(f"time_s,temperature_c\n0,200\n600,{last_c}\n")
        found.add(batch._fingerprint(request))
    assert len(found) == 2


def test_a_fault_of_ours_is_a_row(files, monkeypatch):
    def broken(paths, request):
        raise IndexError("out of range")

    monkeypatch.setattr(batch, "run", broken)
    assert batch.run_batch(files[:1], REQUEST, Path("out.csv"), workers=1) == 1
    error = pd.read_csv("out.csv").loc[0, "error"]
    assert error == "s0.csv: IndexError in relaxnet (out of range): please report it"


def test_an_interrupt_in_compiled_code_is_one(files, monkeypatch):
    def interrupted(paths, request):
        raise SystemError("a function returned a result with an exception set") from KeyboardInterrupt()

    monkeypatch.setattr(batch, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        batch.run_batch(files[:1], REQUEST, Path("out.csv"), workers=1)
    assert not Path("out.csv").exists()
