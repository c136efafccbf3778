"""Stage register: the best trained model becomes a version in the MLflow registry, under an alias."""

import sys

from relaxnet.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.config import project_root
    from relaxnet.params import PARAMS_FILE, load_params
    from relaxnet.relaxation.promote import register
    from relaxnet.relaxation.tasks import Paths

    register(load_params(PARAMS_FILE), Paths(project_root()), Path("reports", "registered.json"))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
