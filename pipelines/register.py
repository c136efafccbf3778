"""Stage register: the best trained model becomes a version in the MLflow registry, under an alias."""

import sys
from pathlib import Path

from relaxnet.config import load_params, project_root
from relaxnet.console import run_cleanly
from relaxnet.relaxation.promote import register
from relaxnet.relaxation.runs import Paths

if __name__ == "__main__":
    sys.exit(
        run_cleanly(
            lambda: register(
                load_params(Path("params.yaml")), Paths(project_root()), Path("reports", "registered.json")
            )
        )
    )
