"""Bring pipelines up to date as `dvc repro` does, with independent stages side by side: `repro.py dvc.yaml ...`."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from relaxnet.workflow.repro import bring_up_to_date

    bring_up_to_date(sys.argv[1:] or ["dvc.yaml"])


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
