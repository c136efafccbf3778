"""Stage register: the best trained model becomes a version in the MLflow registry, under an alias."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.register import register
    from relaxnet.workflow.tasks import Paths

    register(load_params(PARAMS_FILE), Paths(project_root()), Path("reports", "registered.json"))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
