"""Stage compare: reports/evaluation -> reports/comparison, one page over all models."""

import sys

from relaxnet.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.comparison import read_history, write_comparison
    from relaxnet.params import PARAMS_FILE, load_params
    from relaxnet.relaxation.presentation import STUDY

    names = list(load_params(PARAMS_FILE).models)
    write_comparison(
        Path("reports", "evaluation"),
        Path("reports", "comparison"),
        study=STUDY,
        models=names,
        histories={name: read_history(Path("models", name, "history.csv")) for name in names},
    )


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
