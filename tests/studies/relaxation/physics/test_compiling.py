"""Where compiled kernels are kept, and who compiles them."""

import os
import subprocess
import sys

import pytest

PHYSICS = "relaxnet.studies.relaxation.physics"
CALL = f"""
import numba
from {PHYSICS}.kernels.nodes import liquid_reach
print(liquid_reach(0.5, 1e-5) == liquid_reach.py_func(0.5, 1e-5), numba.config.CACHE_DIR)
"""
COMPILE = f"""
from {PHYSICS}.kernels.compiling import compile_elsewhere
for _ in range(2):
    compile_elsewhere("pretended:first_use")
"""
PRETENDED = """
import os
from pathlib import Path

def first_use():
    with Path(__file__).with_name("calls").open("a") as file:
        file.write(f"{os.getpid()} {os.getppid()}\\n")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a script in a process that keeps its kernels in ``tmp_path``; returns its id and its output."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))

    def run(script):
        done = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        output, _ = done.communicate()
        assert done.returncode == 0
        return done.pid, output

    return run


def test_kernels_are_kept_by_their_sources_where_the_user_says(tmp_path, run):
    assert run(CALL)[1] == f"True {tmp_path}\n"
    (index,) = tmp_path.rglob("*.nbi")
    assert index.name.startswith("nodes.liquid_reach")
    assert index.relative_to(tmp_path).parts[0].startswith("kernels-")


def test_another_process_compiles_once(tmp_path, run):
    (tmp_path / "pretended.py").write_text(PRETENDED)
    process, _ = run(COMPILE)
    run(COMPILE)
    ((compiling, parent),) = (line.split() for line in (tmp_path / "calls").read_text().splitlines())
    assert int(parent) == process != int(compiling)
