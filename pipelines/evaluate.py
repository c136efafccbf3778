"""Stage evaluate: models/<model> -> reports/evaluation/<model>, and metrics in the model's MLflow run."""

import sys

from relaxnet.console import run_cleanly


def main() -> None:
    from relaxnet.config import project_root
    from relaxnet.params import PARAMS_FILE, load_params
    from relaxnet.relaxation.evaluate import evaluate_model
    from relaxnet.relaxation.tasks import Paths

    evaluate_model(sys.argv[1], load_params(PARAMS_FILE), Paths(project_root()))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
