"""Stage search: data/<subset> -> reports/search, the trials as child runs in MLflow."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.tasks import Paths
    from relaxnet.workflow.search import search

    search(load_params(PARAMS_FILE), Paths(project_root()), Path("reports", "search"))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
