"""Stage validate: data/<subset> -> reports/validation/<subset>.json and .html; a failure stops the pipeline."""

import sys
from pathlib import Path

from relaxnet.config import load_params
from relaxnet.console import run_cleanly
from relaxnet.dataset import Dataset, subset_size
from relaxnet.dataset.expectations import validate_dataset
from relaxnet.dataset.report import ensure_valid, write_report


def main(subset: str) -> None:
    params = load_params(Path("params.yaml"))
    dataset = Dataset(Path("data", subset))
    expected = params.simulate.count or subset_size(subset)
    report = validate_dataset(dataset, params.validate_, subset=subset, expected_quartets=expected)
    folder = Path("reports", "validation")
    write_report(report, folder / f"{subset}.json", folder / f"{subset}.html")
    ensure_valid(report)


if __name__ == "__main__":
    sys.exit(run_cleanly(lambda: main(sys.argv[1])))
