"""MKL stands in for the BLAS that tblite brings."""

import ctypes
import subprocess
import sys

import pytest
from geometries import chain

from relaxnet.studies.spectroscopy.physics import blas
from relaxnet.studies.spectroscopy.physics.blas import mkl_library, prefer_mkl

LEVELS = """
import os, sys
from relaxnet.studies.spectroscopy.physics import blas, levels
if sys.argv[1] == "bundled":
    levels.prefer_mkl = lambda: False
numbers, positions = eval(sys.argv[2])
print(levels.highest_levels(numbers, positions).tolist())
with open("/proc/self/maps") as maps:
    print(any("libmkl_core" in line for line in maps))
"""


@pytest.fixture
def anew():
    """What is found is kept for the life of a process: not here."""
    prefer_mkl.cache_clear()
    yield
    prefer_mkl.cache_clear()


def computed(which, molecule):
    """Levels, and whether MKL is loaded, in a process of its own."""
    geometry = repr((molecule.numbers.tolist(), molecule.positions_angstrom.tolist()))
    command = [sys.executable, "-c", LEVELS, which, geometry]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    levels, by_mkl = done.stdout.splitlines()
    return levels, by_mkl == "True"


def test_levels_by_mkl_are_those_of_the_bundled_library():
    pytest.importorskip("tblite", reason="needs the extra spectroscopy")
    if mkl_library() is None:
        pytest.skip("needs the extra mkl")
    for molecule in (chain(4, "O"), chain(6, "C")):
        bundled, by_mkl = computed("bundled", molecule), computed("mkl", molecule)
        assert (bundled[1], by_mkl[1]) == (False, True)
        assert by_mkl[0] == bundled[0]


def test_without_mkl_nothing_is_loaded(anew, monkeypatch):
    monkeypatch.setattr(blas, "mkl_library", lambda: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: pytest.fail("loaded"))
    assert prefer_mkl() is False


def test_an_mkl_that_cannot_be_loaded_is_left(anew, monkeypatch, tmp_path):
    damaged = tmp_path / "libmkl_rt.so.2"
    damaged.write_bytes(b"no library")
    monkeypatch.setattr(blas, "mkl_library", lambda: damaged)
    for name in blas.SETTINGS:
        monkeypatch.setenv(name, "as it is")
    assert prefer_mkl() is False


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_mkl_is_for_linux_only(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    assert mkl_library() is None
