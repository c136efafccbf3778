"""The table that validation looks at: one row of plain numbers per quartet, streamed from a dataset."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError

from ..dataset.reader import Dataset
from ..dataset.schema import INDEX_COLUMNS, PARAMETER_COLUMNS, arrow_schema, scalar_columns, scan_column
from ..dataset.state_space import COLDEST_C, DH_J_PER_MOL, HOTTEST_C, N_LN_A, SHAPE_VALUES, Quartets
from ..physics import ZERO_CELSIUS_K, ChrProgram, Signals, describe, simulate_many

Float = NDArray[np.float64]

# Another unit of temperature and of time: (A, dh, T, q) -> (RA, S dh, S T, S/R q) leaves cp_n(T/S) as it is.
TEMPERATURE_UNIT, TIME_UNIT = 1.25, 2.0
_SAMPLE_SEED = 20250129
_DESCRIPTORS_K = ("peak_temperature_k", "half_width_k", "half_rise_k", "area_fictive_k")


def quartet_table(
    dataset: Dataset, *, on_state_space: bool, scaling_sample: int, progress: Callable[[int], object] | None = None
) -> pd.DataFrame:
    """Compute the numbers that validation judges; only one row group of signals is in memory at a time.

    ``on_state_space`` compares the parameters with the state space, and the ends of the signals with its temperature
    window; ``scaling_sample`` quartets are simulated again.

    Returns
    -------
    DataFrame
        ``quartet``, indices, parameters and ``cp_n_max`` as stored, and computed columns with the worst of
        the scans: infinite where a damaged row yields no number, NaN where a check does not apply.

    Raises
    ------
    DataFileError
        If the signals cannot be read.
    """
    generator = np.random.default_rng([_SAMPLE_SEED, dataset.metadata.seed])
    sampled = generator.choice(len(dataset), min(scaling_sample, len(dataset)), replace=False)
    frames, start = [], 0
    for scalars, signals in zip(dataset.iter_scalars(), dataset.iter_signals(), strict=True):
        if len(scalars) != len(signals):
            raise DataFileError(f"{dataset.path.name}: {len(signals)} signals for {len(scalars)} quartets")
        with np.errstate(all="ignore"):
            columns = _columns(scalars, signals, start, on_state_space)
            here = sampled[(sampled >= start) & (sampled < start + len(scalars))] - start
            again = _simulated_again(scalars, signals, np.sort(here), dataset.metadata.program)
        columns |= dict(zip(("repeat_error", "scaling_error"), again, strict=True))
        stored = scalars[["quartet", *INDEX_COLUMNS, *PARAMETER_COLUMNS, "cp_n_max"]]
        frames.append(stored.assign(**columns))
        start += len(scalars)
        if progress:
            progress(len(scalars))
    return pd.concat(frames, ignore_index=True)


def column_table(dataset: Dataset, files: list[Path]) -> pd.DataFrame:
    """One row for each column of each file: its type as stored and as expected."""
    expected = arrow_schema(dataset.metadata)
    rows = []
    for file in files:
        stored = pq.read_schema(file)
        names = [*expected.names, *(name for name in stored.names if name not in expected.names)]
        rows += [(f"{file.name}: {name}", _type(stored, name), _type(expected, name)) for name in names]
    return pd.DataFrame(rows, columns=["column", "stored", "expected"])


def _type(schema: pa.Schema, name: str) -> str:
    if name not in schema.names:
        return "absent"
    kind, optional = schema.field(name).type, schema.field(name).nullable
    text = f"{kind.value_type}[{kind.list_size}]" if pa.types.is_fixed_size_list(kind) else str(kind)
    return f"{text} or null" if optional else text


def _columns(scalars: pd.DataFrame, signals: Signals, start: int, on_state_space: bool) -> dict[str, NDArray]:
    scans = signals.u.shape[1]
    numbers = scalars[[name for name in scalar_columns(scans) if name != "quartet"]].to_numpy(dtype=np.float64)
    cp_n, temperature_k = signals.cp_n.astype(np.float64), signals.temperature_k
    per_row = (len(scalars), -1)
    infinite = ~(np.isfinite(cp_n) & np.isfinite(temperature_k)).reshape(per_row)
    gap_k = np.diff(temperature_k, axis=2).reshape(per_row).min(axis=1)
    columns = {
        "numbering_gap": scalars["quartet"].to_numpy() - np.arange(start, start + len(scalars)),
        "signal_length": np.full(len(scalars), signals.cp_n[0].size),
        "non_finite_values": infinite.sum(axis=1) + (~np.isfinite(numbers)).sum(axis=1),
        "min_node_gap_k": np.where(np.isnan(gap_k), -np.inf, gap_k),
        "min_cp_n": _finite_or(cp_n.reshape(per_row).min(axis=1), -np.inf),
    }
    ends = {"glass_end": (cp_n[:, :, 0], 0.0), "liquid_end": (cp_n[:, :, -1], 1.0)}
    for name, (values, level) in ends.items():
        both = np.concatenate([values, _scans(scalars, name, scans)], axis=1)
        columns[f"{name}_error"] = _worst(both - level)
    fictive_k = _scans(scalars, "glass_fictive_k", scans)
    columns["area_error_k"] = _worst(_scans(scalars, "area_fictive_k", scans) - fictive_k)
    if scans > 1:
        heights = _scans(scalars, "cp_n_max", scans)
        columns["min_fictive_rise_k"] = _finite_or(np.diff(fictive_k, axis=1).min(axis=1), -np.inf)
        columns["max_height_rise"] = _finite_or(np.diff(heights, axis=1).max(axis=1), np.inf)
    sound = ~infinite.any(axis=1) & (gap_k > 0)
    columns |= _recomputed(scalars, signals, sound, on_state_space)
    if on_state_space:
        columns["grid_error"] = _grid_error(scalars)
    return columns


def _recomputed(scalars: pd.DataFrame, signals: Signals, sound: NDArray, on_state_space: bool) -> dict[str, NDArray]:
    """Compare the stored descriptors with the stored signals, and look at the signals' ends in the window."""
    rows = np.flatnonzero(sound)
    whole, table, scans = signals.take(rows), scalars.iloc[rows], signals.u.shape[1]
    found = describe(whole)
    top = found.cp_n_max.max(axis=1)
    differences = np.concatenate([_scans(table, "cp_n_max", scans), table[["cp_n_max"]].to_numpy()], axis=1)
    differences -= np.column_stack([found.cp_n_max, top])
    shifts_k = [_scans(table, name, scans) - getattr(found, name) for name in _DESCRIPTORS_K]
    columns = {
        "height_error": _worst(differences) / np.maximum(top, 1.0),
        "descriptor_error_k": _worst(np.concatenate(shifts_k, axis=1)),
    }
    if on_state_space:
        window = whole.on_grid(np.array([COLDEST_C, HOTTEST_C]) + ZERO_CELSIUS_K)
        columns["window_error"] = _worst((window - [0.0, 1.0]).reshape(len(rows), 2 * scans))
    result = {name: np.full(len(scalars), np.inf) for name in columns}
    for name, values in columns.items():
        result[name][rows] = values
    return result


def _grid_error(scalars: pd.DataFrame) -> Float:
    """Largest relative difference of the parameters from the state space at the stored indices."""
    indices = [scalars[name].to_numpy() for name in INDEX_COLUMNS]
    sizes = (len(DH_J_PER_MOL), N_LN_A, len(SHAPE_VALUES), len(SHAPE_VALUES))
    inside = np.all([(index >= 0) & (index < size) for index, size in zip(indices, sizes, strict=True)], axis=0)
    expected = Quartets(*(index[inside] for index in indices)).parameters()
    error = np.full(len(scalars), np.inf)
    error[inside] = _worst(scalars.loc[inside, list(PARAMETER_COLUMNS)].to_numpy() / expected - 1.0)
    return error


def _simulated_again(scalars: pd.DataFrame, signals: Signals, rows: NDArray[np.int64], program: ChrProgram) -> Float:
    """Errors of cp_n over ``max(1, cp_n_max)``, against a new simulation in the same and in scaled units: (2, n)."""
    errors = np.full((2, len(scalars)), np.nan)
    rate = TEMPERATURE_UNIT / TIME_UNIT
    scaled_program = ChrProgram(
        tuple(rate * q for q in program.cooling_rates_k_per_min), rate * program.heating_rate_k_per_min
    )
    for row in rows:
        sets = scalars[list(PARAMETER_COLUMNS)].to_numpy()[[row]]
        scaled_sets = sets * [1.0, TEMPERATURE_UNIT, 1.0, 1.0] + [np.log(TIME_UNIT), 0.0, 0.0, 0.0]
        stored = signals.take(np.array([row]))
        errors[:, row] = np.inf
        if not (np.isfinite(stored.cp_n).all() and (np.diff(stored.temperature_k, axis=2) > 0).all()):
            continue
        with suppress(InvalidInputError):  # damaged parameters; the checks of ranges name them
            grid_k = np.unique(stored.temperature_k)
            expected = stored.on_grid(grid_k)
            repeated = simulate_many(sets, program).on_grid(grid_k)
            scaled = simulate_many(scaled_sets, scaled_program).on_grid(TEMPERATURE_UNIT * grid_k)
            height = max(1.0, scalars["cp_n_max"].iloc[row])
            errors[:, row] = _worst(np.stack([repeated - expected, scaled - expected]).reshape(2, -1)) / height
    return errors


def _scans(scalars: pd.DataFrame, name: str, scans: int) -> Float:
    return scalars[[scan_column(name, scan) for scan in range(scans)]].to_numpy(dtype=np.float64)


def _worst(difference: Float) -> Float:
    """Largest absolute difference of each row, infinite where one is missing."""
    return _finite_or(np.abs(difference).max(axis=1), np.inf)


def _finite_or(values: Float, otherwise: float) -> Float:
    return np.where(np.isnan(values), otherwise, values)
