"""Files of users: tidy curve files (read, write, draw) and tables of parameters."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import atomic_path
from relaxnet.core.tables import read_numbers

from .physics import PARAMETER_NAMES, ZERO_CELSIUS_K, ChrProgram, Signals
from .physics.limits import check_sets
from .physics.program import check_rate

Float = NDArray[np.float64]

CURVE_COLUMNS = ("cooling_rate_k_per_min", "temperature_c", "cp_n")
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")
MAX_GRID = 1_000_000
MIN_POINTS = 4  # a curve of fewer points is no curve
_MOVING = 1e-3  # distance of cp_n from 0 and from 1 within which a curve counts as constant
_MARGIN_SHARE, _MIN_MARGIN_K = 0.1, 2.0


def read_parameters(path: Path, program: ChrProgram) -> Float:
    """Read a CSV table of parameters, columns ``ln_a, dh_j_per_mol, x, beta``, as an array of shape (n, 4).

    Raises
    ------
    DataFileError
        As for `relaxnet.core.tables.read_numbers`.
    InvalidInputError
        Naming the first row and column out of range, or impossible to simulate at the rates of ``program``.
    """
    table = read_numbers(path, PARAMETER_NAMES)
    sets = np.column_stack([table.columns[name] for name in PARAMETER_NAMES])
    try:
        check_sets(sets, program)
    except InvalidInputError:  # all at once is fast, but does not know the row
        for row in range(len(sets)):
            try:
                check_sets(sets[row : row + 1], program)
            except InvalidInputError as error:
                raise InvalidInputError(table.where(row, error.field), error.value, error.allowed) from None
        raise
    return sets


def read_curves(path: Path) -> dict[float, tuple[Float, Float]]:
    """Read and check a tidy curve file: CSV with the columns ``cooling_rate_k_per_min, temperature_c, cp_n``.

    Temperature must rise within a rate.

    Returns
    -------
    dict
        Cooling rate in K/min, rising, to ``(temperature_c, cp_n)``, each of shape (points,).

    Raises
    ------
    DataFileError
        As for `relaxnet.core.tables.read_numbers`, and where a rate has fewer than 4 points.
    InvalidInputError
        Naming the row and column of a value that is not finite, out of range, or out of order.
    """
    table = read_numbers(Path(path), CURVE_COLUMNS)
    rates, temperature_c, cp_n = (table.columns[name] for name in CURVE_COLUMNS)
    for row in np.flatnonzero(~(np.isfinite(temperature_c) & (temperature_c > -ZERO_CELSIUS_K)))[:1]:
        allowed = f"a temperature above {-ZERO_CELSIUS_K} degC"
        raise InvalidInputError(table.where(row, "temperature_c"), temperature_c[row], allowed)
    for row in np.flatnonzero(~np.isfinite(cp_n))[:1]:
        raise InvalidInputError(table.where(row, "cp_n"), cp_n[row], "a finite number")
    curves: dict[float, tuple[Float, Float]] = {}
    values, first_rows = np.unique(rates, return_index=True)
    for rate, first_row in zip(values.tolist(), first_rows.tolist(), strict=True):
        check_rate(table.where(first_row, "cooling_rate_k_per_min"), rate)
        rows = np.flatnonzero(rates == rate)
        for step in np.flatnonzero(np.diff(temperature_c[rows]) <= 0)[:1]:
            before, row = rows[step], rows[step + 1]
            allowed = f"above {temperature_c[before]:g}, the temperature before it at {rate:g} K/min"
            raise InvalidInputError(table.where(row, "temperature_c"), temperature_c[row], allowed)
        if len(rows) < MIN_POINTS:
            raise DataFileError(f"{path}: has {len(rows)} points at {rate:g} K/min; must have at least {MIN_POINTS}")
        curves[rate] = temperature_c[rows], cp_n[rows]
    return curves


def transition_grid_c(signals: Signals, step_c: float) -> Float:
    """Multiples of ``step_c`` from the glass to the liquid of all ``signals``, in degC.

    Raises `InvalidInputError` if that were more than a million temperatures.
    """
    temperature_k = signals.temperature_k
    moving = temperature_k[(np.abs(signals.cp_n) > _MOVING) & (np.abs(signals.cp_n - 1.0) > _MOVING)]
    low, high = float(moving.min()), float(moving.max())
    margin = max(_MARGIN_SHARE * (high - low), _MIN_MARGIN_K)
    low_c, high_c = max(low - margin, 0.5 * low) - ZERO_CELSIUS_K, high + margin - ZERO_CELSIUS_K
    if (high_c - low_c) / step_c > MAX_GRID:
        finest_c = (high_c - low_c) / MAX_GRID
        raise InvalidInputError("step", f"{step_c:g}", f"at least {finest_c:.2g} degC for curves of this width")
    first, last = int(np.ceil(low_c / step_c)), int(np.floor(high_c / step_c))
    return np.asarray(np.round(np.arange(first, last + 1) * step_c, 9))


def write_curves(path: Path, rates_k_per_min: Sequence[float], temperature_c: Float, cp_n: Float) -> None:
    """Write a tidy curve file, atomically, or raise `DataFileError`.

    ``temperature_c`` has the shape (points,) and ``cp_n`` (rates, points).
    """
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(",".join(CURVE_COLUMNS) + "\n")
        for rate, curve in zip(rates_k_per_min, cp_n, strict=True):
            pairs = zip(temperature_c.tolist(), curve.tolist(), strict=True)
            stream.writelines(f"{rate:.12g},{t:.10g},{value:.7f}\n" for t, value in pairs)


def plot_curves(
    path: Path, rates_k_per_min: Sequence[float], temperature_c: Float, cp_n: Float, *, title: str = ""
) -> None:
    """Draw heating scans into a PNG, SVG or PDF file, atomically; arguments as for `write_curves`."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.5), dpi=150, layout="constrained")
    axes = figure.subplots()
    # cividis reads the same with every kind of colour vision; its palest end is hard to see on white
    colours = colormaps["cividis"](np.linspace(0.0, 0.85, len(rates_k_per_min)))
    dashes = ("-", "--", "-.")
    for number, (rate, curve) in enumerate(zip(rates_k_per_min, cp_n, strict=True)):
        axes.plot(temperature_c, curve, color=colours[number], ls=dashes[number % 3], lw=1.6, label=f"{rate:g}")
    axes.set(xlabel="Temperature (°C)", ylabel="Normalised relaxation signal $c_{p,n}$")
    axes.set_title(title, fontsize="medium")
    axes.margins(x=0.0)
    axes.grid(alpha=0.25)
    axes.legend(title="Cooling rate (K/min)", frameon=False)
    with atomic_path(path) as part:
        figure.savefig(part, format=path.suffix[1:].lower())
