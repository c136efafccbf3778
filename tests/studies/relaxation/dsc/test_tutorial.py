"""The tutorial docs/estimate.md, executed: its shell blocks, then its Python, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
TUTORIAL = ROOT / "docs" / "estimate.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.slow  # seven processes of some three seconds
def test_the_tutorial_runs(tmp_path):
    shell = tmp_path / "bin"
    shell.mkdir()
    command = shell / "relaxnet"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m relaxnet "$@"\n')
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{shell}:{os.environ['PATH']}"}
    work = tmp_path / "work"
    work.mkdir()
    for block in blocks("sh"):
        done = subprocess.run(["sh", "-ec", block], cwd=work, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    for block in blocks("python"):
        done = subprocess.run([sys.executable, "-W", "error", "-c", block], cwd=work, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "beta" in done.stdout
    for name in ("result.json", "result.html", "aged.csv", "aged.png", "fit.png", "samples.csv"):
        assert (work / name).stat().st_size > 0


def test_the_program_files_of_the_tutorial_are_read(tmp_path):
    from relaxnet.studies.relaxation.dsc.programs import read_programs

    (block,) = blocks("yaml")
    (tmp_path / "p.yaml").write_text(block, encoding="utf-8")
    assert [scan.label for scan, _ in read_programs(tmp_path / "p.yaml")] == ["fresh", "aged for a week"]


@pytest.mark.parametrize("name", ["start_c", "hold_years", "rate_k_per_s", "measured"])
def test_every_step_is_documented(name):
    assert name in TUTORIAL.read_text(encoding="utf-8")
