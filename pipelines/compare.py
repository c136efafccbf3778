"""Stage compare: reports/evaluation -> reports/comparison, one page over all models."""

import sys
from pathlib import Path

import pandas as pd

from relaxnet.comparison import write_comparison
from relaxnet.config import load_params
from relaxnet.console import run_cleanly
from relaxnet.relaxation.presentation import STUDY


def main() -> None:
    params = load_params(Path("params.yaml"))
    histories = {name: pd.read_csv(Path("models", name, "history.csv")).to_dict("list") for name in params.models}
    write_comparison(
        Path("reports", "evaluation"),
        Path("reports", "comparison"),
        study=STUDY,
        models=list(params.models),
        histories=histories,
    )


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
