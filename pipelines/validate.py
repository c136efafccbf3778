"""Stage validate: data/<subset> -> reports/validation/<subset>.json and .html; a failure stops the pipeline."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.studies.relaxation.dataset import Dataset, subset_size
    from relaxnet.studies.relaxation.expectations.dataset import validate_dataset
    from relaxnet.datasets.validation import ensure_valid, write_report
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params

    subset = sys.argv[1]
    params = load_params(PARAMS_FILE)
    dataset = Dataset(Path("data", subset))
    expected = params.simulate.count or subset_size(subset)
    report = validate_dataset(dataset, params.validate_, subset=subset, expected_quartets=expected)
    folder = Path("reports", "validation")
    write_report(report, folder / f"{subset}.json", folder / f"{subset}.html")
    ensure_valid(report)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
