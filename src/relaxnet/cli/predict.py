"""``relaxnet predict``: a glass that was estimated, under another thermal history."""

from __future__ import annotations

import argparse
from pathlib import Path

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import atomic_path

from ._common import check_outputs

_FIGURES = (".png", ".svg", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet predict``."""
    parser.description = (
        "Follow a glass, whose parameters `relaxnet estimate --json` found, along another thermal history: fictive "
        "temperature and cp_n, with 90 % bands from the uncertainty of the parameters."
    )
    parser.add_argument("result", metavar="RESULT.json", type=Path, help="of `relaxnet estimate --json`")
    parser.add_argument("--program", metavar="FILE.yaml", type=Path, required=True, help="one thermal history")
    parser.add_argument("--csv", metavar="FILE.csv", type=Path, help="temperatures, cp_n and bands over time")
    parser.add_argument("--plot", metavar="FILE.png", type=Path, help=f"a figure ({', '.join(_FIGURES)})")
    parser.set_defaults(run=_predict)


def _predict(arguments: argparse.Namespace) -> None:
    for name, allowed in (("csv", (".csv",)), ("plot", _FIGURES)):
        path = getattr(arguments, name)
        if path and path.suffix.lower() not in allowed:
            raise InvalidInputError(f"--{name}", path, f"a file name ending in {' or '.join(allowed)}")
    from relaxnet.studies.relaxation.dsc.predict import predict
    from relaxnet.studies.relaxation.dsc.programs import measured_files, read_program
    from relaxnet.studies.relaxation.dsc.record import Known
    from relaxnet.studies.relaxation.physics.kernels.compiling import announced

    read = (arguments.result, arguments.program, *measured_files(arguments.program))
    check_outputs((arguments.csv, arguments.plot), read)
    known, program = Known.read(arguments.result), read_program(arguments.program)
    with announced():
        found = predict(known, program)
    if arguments.csv:
        with atomic_path(arguments.csv) as part:
            found.to_frame().to_csv(part, index=False, float_format="%.10g", lineterminator="\n")
    if arguments.plot:
        figure = found.plot()
        with atomic_path(arguments.plot) as part:
            figure.savefig(part, format=arguments.plot.suffix[1:].lower())
    print(found)
