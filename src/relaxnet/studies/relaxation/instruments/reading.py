"""One way in for the files of all makers."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

from relaxnet.core.errors import InvalidInputError

from ..dsc.curve import Curve, InstrumentFile
from ..dsc.lines import find_lines
from . import mettler, netzsch, perkinelmer, setaram, ta_json, ta_trios, ta_universal, table
from .curves import chains_of
from .histories import told, with_histories
from .options import ReadOptions
from .text import read_text

# the last one takes whatever is left
_READERS: tuple[ModuleType, ...] = (
    ta_json, netzsch, mettler, ta_universal, ta_trios, perkinelmer, setaram, table
)  # fmt: skip


def read_file(path: str | Path, options: ReadOptions | None = None) -> InstrumentFile:
    """Read the file of a DSC instrument, whose maker is found by its content.

    Parameters
    ----------
    path : str or Path
    options : ReadOptions, optional
        What the file does not tell.

    Returns
    -------
    InstrumentFile
        With all curves in order of time.  What the file and the options leave open stays open: ``endothermic_up``
        None, a rate of NaN, no history; see `check_usable`.

    Raises
    ------
    MissingFileError
        If there is no such file.
    DataFileError
        For a file that is no DSC measurement, saying what it is, or that is damaged, naming line and column.
    InvalidInputError
        For a segment that the file does not have.
    """
    path, options = Path(path), options or ReadOptions()
    text = read_text(path)
    reader = next(module for module in _READERS if module.recognises(text))
    measurement = reader.read(path, text, options.mass_mg)
    chains = chains_of(path, measurement, options.exo or measurement.exo, options.heating_rate_k_per_min)
    chains = [[_told(curve) for curve in chain] for chain in chains]
    curves = [curve for chain in with_histories(chains, _transition, options.cooling_rate_k_per_min) for curve in chain]
    if options.segment is not None:
        if options.segment > len(curves):
            raise InvalidInputError("--segment", options.segment, f"from 1 to {len(curves)}: {path} has so many curves")
        curves = [curves[options.segment - 1]]
    return InstrumentFile(
        path=str(path),
        maker=measurement.maker,
        instrument=measurement.instrument,
        sample=measurement.sample,
        sample_mass_mg=measurement.mass_mg,
        curves=tuple(curves),
        notes=tuple(dict.fromkeys(measurement.notes)),
        likely_exo=measurement.likely_exo,
    )


def check_usable(file: InstrumentFile) -> tuple[Curve, ...]:
    """Heating curves of a file, each with sign and rate.

    Raises `InvalidInputError` naming the option that tells what the file does not, or if there is no heating.
    """
    heatings = tuple(curve for curve in file.curves if curve.direction == "heating")
    if not heatings:
        found = ", ".join(sorted({curve.direction for curve in file.curves}))
        raise InvalidInputError(f"{file.path}: curves", found, "at least one heating")
    for curve in heatings:
        if curve.endothermic_up is None:
            allowed = "given: up or down, where an exothermic event points in the file, which does not tell"
            raise InvalidInputError(f"{file.path}: --exo", "absent", allowed)
        if not math.isfinite(curve.rate_k_per_min):
            allowed = "given in K/min: the file has no times and names no rate"
            raise InvalidInputError(f"{file.path}: --heating-rate", "absent", allowed)
    return heatings


def _told(curve: Curve) -> Curve:
    if curve.direction != "heating" or curve.cooled_at_k_per_min is None:
        return curve
    return told(curve, curve.cooled_at_k_per_min)


def _transition(curve: Curve) -> tuple[float, float] | None:
    lines = find_lines(curve.temperature_k, curve.signal, endothermic_up=curve.endothermic_up)
    return None if lines is None else (lines.tg_half_step_k, lines.liquid_range_k[0])
