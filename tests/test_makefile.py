"""What `make` gives to the programs that it starts."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("usable", [True, False])
def test_a_home_that_is_not_there_is_replaced(tmp_path, usable):
    """DVC and MLflow end with an error where they may not look into the home."""
    home = tmp_path if usable else tmp_path / "missing"
    asked = ["make", "--no-print-directory", "--eval", 'home: ; @echo "$$HOME"', "home"]
    environment = {**os.environ, "HOME": str(home)}
    found = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(found) == (home if usable else ROOT / ".relaxnet" / "home")
