import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from relaxnet.core.errors import DataFileError
from relaxnet.tracking.lineage import branches_with, dvc_hash, git_commit


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.csv").write_text("x\n1\n")
    (folder / "a file.bin").write_bytes(bytes(range(256)) * 999)
    (folder / "deep" / "é.json").write_text(json.dumps([1, 2]))
    return folder


def run_quietly(folder, *command):
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1", "PYTHONWARNINGS": "ignore"}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)


def test_hash_is_the_one_of_dvc(tmp_path, data):
    computed = dvc_hash(data)
    single = dvc_hash(data / "b.csv")
    (tmp_path / "one.csv").write_text("x\n1\n")
    run_quietly(tmp_path, sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet")
    run_quietly(tmp_path, sys.executable, "-m", "dvc", "add", "--quiet", "data", "one.csv")
    recorded = yaml.safe_load((tmp_path / "data.dvc").read_text())["outs"][0]["md5"]
    assert computed == recorded == dvc_hash(data)
    assert computed.endswith(".dir")
    assert single == yaml.safe_load((tmp_path / "one.csv.dvc").read_text())["outs"][0]["md5"]


def lock(folder, **out):
    content = {"schema": "2.0", "stages": {"make@A": {"cmd": "x", "outs": [out]}}}
    (folder / "dvc.lock").write_text(yaml.safe_dump(content))


def test_data_of_equal_size_have_another_hash_whatever_is_recorded(tmp_path, data):
    before, file = dvc_hash(data), data / "b.csv"
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    lock(tmp_path, path="data", md5=before, size=size)
    times = file.stat()
    file.write_text("x\n2\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert dvc_hash(data) != before
    file.write_text("x\n1\n")
    assert dvc_hash(data) == before


def test_what_does_not_exist_has_no_hash(tmp_path):
    with pytest.raises(DataFileError, match="no such file"):
        dvc_hash(tmp_path / "none")


def test_commit_tells_whether_the_checkout_is_dirty(tmp_path):
    def git(*arguments):
        run_quietly(tmp_path, "git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments)

    assert git_commit(tmp_path / "missing") is None
    git("init", "--quiet", "--initial-branch=begun")
    assert git_commit(tmp_path) is None
    for name in ("code.py", "scores.json", "dvc.lock"):
        (tmp_path / name).write_text("1\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "x")
    commit = git_commit(tmp_path)
    assert commit
    assert len(commit) == 40
    lock(tmp_path, path="scores.json", md5="0")
    (tmp_path / "scores.json").write_text("2\n")
    (tmp_path / "untracked").write_text("3\n")
    assert git_commit(tmp_path) == commit
    assert branches_with(tmp_path, commit) == ["begun"]
    assert branches_with(tmp_path, "0" * 40) == branches_with(tmp_path / "missing", commit) == []
    (tmp_path / "layers.py").write_text("# nobody else has it")
    assert git_commit(tmp_path) == f"{commit}-dirty"
    (tmp_path / ".git" / "info" / "exclude").write_text("layers.py\n")
    assert git_commit(tmp_path) == commit
    (Path(tmp_path) / "code.py").write_text("2\n")
    assert git_commit(tmp_path) == f"{commit}-dirty"
