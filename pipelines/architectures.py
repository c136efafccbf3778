"""Stage architectures: data/<subset> -> reports/architectures/<study>, trainings on equal terms."""

import sys

from relaxnet.console import run_cleanly


def main() -> None:
    from pathlib import Path

    from relaxnet.config import parse, project_root
    from relaxnet.errors import InvalidInputError
    from relaxnet.files import read_yaml
    from relaxnet.params import PARAMS_FILE, load_params
    from relaxnet.relaxation.architectures import ArchitecturesConfig, study
    from relaxnet.relaxation.architectures_report import write_report
    from relaxnet.relaxation.tasks import Paths

    path, name = Path("architectures", "params.yaml"), sys.argv[1]
    studies = read_yaml(path)
    if name not in studies:
        raise InvalidInputError("study", name, f"one of {', '.join(studies)} of {path}")
    config = parse(ArchitecturesConfig, studies[name])
    rows = study(config, load_params(PARAMS_FILE), Paths(project_root()))
    write_report(rows, Path("reports", "architectures", name))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
