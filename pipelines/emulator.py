"""Build the project's emulator where there is none, and validate what it yields like a dataset.

Writes reports/emulator/index.html and emulator.json; a failure is told in one line and ends with status 2.  No stage
of the pipeline: only trainings with ``stream: true`` use the emulator, and they build it themselves.
"""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.config import project_root
    from relaxnet.datasets.validation import ensure_valid, write_report
    from relaxnet.studies.relaxation.expectations.emulator import validate_emulator
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.studies.relaxation.samples.stream import project_emulator

    params = load_params(PARAMS_FILE)
    report = validate_emulator(project_emulator(project_root()), params.validate_)
    folder = Path("reports", "emulator")
    write_report(report, folder / "emulator.json", folder / "index.html")
    print(f"emulator: see {folder / 'index.html'}")
    ensure_valid(report)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
