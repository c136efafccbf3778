"""Stage compare: reports/evaluation -> reports/comparison, one page over all models."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.compare import compare

    models = list(load_params(PARAMS_FILE).models)
    memory = project_root() / ".relaxnet" / "comparison.json"
    compare(Path(), Path("reports", "comparison"), models, memory)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
