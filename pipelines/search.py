"""Stage search: data/<subset> -> reports/search, the trials as child runs in MLflow."""

import sys
from pathlib import Path

from relaxnet.config import load_params, project_root
from relaxnet.console import run_cleanly
from relaxnet.relaxation.runs import Paths
from relaxnet.relaxation.tune import search

if __name__ == "__main__":
    sys.exit(
        run_cleanly(lambda: search(load_params(Path("params.yaml")), Paths(project_root()), Path("reports", "search")))
    )
