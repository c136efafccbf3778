"""Heating scans of one sample, put together from files, options and a program file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.config import MISSING
from relaxnet.core.errors import DataFileError, InvalidInputError

from ..physics import ZERO_CELSIUS_K, Program
from .curve import Curve, InstrumentFile, Quantity
from .histories import history
from .options import ScanOptions
from .programs import ScanProgram, describe_program, read_programs
from .result import Flag
from .same_sample import Transition, check_names, check_transitions
from .scan import HeatingScan
from .windows import Window, find_window

Float = NDArray[np.float64]

_LONGEST_NAME = 24
MIN_POINTS = 12  # four lines' coefficients and four parameters need more than as many


@dataclass(frozen=True, eq=False)
class Sample:
    """Scans of one sample; ``sources`` say, as JSON has it, what was read from where, ``flags`` what to know of it."""

    scans: tuple[HeatingScan, ...]
    sources: tuple[dict, ...]
    flags: tuple[Flag, ...]

    def with_cuts(self, cut_c: Mapping[str, Sequence[str]]) -> Self:
        """The sample with more events that were left out, by the labels of the scans."""
        sources = [
            {**source, "curves": [
                {**curve, "cut_c": list(dict.fromkeys([*curve["cut_c"], *cut_c.get(curve["label"], ())]))}
                for curve in source["curves"]
            ]}
            for source in self.sources
        ]  # fmt: skip
        return replace(self, sources=tuple(sources))


class _Chosen(NamedTuple):
    file: InstrumentFile
    number: int
    curve: Curve
    entry: tuple[ScanProgram, Program] | None

    @property
    def where(self) -> str:
        """File and curve, for messages."""
        return _place(self.file, self.number, self.curve)


def assemble(files: Sequence[InstrumentFile], options: ScanOptions) -> Sample:
    """Put together the heating scans of one sample.

    The history of a scan is that of the program file, or of the file's own segments, or follows from the rates in
    ``options``: cooled from equilibrium in the liquid far into the glass, and heated.  Where a file has several
    heatings, those without a transition are left out.

    Raises
    ------
    DataFileError
        For files without a heating, without a transition, or with too few points.
    InvalidInputError
        Naming the option that is missing, or contradicts the file; and for files of different samples.
    """
    chosen = _choose_all(files, options)
    sources = {file.path: _source(file) for file in files}
    _check_contents(list(sources.values()))
    for file in files:
        sources[file.path]["skipped"] += _left_out(file, chosen, options)
    scans, flags, transitions, lacking = list[HeatingScan](), list[Flag](), list[Transition](), list[str]()
    for item, label in zip(chosen, _labels(chosen), strict=True):
        source = sources[item.file.path]
        temperature_k, signal, quantity = _signal(item)
        window = find_window(temperature_k, signal, quantity, options)
        if window.lacking:
            if item.file.likely_exo:
                turned = f"the heating lies below the cooling, as with --exo {item.file.likely_exo}"
                window = replace(window, lacking=f"{window.lacking}; {turned}")
            if len(chosen) == 1:
                raise DataFileError(f"{item.where}: {window.lacking}")
            lacking.append(f"{item.where}: {window.lacking}")
            source["skipped"].append({"curve": item.curve.name or str(item.number), "why": window.lacking})
            continue
        program, origin = history(item.curve, item.where, item.entry and item.entry[1], options)
        kept, ranges = _within(program, temperature_k), (window.glass_range_k, window.liquid_range_k)
        scan = HeatingScan(temperature_k[kept], signal[kept], quantity, program, label, item.file.path, *ranges)
        scans.append(scan)
        flags += [flag._replace(scan=label) for flag in window.flags]
        source["curves"].append(_used(item, scan, origin, window))
        if window.half_step_c is not None:
            transitions.append(Transition(item.file.path, window.half_step_c, scan.heating_rate_k_per_min))
    if not scans:
        raise DataFileError(lacking[0])
    check_transitions(transitions)
    return Sample(tuple(scans), tuple(sources.values()), tuple(flags))


def _check_contents(sources: Sequence[dict]) -> None:
    """Refuse a measurement that is given twice: it would count for two."""
    first: dict[str, str] = {}
    for source in sources:
        other = first.setdefault(source["sha256"], source["file"])
        if other != source["file"]:
            raise InvalidInputError("FILE", source["file"], f"another measurement than {other}, whose content it has")


def _left_out(file: InstrumentFile, chosen: Sequence[_Chosen], options: ScanOptions) -> list[dict[str, str]]:
    """Heatings of a file that are not fitted, with the reason."""
    used = {item.number for item in chosen if item.file is file}
    why = "its history is not known, that of another heating of the file is; choose it with --segment"
    if options.segment is not None:
        why = f"--segment is {options.segment}"
    elif options.program:
        why = f"no history in {options.program} is of it"
    return [
        {"curve": curve.name or str(number), "why": why}
        for number, curve in enumerate(file.curves, start=1)
        if curve.direction == "heating" and number not in used
    ]


def _choose_all(files: Sequence[InstrumentFile], options: ScanOptions) -> list[_Chosen]:
    entries = read_programs(options.program) if options.program else []
    if entries and options.cooling_rate_k_per_min is not None:
        allowed = f"absent beside {options.program}, which has the history of each scan"
        raise InvalidInputError("--cooling-rate", options.cooling_rate_k_per_min, allowed)
    chosen = [item for file in files for item in _choose(file, bool(entries), options)]
    if entries:
        return _in_order(chosen, entries, options)
    check_names(files)
    return chosen


def _choose(file: InstrumentFile, has_program: bool, options: ScanOptions) -> list[_Chosen]:
    """The curves of a file that are to be fitted."""
    numbered = list(enumerate(file.curves, start=1))
    if options.segment is not None:
        if options.segment > len(numbered):
            raise InvalidInputError(
                "--segment", options.segment, f"from 1 to {len(numbered)}, the curves of {file.path}"
            )
        numbered = [numbered[options.segment - 1]]
    if options.segment is not None or len(numbered) == 1:
        _check_heating(file, *numbered[0])
    found = [_Chosen(file, number, curve, None) for number, curve in numbered if curve.direction == "heating"]
    if not found:
        raise DataFileError(f"{file.path}: no heating among its {len(file.curves)} curves: a heating scan is fitted")
    if has_program:
        return found
    # what came before the first heating is nobody's knowledge, a rate that is given for other files included
    known = [item for item in found if item.curve.history or item.curve.cooled_at_k_per_min]
    return known or found


def _in_order(
    chosen: Sequence[_Chosen], entries: Sequence[tuple[ScanProgram, Program]], options: ScanOptions
) -> list[_Chosen]:
    """The curves that a program file speaks of, each with its program."""
    if len(entries) == 1 and entries[0][0].file is None and entries[0][0].curve is None:
        return [item._replace(entry=entries[0]) for item in chosen]
    if all(scan.file is None and scan.curve is None for scan, _ in entries):
        if len(entries) != len(chosen):
            raise DataFileError(
                f"{options.program}: has {len(entries)} histories for {len(chosen)} heating scans; say with file and "
                "curve which is whose"
            )
        return [item._replace(entry=entry) for item, entry in zip(chosen, entries, strict=True)]
    found = list[_Chosen]()
    for number, (scan, program) in enumerate(entries):
        matching = [
            item for item in chosen if scan.is_of(item.file.path) and scan.curve in (None, item.number, item.curve.name)
        ]
        if not matching:
            wanted = f"{scan.file or 'any file'}, curve {'any' if scan.curve is None else scan.curve}"
            allowed = "a heating in one of the files given"
            raise InvalidInputError(f"{options.program}: scans.{number}", wanted, allowed)
        found += [item._replace(entry=(scan, program)) for item in matching]
    twice = [key for key, count in Counter((item.file.path, item.number) for item in found).items() if count > 1]
    if twice:
        raise DataFileError(f"{options.program}: has several histories for curve {twice[0][1]} of {twice[0][0]}")
    return found


def _signal(item: _Chosen) -> tuple[Float, Float, Quantity]:
    """Rising temperatures with their signal."""
    curve, where = item.curve, item.where
    if curve.quantity.startswith("heat_flow") and curve.endothermic_up is None:
        likely = item.file.likely_exo
        allowed = f"given (up or down): {where} does not tell where an exothermic event points"
        if likely:
            place = "above" if likely == "down" else "below"
            allowed += f"; its heating lies {place} its cooling, as with --exo {likely}"
        raise InvalidInputError("--exo", MISSING, allowed)
    temperature_k, signal = np.asarray(curve.temperature_k, float), np.asarray(curve.signal, float)
    for point in np.flatnonzero(~(np.isfinite(temperature_k) & np.isfinite(signal)))[:1]:
        raise DataFileError(f"{where}: point {point + 1} is no number: a gap in the measurement")
    highest = np.maximum.accumulate(temperature_k)
    kept = np.diff(highest, prepend=-np.inf) > 0  # noise may make a temperature fall
    if np.count_nonzero(kept) < MIN_POINTS:
        raise DataFileError(f"{where}: {np.count_nonzero(kept)} points of rising temperature; needs {MIN_POINTS}")
    quantity: Quantity = curve.quantity
    if quantity == "heat_flow_mw" and item.file.sample_mass_mg:
        signal, quantity = signal / item.file.sample_mass_mg, "heat_flow_w_per_g"
    return temperature_k[kept], signal[kept], quantity


def _within(program: Program, temperature_k: Float) -> NDArray[np.bool_]:
    """Which temperatures are those of the heating of a program."""
    path = program.path()
    low_k, high_k = path.knot_k[:-1][path.segment == path.segment[-1]].min(), path.end_k[-1]
    return np.asarray((temperature_k >= low_k) & (temperature_k <= high_k))


def _labels(chosen: Sequence[_Chosen]) -> list[str]:
    """Unique names: that of the program file, or of the curve of a tidy file, or of the file, and the curve's."""
    counts = Counter(item.file.path for item in chosen)
    names = Counter((item.file.path, item.curve.name) for item in chosen)
    stems = {path: Path(path).stem for path in counts}
    if len(set(stems.values())) < len(stems):
        stems = {path: path for path in counts}
    labels = list[str]()
    for item in chosen:
        path, name = item.file.path, item.curve.name
        if names[path, name] > 1 or len(name) > _LONGEST_NAME or not name:
            name = f"curve {item.number}"
        label = f"{stems[path]}, {name}" if counts[path] > 1 else stems[path]
        if len(counts) == 1 and item.curve.cooled_at_k_per_min is not None and name == item.curve.name:
            label = name
        if item.entry and item.entry[0].label:
            label = item.entry[0].label
        labels.append(_unlike(labels, label))
    return labels


def _unlike(labels: Sequence[str], label: str) -> str:
    """The label, or the first ``label (2)``, ``label (3)`` ... that is not taken."""
    numbered = (f"{label} ({number})" for number in range(2, len(labels) + 3))
    return next(name for name in (label, *numbered) if name not in labels)


def _source(file: InstrumentFile) -> dict:
    from hashlib import sha256

    data = Path(file.path).read_bytes()
    return {
        "file": file.path, "bytes": len(data), "sha256": sha256(data).hexdigest(), "maker": file.maker,
        "instrument": file.instrument, "sample": file.sample, "sample_mass_mg": file.sample_mass_mg,
        "curves": [], "skipped": [], "notes": list(file.notes),
    }  # fmt: skip


def _used(item: _Chosen, scan: HeatingScan, origin: str, window: Window) -> dict:
    return {
        "curve": item.curve.name or str(item.number), "number": item.number, "label": scan.label, "history": origin,
        "program": describe_program(scan.program), "half_step_c": window.half_step_c, "cut_c": list(window.cut_c),
    }  # fmt: skip


def _place(file: InstrumentFile, number: int, curve: Curve) -> str:
    """File and curve, for messages."""
    return f"{file.path}, curve {curve.name or number}" if len(file.curves) > 1 else file.path


def _check_heating(file: InstrumentFile, number: int, curve: Curve) -> None:
    if curve.direction == "heating":
        return
    first_c, last_c = curve.temperature_k[0] - ZERO_CELSIUS_K, curve.temperature_k[-1] - ZERO_CELSIUS_K
    is_hold = f"is a hold at {last_c:.4g} °C"
    what = is_hold if curve.direction == "hold" else f"cools from {first_c:.4g} to {last_c:.4g} °C"
    raise DataFileError(f"{_place(file, number, curve)}: {what}; a heating scan is fitted")
