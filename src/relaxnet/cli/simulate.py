"""``relaxnet simulate``: heating scans of one parameter set, or of a table of them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import check_writable
from relaxnet.studies.relaxation.physics import PARAMETER_NAMES, ChrProgram, TNMParameters, chr_program, simulate
from relaxnet.studies.relaxation.physics.parameters import RANGES, ZERO_CELSIUS_K
from relaxnet.studies.relaxation.physics.program import TABLE_1_COOLING_RATES_K_PER_MIN, TABLE_1_HEATING_RATE_K_PER_MIN

from ._common import UsageError

if TYPE_CHECKING:
    from relaxnet.core.executors import Executor

_OPTIONS = dict(zip(PARAMETER_NAMES, ("ln_a", "dh", "x", "beta"), strict=True))
_DEFAULT_STEP_C = 0.1
_STEP_LIMITS_C = (1e-4, 100.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``relaxnet simulate``."""
    parser.description = (
        "Simulate the heating scans after cooling at several rates.  A .csv output holds the curves of one parameter "
        "set on a temperature grid; a .parquet output is a dataset of one or many sets."
    )
    for name, option in _OPTIONS.items():
        low, high = RANGES[name]
        range_help = f"{name}{' in J/mol' if option == 'dh' else ''}, from {low:g} to {high:g}"
        parser.add_argument(f"--{option.replace('_', '-')}", metavar="NUMBER", help=range_help)
    table_help = f"many sets instead: columns {','.join(PARAMETER_NAMES)}"
    parser.add_argument("--parameters", metavar="FILE.csv", type=Path, help=table_help)
    rates = ",".join(f"{rate:g}" for rate in TABLE_1_COOLING_RATES_K_PER_MIN)
    parser.add_argument("--cooling-rates", metavar="K/MIN,...", default=rates, help="rising (default: %(default)s)")
    rate = f"{TABLE_1_HEATING_RATE_K_PER_MIN:g}"
    parser.add_argument("--heating-rate", metavar="K/MIN", default=rate, help="(default: %(default)s)")
    parser.add_argument("--step", metavar="DEGC", help=f"of a .csv output's grid (default: {_DEFAULT_STEP_C:g})")
    certify_help = "print the estimated error of each curve, from a second, finer run"
    parser.add_argument("--certify", action="store_const", const="true", help=certify_help)
    parser.add_argument("--workers", metavar="N", help="threads for --parameters (default: all processors)")
    parser.add_argument("--dask-address", metavar="HOST:PORT", help="a Dask scheduler for --parameters instead")
    parser.add_argument("--output", metavar="FILE.csv|FILE.parquet", type=Path, required=True)
    parser.add_argument("--plot", metavar="FILE.png", type=Path, help="draw the curves too (.png, .svg or .pdf)")
    parser.set_defaults(run=_simulate)


def _simulate(arguments: argparse.Namespace) -> None:
    rates, rate = arguments.cooling_rates.split(","), arguments.heating_rate
    cooling = [_number("cooling_rates_k_per_min", text, "numbers separated by commas") for text in rates]
    program = chr_program(cooling, _number("heating_rate_k_per_min", rate, "a number"))
    suffix = arguments.output.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise InvalidInputError("output", arguments.output, "a file name ending in .csv or .parquet")
    if suffix != ".csv":
        _refuse(arguments, ["step"], ": a .parquet output has no temperature grid")
    from relaxnet.studies.relaxation.physics.kernels.compiling import announced

    with announced():
        (_simulate_table if arguments.parameters else _simulate_one)(arguments, program)


def _simulate_one(arguments: argparse.Namespace, program: ChrProgram) -> None:
    from relaxnet.studies.relaxation.curves import FIGURE_SUFFIXES, plot_curves, transition_grid_c, write_curves

    parameters, step_c = _parameters(arguments), _step(arguments.step)
    _refuse(arguments, ["workers", "dask_address"], ": one parameter set is no work to share")
    if arguments.plot and arguments.plot.suffix.lower() not in FIGURE_SUFFIXES:
        raise InvalidInputError("plot", arguments.plot, f"a file name ending in {', '.join(FIGURE_SUFFIXES)}")
    for path in filter(None, (arguments.output, arguments.plot)):
        check_writable(path)
    signals = simulate(parameters, program, certify=bool(arguments.certify))
    rates, is_table = program.cooling_rates_k_per_min, arguments.output.suffix.lower() == ".csv"
    if is_table or arguments.plot:
        grid_c = transition_grid_c(signals, step_c)
        cp_n = signals.on_grid(grid_c + ZERO_CELSIUS_K)[0].astype(float)
    if is_table:
        write_curves(arguments.output, rates, grid_c, cp_n)
    else:
        from relaxnet.studies.relaxation.dataset import write_single

        write_single(arguments.output, parameters.as_array()[None], program)
    if arguments.plot:
        title = (
            f"ln(A/s) = {parameters.ln_a:g}, Δh* = {parameters.dh_j_per_mol / 1e3:g} kJ/mol, x = {parameters.x:g}, "
            f"β = {parameters.beta:g}, heating at {program.heating_rate_k_per_min:g} K/min"
        )
        plot_curves(arguments.plot, rates, grid_c, cp_n, title=title)
    if signals.error is not None:
        errors = [f"{error:.1e} at {rate:g} K/min" for error, rate in zip(signals.error[0], rates, strict=True)]
        print(f"estimated largest error of cp_n / max(1, cp_n,max): {', '.join(errors)}")


def _simulate_table(arguments: argparse.Namespace, program: ChrProgram) -> None:
    from tqdm import tqdm

    from relaxnet.studies.relaxation.curves import read_parameters
    from relaxnet.studies.relaxation.dataset import write_single

    _refuse(arguments, ["certify", *_OPTIONS.values(), "plot"], " where --parameters is given")
    if arguments.output.suffix.lower() != ".parquet":
        raise InvalidInputError("output", arguments.output, "a .parquet file where --parameters is given")
    if arguments.output.exists() and arguments.parameters.exists() and arguments.output.samefile(arguments.parameters):
        raise InvalidInputError("output", arguments.output, "another file than that of --parameters")
    executor = _executor(arguments)
    sets = read_parameters(arguments.parameters, program)
    check_writable(arguments.output)
    # no bar where stderr is a file or a pipe
    with tqdm(total=len(sets), unit="set", desc="simulate", disable=None) as bar:
        notice = partial(bar.write, file=sys.stderr)
        write_single(arguments.output, sets, program, executor=executor, progress=bar.update, notice=notice)


def _refuse(arguments: argparse.Namespace, fields: Sequence[str], reason: str) -> None:
    """Refuse the first of ``fields`` that is given."""
    for field in fields:
        if (value := getattr(arguments, field)) is not None:
            raise InvalidInputError(field, value, f"absent{reason}")


def _number(field: str, text: str, allowed: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInputError(field, repr(text), allowed) from None


def _parameters(arguments: argparse.Namespace) -> TNMParameters:
    missing = [option for option in _OPTIONS.values() if getattr(arguments, option) is None]
    if missing:
        options = ", ".join(f"--{option.replace('_', '-')}" for option in missing)
        raise UsageError(f"give {options}, or --parameters FILE.csv (see 'relaxnet simulate --help')")
    return TNMParameters(**{name: getattr(arguments, option) for name, option in _OPTIONS.items()})


def _step(text: str | None) -> float:
    low, high = _STEP_LIMITS_C
    allowed = f"a number of degC from {low:g} to {high:g}"
    step_c = _DEFAULT_STEP_C if text is None else _number("step", text, allowed)
    if not low <= step_c <= high:
        raise InvalidInputError("step", text, allowed)
    return step_c


def _executor(arguments: argparse.Namespace) -> Executor:
    from relaxnet.core.executors import make_executor
    from relaxnet.core.processes import MAX_WORKERS

    workers = arguments.workers
    if arguments.dask_address is not None:
        _refuse(arguments, ["workers"], " where --dask-address is given")
        return make_executor("dask", dask_address=arguments.dask_address)
    if workers is not None and not (re.fullmatch(r"[0-9]{1,9}", workers) and 1 <= int(workers) <= MAX_WORKERS):
        raise InvalidInputError("workers", workers, f"a whole number from 1 to {MAX_WORKERS}")
    return make_executor("local", workers=workers and int(workers))
