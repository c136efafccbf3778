"""Stage train: data/<subset> -> models/<model>, and a run in MLflow."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    # imported here: an interruption while TensorFlow loads gets its one line too
    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.tasks import Paths
    from relaxnet.workflow.train import train_model

    train_model(sys.argv[1], load_params(PARAMS_FILE), Paths(project_root()))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
