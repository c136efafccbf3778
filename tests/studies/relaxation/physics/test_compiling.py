"""Where compiled kernels are kept, and that their results do not depend on who compiles them."""

import ast
import os
import re
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from relaxnet.core import compiling
from relaxnet.studies.relaxation.physics import kernels

PHYSICS = "relaxnet.studies.relaxation.physics"
CALL = f"""
import numba
from {PHYSICS}.kernels.compiling import announced, cache_folder
with announced():
    from {PHYSICS}.kernels.nodes import glass_reach
    print(glass_reach(0.5, 0.5, 1e-5), numba.config.CACHE_DIR, cache_folder())
"""
INSPECT = f"""
import os, sys
from pathlib import Path
import numpy as np
from numba.core.registry import CPUDispatcher
from {PHYSICS} import Program, Ramp, TNMParameters, describe, simulate, simulate_many
for dtype in (np.float64, np.float32):
    signals = simulate_many([[-79.21, 318443.9, 0.57, 0.71]], dtype=dtype)
    describe(signals)
    signals.on_grid(np.linspace(400.0, 500.0, 3), dtype)
simulate(TNMParameters(-79.21, 318443.9, 0.57, 0.71), Program(490.0, (Ramp(430.0, 10.0),)))
modules = [module for name, module in sys.modules.items() if name.startswith("{PHYSICS}.kernels.")]
found = {{key: value for module in modules for key, value in vars(module).items() if isinstance(value, CPUDispatcher)}}
for key, value in found.items():
    Path(os.environ["RELAXNET_TEST"], key + ".ll").write_text("".join(value.inspect_llvm().values()))
print(len(found))
"""


def run(script, **environment):
    """Output of a script in a process of its own, and what it says on stderr."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    done = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_kernels_are_kept_by_their_sources_where_the_user_says(tmp_path):
    first, told = run(CALL, NUMBA_CACHE_DIR=str(tmp_path))
    again, silence = run(CALL, NUMBA_CACHE_DIR=str(tmp_path))
    assert first == again
    value, numbas, ours = first.split()
    assert float(value) == pytest.approx(4 * (np.log(1e5) + np.log(np.log(1e5))))
    assert numbas == str(tmp_path)  # the setting is everybody's, and stays
    assert os.path.dirname(ours) == str(tmp_path)  # noqa: PTH120
    assert {path.name.partition("-")[0] for path in tmp_path.rglob("*.nbi")} >= {"nodes.glass_reach"}
    assert "compiling the simulator (some 20 s, once)" in told
    assert silence == ""


def test_kernels_elsewhere_are_kept_by_what_they_import(tmp_path, monkeypatch):
    """Numba looks at the file of a kernel only, not at a constant that it imports."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "constants.py").write_text("FACTOR = 2.0\n")
    code = f"from {PHYSICS}.kernels.compiling import kernel\nfrom .constants import FACTOR\n\n\n"
    (tmp_path / "beside" / "own.py").write_text(code + "@kernel()\ndef times(x):\n    return FACTOR * x\n")
    call = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from beside.own import times; print(times(1.0))"
    for value in ("2.0", "3.0"):
        (tmp_path / "beside" / "constants.py").write_text(f"FACTOR = {value}\n")
        os.utime(tmp_path / "beside" / "constants.py", (1e9, 1e9))  # as if within a second of one another
        assert run(call, NUMBA_CACHE_DIR=str(tmp_path / "kept"), PYTHONDONTWRITEBYTECODE="1")[0].split() == [value]


def test_where_nothing_else_can_be_written_a_folder_of_the_users_own(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setattr(kernels, "__file__", str(blocked / "a" / "b"))
    monkeypatch.setattr(compiling.numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    find = partial(compiling.cache_folder.__wrapped__, kernels.__name__)
    found = find()
    assert found.parent == tmp_path / f"relaxnet-{os.getuid()}"
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700
    found.parent.chmod(0o777)  # what lies there is executed: not where others can write
    assert find() is None


SOURCES = sorted(Path(kernels.__path__[0]).glob("*.py"))
EXACT = {"floor", "sqrt", "copysign", "ldexp"}  # of the C library: correctly rounded, as IEEE arithmetic is


def calls_of(file):
    """What the kernels of a module call of ``math`` and ``np``, and their powers that are no small whole number."""
    for function in ast.parse(file.read_text()).body:
        if isinstance(function, ast.FunctionDef) and "kernel(" in "".join(map(ast.unparse, function.decorator_list)):
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "math" and node.attr.islower():
                    yield node.attr
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np":
                    yield f"np.{node.attr}"
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                    yield f"** {ast.unparse(node.right)}"
                yield from ["fastmath"] * ("fastmath" in "".join(map(ast.unparse, function.decorator_list)))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_kernels_use_nothing_that_rounds_otherwise_elsewhere(file):
    arrays = {
        "np.empty",
        "np.zeros",
        "np.full",
        "np.array",
        "np.minimum",
        "np.argmax",
        "np.searchsorted",
        "np.int64",
        "np.nan",
    }
    assert set(calls_of(file)) <= EXACT | arrays | {"** 2", "inf", "nan"}


@pytest.mark.slow
def test_the_compiler_may_not_reorder_or_fuse_and_calls_nothing(tmp_path):
    """In the code that it makes: every kernel by itself, with all that it has inlined."""
    output, _ = run(INSPECT, NUMBA_CACHE_DIR=str(tmp_path), RELAXNET_TEST=str(tmp_path))
    assert int(output) > 20
    codes = {file.stem: file.read_text() for file in tmp_path.glob("*.ll")}
    assert {"chr_quartet", "solve_pieces", "fit_weights", "decode_many", "describe_scans"} <= set(codes)
    for name, code in codes.items():
        assert not re.findall(
            r"f(?:add|sub|mul|div|cmp) (?:reassoc|contract|fast|nsz|arcp|afn|nnan|ninf)[^\n]*", code
        ), name
        called = {call.split(".f64")[0] for call in re.findall(r"call double @([\w.]+)\(", code)}
        called |= {f"llvm.{call}" for call in re.findall(r"call [^@\n]*@llvm\.(\w+)\.v\d+f64", code)}
        exact = {*EXACT, *(f"llvm.{name}" for name in (*EXACT, "fabs", "minnum", "maxnum"))}
        # of numba itself: what the wrapper for Python calls, and how long the numbers in an error message are
        assert called <= exact | {"PyFloat_AsDouble", "llvm.log10"}, name
