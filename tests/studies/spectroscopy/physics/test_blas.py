"""MKL takes the place of the BLAS that tblite ships with."""

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest
from geometries import chain

from relaxnet.studies.spectroscopy.physics import blas
from relaxnet.studies.spectroscopy.physics.blas import SETTINGS, mkl_library, prefer_mkl

MKL = ("libmkl_core.so.3", "libmkl_rt.so.3", "libmkl_sequential.so.3")

LEVELS = """
import sys
from relaxnet.studies.spectroscopy.physics.blas import prefer_mkl
from relaxnet.studies.spectroscopy.physics.levels import highest_levels
asked = sys.argv[1] == "mkl"
assert not asked or prefer_mkl()
for numbers, positions in eval(sys.argv[2]):
    print(highest_levels(numbers, positions).tolist())
with open("/proc/self/maps") as maps:
    assert any("libmkl_core" in line for line in maps) is asked
"""


def computed(which, **environment):
    """Levels in a process of its own."""
    molecules = (chain(4, "O"), chain(6, "C"))
    geometries = repr([(one.numbers.tolist(), one.positions_angstrom.tolist()) for one in molecules])
    command = [sys.executable, "-c", LEVELS, which, geometries]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120, env={**os.environ, **environment}
    )
    return done.stdout


@pytest.mark.parametrize("environment", [{}, {"MKL_INTERFACE_LAYER": "ILP64", "MKL_THREADING_LAYER": "TBB"}])
def test_levels_by_mkl_are_those_of_the_library_of_tblite(environment):
    """Whatever the user has set for other programs."""
    pytest.importorskip("tblite", reason="needs the extra spectroscopy")
    if mkl_library() is None:
        pytest.skip("needs the extra mkl")
    assert computed("mkl", **environment) == computed("own", **environment)


class Entry:
    """A file of an installed package."""

    def __init__(self, file):
        self.name, self._file = file.name, file

    def locate(self):
        return self._file


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A package of files without content; each is found anew, not taken from an earlier search of this process."""
    for name in MKL:
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(blas, "files", lambda _: [Entry(tmp_path / name) for name in ("LICENSE.txt", *MKL)])
    for name in SETTINGS:
        monkeypatch.setenv(name, "as it was")
    prefer_mkl.cache_clear()
    yield tmp_path
    prefer_mkl.cache_clear()


def test_the_library_of_the_package_is_found(installed):
    assert mkl_library() == installed / "libmkl_rt.so.3"


@pytest.mark.parametrize("name", MKL)
def test_a_damaged_installation_is_not_used(installed, name):
    """MKL itself would end the process at its first use."""
    (installed / name).unlink()
    assert mkl_library() is None
    assert prefer_mkl() is False
    assert os.environ["MKL_CBWR"] == "as it was"


def test_what_cannot_be_loaded_is_left(installed):
    assert prefer_mkl() is False
    assert os.environ["MKL_CBWR"] == "as it was"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_mkl_is_for_linux_only(installed, monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    assert mkl_library() is None


@pytest.mark.parametrize("found", [None, []])
def test_a_package_without_a_list_of_files_is_not_used(installed, monkeypatch, found):
    monkeypatch.setattr(blas, "files", lambda _: found)
    assert mkl_library() is None


def test_without_the_package_there_is_none(installed, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(blas, "files", missing)
    assert prefer_mkl() is False
