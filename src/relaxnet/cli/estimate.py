"""``relaxnet estimate``: TNM parameters of a sample, or of many, from the files of DSC instruments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.from_files.run import METHODS, Method, Request
from relaxnet.studies.relaxation.physics.parameters import PARAMETER_NAMES, ZERO_CELSIUS_K

from ._common import UsageError, check_outputs, rate_option, whole_option

if TYPE_CHECKING:
    from relaxnet.studies.relaxation.dsc.assemble import Sample
    from relaxnet.studies.relaxation.dsc.result import Estimate

_FIX_NAMES = {"dh": "dh_j_per_mol"}  # as `relaxnet simulate` has it
_FIGURES = (".png", ".svg", ".pdf")
_DIRECTIONS: tuple[Literal["up", "down"], ...] = ("up", "down")

Choice = TypeVar("Choice", bound=str)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet estimate``."""
    parser.description = (
        "Estimate the parameters ln A, dh, x and beta of the TNM model from DSC heating scans: files of instruments, "
        "tables, or curves of `relaxnet simulate`.  All files are of one sample, unless --batch is given."
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+")
    out = parser.add_argument_group("output")
    out.add_argument("--json", metavar="FILE.json", type=Path, help="all results, for programs and `relaxnet predict`")
    out.add_argument("--report", metavar="FILE.html", type=Path, help="a page with figures, intervals and flags")
    out.add_argument("--plot", metavar="FILE.png", type=Path, help=f"the scans and the model ({', '.join(_FIGURES)})")
    out.add_argument("--batch", action="store_true", help="each file is a sample of its own; needs --csv")
    out.add_argument("--csv", metavar="FILE.csv", type=Path, help="table of a --batch, one row a file")
    scans = parser.add_argument_group("what the files do not say")
    scans.add_argument("--program", metavar="FILE.yaml", type=Path, help="thermal history of each scan")
    cooling_help = "of the cooling before each scan, one for all files: 10 (K/min), 1000K/s; else give a --program"
    scans.add_argument("--cooling-rate", metavar="RATE", help=cooling_help)
    scans.add_argument("--heating-rate", metavar="RATE", help="of the scans, one for all files")
    scans.add_argument("--exo", metavar="up|down", help="direction of an exothermic event in the files")
    scans.add_argument("--mass-mg", metavar="MG", help="of the sample")
    scans.add_argument("--segment", metavar="N", help="fit this curve only, as `relaxnet inspect` counts them")
    scans.add_argument("--glass-range", metavar="A,B", help="where only glass is seen, in degC (default: found)")
    scans.add_argument("--liquid-range", metavar="A,B", help="where only liquid is seen, in degC (default: found)")
    model = parser.add_argument_group("the fit")
    fix_help = "a known parameter, such as x=0.5; may be given several times"
    model.add_argument("--fix", metavar="NAME=VALUE", action="append", default=[], help=fix_help)
    lag_help = "thermal lag: a time constant in s, 0 for none (default: auto, fitted)"
    model.add_argument("--lag", metavar="auto|S", default="auto", help=lag_help)
    model.add_argument("--robust", action="store_true", help="points far from the model weigh less")
    method_help = f"{' or '.join(METHODS)} (default: fit, from the networks' answer); network takes up to six scans, "
    method_help += "each heated after a cooling alone, not aged by a --program"
    model.add_argument("--method", metavar="METHOD", help=method_help)
    model.add_argument("--no-refine", action="store_true", help="the same as --method network")
    model.add_argument("--workers", metavar="N", help="threads of a fit, or processes of a --batch")
    parser.set_defaults(run=_estimate)


def _estimate(arguments: argparse.Namespace) -> None:
    request = _request(arguments)
    outputs = _outputs(arguments)
    _check_unique([*arguments.files])
    check_outputs(outputs, [*arguments.files, *_of_program(arguments.program)])
    from relaxnet.studies.relaxation.physics.kernels.compiling import announced

    with announced():
        (_batch if arguments.batch else _one)(arguments, request)


def _of_program(program: Path | None) -> list[Path]:
    """The files that a program file stands for."""
    if program is None:
        return []
    from relaxnet.studies.relaxation.dsc.programs import measured_files

    return [program, *measured_files(program)]


def _one(arguments: argparse.Namespace, request: Request) -> None:
    from relaxnet.core.files import write_json, write_text
    from relaxnet.studies.relaxation.from_files.run import run

    if arguments.csv:
        raise InvalidInputError("--csv", arguments.csv, "absent without --batch")
    estimate, sample = run(arguments.files, request)
    writers: list[Callable[[], None]] = []
    if arguments.json:
        from relaxnet.studies.relaxation.dsc.record import record

        content = record(estimate, sample.sources)
        writers.append(lambda: write_json(arguments.json, content))
    if arguments.report:
        from relaxnet.studies.relaxation.dsc.knowledge import costs
        from relaxnet.studies.relaxation.dsc.report import render_report

        page = render_report(estimate, sample.sources, costs=costs(estimate))
        writers.append(lambda: write_text(arguments.report, page))
    if arguments.plot:
        writers.append(lambda: _save_plot(arguments.plot, estimate))
    for write in writers:  # when all is well
        write()
    print(estimate)
    _print_notes(sample)


def _batch(arguments: argparse.Namespace, request: Request) -> None:
    from tqdm import tqdm

    from relaxnet.core.errors import DataFileError
    from relaxnet.studies.relaxation.from_files.batch import run_batch

    for field in ("json", "report", "plot"):
        if getattr(arguments, field):
            raise InvalidInputError(f"--{field}", getattr(arguments, field), "absent where --batch is given")
    if not arguments.csv:
        raise UsageError("--batch needs --csv FILE.csv (see 'relaxnet estimate --help')")
    files = arguments.files
    with tqdm(total=len(files), unit="sample", desc="estimate", disable=None) as bar:
        failed = run_batch(files, request, arguments.csv, workers=_workers(arguments), progress=bar.update)
    print(f"{len(files) - failed} of {len(files)} samples estimated: {arguments.csv}")
    if failed:
        raise DataFileError(
            f"{arguments.csv}: {failed} of {len(files)} samples could not be estimated: see its column error"
        )


def _print_notes(sample: Sample) -> None:
    lines = [
        f"  - {source['file']}: {text}"
        for source in sample.sources
        for text in (*source["notes"], *_not_used(source["skipped"]))
    ]
    if lines:
        print("\nNotes:", *lines, sep="\n")


def _not_used(skipped: Sequence[Mapping[str, str]]) -> list[str]:
    """Curves that were not used, one sentence a reason."""
    curves = dict[str, list[str]]()
    for skip in skipped:
        curves.setdefault(skip["why"], []).append(skip["curve"])
    return [f"curve{'s' if len(names) > 1 else ''} {', '.join(names)} not used: {why}" for why, names in curves.items()]


def _save_plot(path: Path, estimate: Estimate) -> None:
    from relaxnet.core.files import atomic_path

    figure = estimate.plot()
    with atomic_path(path) as part:
        figure.savefig(part, format=path.suffix[1:].lower())


def _request(arguments: argparse.Namespace) -> Request:
    from relaxnet.studies.relaxation.dsc.options import ScanOptions

    workers = _workers(arguments)
    return Request(
        exo=_choice("--exo", arguments.exo, _DIRECTIONS),
        mass_mg=arguments.mass_mg and _number("--mass-mg", arguments.mass_mg, "a mass in mg", 0.0),
        scans=ScanOptions(
            program=arguments.program,
            cooling_rate_k_per_min=_rate("--cooling-rate", arguments.cooling_rate),
            heating_rate_k_per_min=_rate("--heating-rate", arguments.heating_rate),
            segment=whole_option("--segment", arguments.segment),
            glass_range_k=_range("--glass-range", arguments.glass_range),
            liquid_range_k=_range("--liquid-range", arguments.liquid_range),
        ),
        lag="auto" if arguments.lag == "auto" else _number("--lag", arguments.lag, "auto, or a time in s from 0", 0.0),
        fix=_fixed(arguments.fix),
        robust=arguments.robust,
        method=_method(arguments),
        workers=1 if arguments.batch else workers or 1,
    )


def _rate(option: str, text: str | None) -> float | None:
    if text is not None and "," in text:
        allowed = "one rate, for all files, such as 10 (K/min) or 1000K/s; a --program file has one for each"
        raise InvalidInputError(option, text, allowed)
    return rate_option(option, text)


def _outputs(arguments: argparse.Namespace) -> list[Path]:
    suffixes = {"json": (".json",), "report": (".html", ".htm"), "plot": _FIGURES, "csv": (".csv",)}
    found = []
    for name, allowed in suffixes.items():
        path = getattr(arguments, name)
        if path is None:
            continue
        if path.suffix.lower() not in allowed:
            raise InvalidInputError(f"--{name}", path, f"a file name ending in {' or '.join(allowed)}")
        found.append(path)
    for number, path in enumerate(found):
        if path in found[:number]:
            raise InvalidInputError("output", path, "a file of its own for each output")
    return found


def _check_unique(files: Sequence[Path]) -> None:
    for number, file in enumerate(files):
        if file.resolve() in [other.resolve() for other in files[:number]]:
            raise InvalidInputError("FILE", file, "given once")


def _method(arguments: argparse.Namespace) -> Method:
    method = _choice("--method", arguments.method, METHODS)
    if arguments.no_refine and method not in (None, "network"):
        raise InvalidInputError("--no-refine", "given", f"absent with --method {method}")
    return "network" if arguments.no_refine else method or "fit"


def _fixed(given: Sequence[str]) -> dict[str, float]:
    fixed: dict[str, float] = {}
    for text in (part for option in given for part in option.split(",")):
        name, equals, value = text.partition("=")
        name = _FIX_NAMES.get(name.strip(), name.strip())
        if not equals or name not in PARAMETER_NAMES:
            raise InvalidInputError("--fix", text, f"NAME=VALUE, with NAME one of {', '.join(PARAMETER_NAMES)}")
        if name in fixed:
            raise InvalidInputError("--fix", text, f"given once for {name}")
        from relaxnet.studies.relaxation.physics.parameters import check_parameter

        fixed[name] = check_parameter(name, value)
    return fixed


def _range(option: str, text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    allowed = "two temperatures in degC, the lower one first, such as 20,60"
    low, comma, high = text.partition(",")
    if not comma:
        raise InvalidInputError(option, text, allowed)
    return (
        _number(option, low, allowed, -ZERO_CELSIUS_K) + ZERO_CELSIUS_K,
        _number(option, high, allowed, -ZERO_CELSIUS_K) + ZERO_CELSIUS_K,
    )


def _number(option: str, text: str, allowed: str, low: float) -> float:
    from relaxnet.studies.relaxation.physics.parameters import checked_number

    return checked_number(option, text, low, float("inf"), allowed)


def _workers(arguments: argparse.Namespace) -> int | None:
    from relaxnet.core.processes import check_workers

    workers = whole_option("--workers", arguments.workers)
    check_workers(workers)
    return workers


def _choice(option: str, text: str | None, allowed: Sequence[Choice]) -> Choice | None:
    if text is None:
        return None
    found = next((choice for choice in allowed if choice == text), None)
    if found is None:
        raise InvalidInputError(option, text, " or ".join(allowed))
    return found
