"""Stage architectures: data/<subset> -> reports/architectures/<study>, trainings on equal terms."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.core.config import parse, project_root
    from relaxnet.core.errors import InvalidInputError
    from relaxnet.core.files import read_yaml
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.workflow.grid import ArchitecturesConfig, study
    from relaxnet.reporting.grid import write_report
    from relaxnet.workflow.tasks import Paths

    path, name = Path("architectures", "params.yaml"), sys.argv[1]
    studies = read_yaml(path)
    if name not in studies:
        raise InvalidInputError("study", name, f"one of {', '.join(studies)} of {path}")
    config = parse(ArchitecturesConfig, studies[name])
    rows = study(config, load_params(PARAMS_FILE), Paths(project_root()))
    write_report(rows, Path("reports", "architectures", name))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
