"""``relaxnet inspect``: what was read from the files of DSC instruments, without fitting."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.errors import DataFileError, InvalidInputError, RelaxnetError

from ._common import check_outputs, rate_option, whole_option

if TYPE_CHECKING:
    from relaxnet.studies.relaxation.dsc.inspection import InspectedFile
    from relaxnet.studies.relaxation.instruments import ReadOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet inspect``."""
    parser.description = (
        "Show what was read from the files of DSC instruments: maker, sample, curves with their rates, glass "
        "transitions and other events.  Nothing is fitted.  Of several files the good ones are shown before the first "
        "that is refused is told; --json is written if all are good."
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--json", metavar="OUT.json", type=Path, help="write it there too; a list for several files")
    add_reading_arguments(parser)
    parser.set_defaults(run=_inspect)


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that tell what a file does not tell itself; shared by the commands that read such files."""
    parser.add_argument("--exo", metavar="up|down", help="where an exothermic event points in the files")
    parser.add_argument("--mass-mg", metavar="MG", help="mass of the sample")
    parser.add_argument("--cooling-rate", metavar="RATE", help="of coolings not in the files: 10 (K/min), 1000K/s")
    parser.add_argument("--heating-rate", metavar="RATE", help="of heatings without times")
    parser.add_argument("--segment", metavar="N", help="this curve of each file only, as inspect counts them")


def reading_options(arguments: argparse.Namespace) -> ReadOptions:
    """Options of `add_reading_arguments` as a reader takes them; raises `InvalidInputError` naming a bad one."""
    from relaxnet.studies.relaxation.instruments import ReadOptions

    return ReadOptions(
        exo=arguments.exo,
        mass_mg=arguments.mass_mg,
        cooling_rate_k_per_min=rate_option("--cooling-rate", arguments.cooling_rate),
        heating_rate_k_per_min=rate_option("--heating-rate", arguments.heating_rate),
        segment=whole_option("--segment", arguments.segment),
    )


def _inspect(arguments: argparse.Namespace) -> None:
    from relaxnet.core.files import write_json
    from relaxnet.studies.relaxation.dsc.inspection import as_dictionary, as_text, inspect
    from relaxnet.studies.relaxation.instruments import read_file

    options = reading_options(arguments)
    if arguments.json and arguments.json.suffix.lower() != ".json":
        raise InvalidInputError("--json", arguments.json, "a file name ending in .json")
    check_outputs([arguments.json], arguments.files)
    inspected: list[InspectedFile] = []
    errors: list[RelaxnetError] = []
    for path in arguments.files:
        try:
            inspected.append(inspect(read_file(path, options)))
        except RelaxnetError as error:
            errors.append(error)
    if arguments.json and not errors:
        written = [as_dictionary(one) for one in inspected]
        write_json(arguments.json, written[0] if len(written) == 1 else written)
    if inspected:
        print("\n\n".join(as_text(one) for one in inspected))
    if errors:
        more = f" (and {len(errors) - 1} more of {len(arguments.files)} files)" if len(errors) > 1 else ""
        raise DataFileError(f"{errors[0]}{more}")
