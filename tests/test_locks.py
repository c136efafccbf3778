"""The lock files fit each other and the project."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAIN, SPECTROSCOPY = (ROOT / name for name in ("requirements.lock", "requirements-spectroscopy.lock"))
OF_MKL = {"intel-cmplr-lib-ur", "intel-openmp", "tbb", "tcmlib", "umf"}  # its dependencies
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def pins(file):
    """Names and versions."""
    return set(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", file.read_text(), re.MULTILINE))


def test_the_second_file_adds_what_its_extras_name_and_changes_nothing():
    """Its packages go into an environment of the first one's."""
    known = {name for name, _ in pins(MAIN)}
    added = {name for name, _ in pins(SPECTROSCOPY)} - known
    named = {re.match(r"[\w.-]+", asked)[0].lower() for asked in [*EXTRAS["spectroscopy"], *EXTRAS["mkl"]]}
    assert added == named | OF_MKL
    assert {pin for pin in pins(SPECTROSCOPY) if pin[0] in known} <= pins(MAIN)


@pytest.mark.parametrize("file", [MAIN, SPECTROSCOPY], ids=lambda file: file.name)
def test_every_package_has_hashes_and_no_address(file):
    text = file.read_text()
    assert len(pins(file)) > 5
    begun = re.findall(r"^(\S.*)\n(.*)", text, re.MULTILINE)
    assert all(line.endswith("\\") and following.startswith("    --hash=sha256:") for line, following in begun)
    assert "://" not in text
