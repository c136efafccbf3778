"""Stage evaluate: models/<model> -> reports/evaluation/<model>, and metrics in the model's MLflow run."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.evaluate import evaluate_model
    from relaxnet.workflow.tasks import Paths

    evaluate_model(sys.argv[1], load_params(PARAMS_FILE), Paths(project_root()))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
