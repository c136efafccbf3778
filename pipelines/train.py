"""Stage train: data/<subset> -> models/<model>, and a run in MLflow."""

import sys
from pathlib import Path

from relaxnet.config import load_params, project_root
from relaxnet.console import run_cleanly
from relaxnet.relaxation.runs import Paths, train_model

if __name__ == "__main__":
    sys.exit(run_cleanly(lambda: train_model(sys.argv[1], load_params(Path("params.yaml")), Paths(project_root()))))
