"""Stage paper: params, models and reports -> reports/paper, the paper's tables and figures one by one."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.backend import load_keras
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.studies.relaxation.paper.page import write_paper_page

    load_keras()
    write_paper_page(load_params(PARAMS_FILE), Path(), Path("reports", "paper"))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
