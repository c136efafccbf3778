"""Small DVC projects brought up to date, with stages of the shell."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from relaxnet.workflow.repro import _lines

SCRIPT = Path(__file__).parents[2] / "pipelines" / "repro.py"
DVC_YAML = """
stages:
  first:
    matrix: {name: [a, b]}
    # each waits for the other: one after the other they would never end
    cmd: "touch seen_${item.name}; until test -e seen_a -a -e seen_b; do sleep 0.05; done; echo 1 > ${item.name}"
    outs: ["${item.name}"]
  last:
    cmd: cat a b > last
    params: [number]
    deps: [a, b]
    outs: [last]
"""


def dvc(folder, *arguments):
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def start(folder, **options):
    # as many as two stages at a time on any machine
    command = [sys.executable, "-c", f"import os; os.sched_getaffinity = lambda _: {{0, 1}}; "
               f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"]  # fmt: skip
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, **streams, **options)


def repro(folder):
    process = start(folder)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / ".dvc").mkdir()
    (folder / ".dvc" / "config").write_text("[core]\n    no_scm = true\n    analytics = false\n")
    (folder / "params.yaml").write_text("number: 1\n")
    (folder / "dvc.yaml").write_text(DVC_YAML)
    return folder


@pytest.fixture
def project(tmp_path, empty_project):
    folder = tmp_path / "project"
    subprocess.run(["cp", "-r", empty_project, folder], check=True)
    return folder


def locks(folder):
    file = folder / ".dvc" / "tmp" / "rwlock"
    held = json.loads(file.read_text()) if file.exists() else {}
    return {kind: paths for kind, paths in held.items() if paths}


def test_stages_run_side_by_side_and_what_dvc_notes_is_the_same(project):
    status, out, err = repro(project)
    assert (status, err) == (0, "")
    assert (project / "last").read_text() == "1\n1\n"
    assert {line.split("]")[0] for line in out.splitlines()} == {"[first@a", "[first@b", "[last"}
    assert dvc(project, "status") == "Data and pipelines are up to date.\n"
    noted = (project / "dvc.lock").read_text()
    dvc(project, "repro", "--force", "--single-item", "first@a", "first@b", "last")
    assert sorted((project / "dvc.lock").read_text().splitlines()) == sorted(noted.splitlines())

    assert repro(project)[:2] == (0, "The pipeline is up to date.\n")
    (project / "params.yaml").write_text("number: 2\n")
    status, out, _ = repro(project)
    assert status == 0
    assert {line.split("]")[0] for line in out.splitlines()} == {"[last"}


def test_a_stage_that_fails_ends_the_run_with_its_line_and_those_beside_it_finish(project):
    failing = DVC_YAML.replace("echo 1 > ${item.name}", "${item.name}")  # a and b are no commands
    failing = failing.replace("stages:", "stages:\n  beside:\n    cmd: sleep 1; echo 1 > beside\n    outs: [beside]")
    failing = failing.replace("; until", "; test a = ${item.name} && echo relaxnet: no such a >&2 && exit 2; until")
    (project / "dvc.yaml").write_text(failing.replace("[a, b]}", "[a]}").replace("deps: [a, b]", "deps: [a]"))
    status, out, err = repro(project)
    assert (status, err) == (2, "relaxnet: stage first@a failed: relaxnet: no such a\n")
    assert "[first@a] relaxnet: no such a" in out.splitlines()
    assert (project / "beside").exists()
    assert not (project / "last").exists()
    assert locks(project) == {}


@pytest.mark.parametrize(("number", "ignored"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_signal_ends_the_stages_and_leaves_no_locks(project, number, ignored):
    """Also where the shell that started it in the background has it ignore SIGINT."""
    waiting = DVC_YAML.replace("touch seen_${item.name}; until", "echo $$ > pid_${item.name}; while")
    waiting = waiting.replace("test -e seen_a -a -e seen_b", "true")
    (project / "dvc.yaml").write_text(waiting)
    process = start(project, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None)
    files = [project / "pid_a", project / "pid_b"]
    deadline = time.monotonic() + 60
    while not all(file.exists() and file.read_text().strip() for file in files) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    word = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}[number]
    assert err == f"relaxnet: {word}; the stages that ran were stopped; run again to go on\n"
    for file in files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(file.read_text()), 0)
    assert locks(project) == {}


def test_of_a_progress_bar_only_the_last_state_is_shown():
    said = "first\n\r 10%\r 50%\x1b[A\r100%\r100%\n\nlast"
    assert list(_lines(io.BufferedReader(io.BytesIO(said.encode())))) == ["first", "100%", "last"]


def test_a_damaged_note_on_running_stages_is_one_line_with_the_command_that_mends_it(project):
    file = project / ".dvc" / "tmp" / "rwlock"
    file.parent.mkdir()
    file.write_text("{")
    status, _, err = repro(project)
    assert status == 2
    subprocess.run(re.search(r"; make it anew: (rm \S*rwlock)", err)[1], shell=True, cwd=project, check=True)
    assert repro(project)[0] == 0


@pytest.mark.slow
def test_a_lock_file_cut_short_by_a_kill_is_one_line_with_the_command_that_mends_it(project):
    repro(project)
    whole = (project / "dvc.lock").read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:-40], b"schema: '2.0'\nstages: [", b"\xff\xfe"):
        (project / "dvc.lock").write_bytes(content)
        status, _, err = repro(project)
        if status:
            (line,) = err.splitlines()
            subprocess.run(re.search(r"; make it anew: (rm .*)$", line)[1], shell=True, cwd=project, check=True)
            assert repro(project)[0] == 0
        assert yaml.safe_load((project / "dvc.lock").read_text()) == yaml.safe_load(whole)


def test_a_pipeline_that_cannot_be_read_is_one_line_at_the_end(project):
    (project / "dvc.yaml").write_text("stages: {a: {cmd: 1, outs: 2, no: 3}}")
    status, _, err = repro(project)
    assert status == 2
    assert err.splitlines()[-1].startswith("relaxnet: dvc status dvc.yaml: ")
    assert "Traceback" not in err
