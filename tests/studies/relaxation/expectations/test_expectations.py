"""A sound dataset passes; every kind of damage is found and called by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relaxnet.reporting.validation import render_validation
from relaxnet.studies.relaxation.dataset import Dataset, select, write_dataset, write_single
from relaxnet.studies.relaxation.expectations.dataset import validate_dataset
from relaxnet.studies.relaxation.params import ValidateConfig
from relaxnet.studies.relaxation.physics import chr_program

QUARTETS = 20
CONFIG = ValidateConfig(
    scaling_sample=3, area_tolerance_k=0.5, end_tolerance=1e-3, usual_cp_n_max=6.0, usual_share=0.75
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Table of a sound dataset of subset C, and a function that writes an altered one."""
    quartets = select("C", QUARTETS, seed=1)
    folder = tmp_path_factory.mktemp("sound")
    (shard,) = write_dataset(folder, quartets.parameters(), source="C", program=chr_program(), seed=1, index=quartets)
    return pq.read_table(shard)


@pytest.fixture
def validated(tmp_path):
    def write_and_validate(table, *, subset="C", expected=QUARTETS, config=CONFIG):
        pq.write_table(table, tmp_path / "shard-00000.parquet")
        return validate_dataset(Dataset(tmp_path), config, subset=subset, expected_quartets=expected)

    return write_and_validate


def with_values(table, name, change):
    """Replace a column by ``change(values)``; signal columns come as (quartets, scans, nodes)."""
    place = table.schema.get_field_index(name)
    field, column = table.schema.field(name), table[name].combine_chunks()
    if pa.types.is_fixed_size_list(field.type):
        values = column.flatten().to_numpy().reshape(len(table), 6, -1).copy()
        change(values)
        array = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), field.type.list_size).cast(field.type)
    else:
        values = column.to_numpy().copy()
        change(values)
        array = pa.array(values, field.type)
    return table.set_column(place, field, array)


def put(row, value):
    def change(values):
        values[row] = value

    return change


def broken(report):
    return {result.name: result for result in report.failures}


def rows_of(result):
    return [row.row for row in result.failing_rows]


def test_sound_dataset_passes(sound, validated):
    report = validated(sound)
    assert report.failures == ()
    assert report.success
    assert report.counts["Quartets"] == QUARTETS
    assert report.counts["Simulated again"] == 3
    assert [sum(histogram.counts) for histogram in report.histograms] == [QUARTETS] * 2
    assert report.metadata["Source"] == "C"
    assert list(report.files) == ["shard-00000.parquet"]


def test_steep_quartets_are_validated_too(sound):
    assert sound["cp_n_max"].to_numpy().max() > CONFIG.usual_cp_n_max


GRID = "Parameters are those of the state space at the stored indices"
AREA = "Equal areas: fictive temperature from the area under the curve and as frozen in agree"
UNDERSHOOT = "Signals stay above the deepest undershoot of the model"
# one damage a row: column, change of the values, quartet, the expectation that must name it, what it observes
DAMAGES = [
    ("j", put(0, 200), 0, "Index of ln A (j) belongs to the subset", [35, 200]),
    ("ln_a", put(1, -200.0), 1, GRID, "inf"),  # infinite by quartet 0, which lies nowhere
    ("area_fictive_k_3", put(2, np.nan), 2, "No number is missing or infinite", 1),
    ("area_fictive_k_3", put(2, np.nan), 2, AREA, "inf"),
    ("x", put(7, 1.5), 7, GRID, "inf"),
    ("x", put(7, 1.5), 7, "x lies in the state space", [0.2, 1.5]),
    ("cp_n", put((5, 1, 0), 0.02), 5, "Glass end: cp_n is 0", 0.02),
    ("liquid_end_2", put(10, 1.03), 10, "Liquid end: cp_n is 1", 0.03),
    ("cp_n_max", put(6, 1.01), 6, "Stored peak heights are those of the signals", "inf"),
    ("cp_n_max_1", put(9, 1.01), 9, "Stored peak heights are those of the signals", "inf"),
    ("peak_temperature_k_0", put(11, 400.0), 11,
     "Stored peak temperatures, widths and areas are those of the signals", "inf"),
    ("below_transition_u", put((8, 0, 41), 1e3), 8, "Temperatures rise from node to node", None),
    ("cp_n", put((12, 0, 5), -3.0), 12, UNDERSHOOT, -3.0),
    ("glass_fictive_k_4", put(13, 0.0), 13, "Faster cooling freezes in a higher fictive temperature", None),
    ("cp_n_max_5", put(14, 900.0), 14, "Faster cooling gives no higher peak", None),
    ("quartet", put(19, 99), 99, "Quartets are numbered from 0 without gaps", 80),
]  # fmt: skip


@pytest.fixture(scope="module")
def much_damaged(sound, tmp_path_factory):
    """Report on a dataset with all the damages, each in a row of its own."""
    folder, table = tmp_path_factory.mktemp("damaged"), sound
    for column, change, *_ in DAMAGES:
        table = with_values(table, column, change)
    pq.write_table(table, folder / "shard-00000.parquet")
    return validate_dataset(Dataset(folder), CONFIG, subset="C", expected_quartets=QUARTETS)


@pytest.mark.parametrize(("column", "quartet", "name", "observed"), [(d[0], *d[2:]) for d in DAMAGES])
def test_damage_is_found_where_it_is(much_damaged, column, quartet, name, observed):
    result = broken(much_damaged)[name]
    assert quartet in rows_of(result)
    if observed is not None:
        assert result.observed == (pytest.approx(observed) if isinstance(observed, float) else observed)


def test_sound_rows_are_not_blamed(much_damaged):
    blamed = {row for name, result in broken(much_damaged).items() for row in rows_of(result)}
    assert blamed.isdisjoint({3, 4, 15, 16, 17, 18})


def test_parameter_off_the_grid(sound, validated):
    result = broken(validated(with_values(sound, "x", put(7, 0.413))))[GRID]
    assert rows_of(result) == [7]
    assert 1e-9 < result.observed < 1


def test_no_height_at_all(sound, validated):
    report = validated(with_values(sound, "cp_n_max", lambda values: values.fill(np.nan)))
    assert "Stored peak heights are those of the signals" in broken(report)
    assert "Not valid" in render_validation(report)


def test_nan_in_a_signal(sound, validated):
    found = broken(validated(with_values(sound, "cp_n", put((4, 2, 60), np.nan))))
    result = found["No number is missing or infinite"]
    assert rows_of(result) == [4]
    assert result.observed == 1
    assert "Stored peak heights are those of the signals" in found


def test_impossible_parameter_is_no_crash(sound, validated):
    table = with_values(sound, "dh_j_per_mol", lambda values: values.fill(-1.0))
    found = broken(validated(table))
    assert found["dh lies in the state space"].failing_count == QUARTETS
    assert found["A new simulation gives the stored signal (sample)"].observed == "inf"


def test_wrong_count(sound, validated):
    result = broken(validated(sound, expected=QUARTETS + 1))["Number of quartets"]
    assert (result.observed, result.allowed) == (QUARTETS, str(QUARTETS + 1))


def test_swapped_subset(sound, validated):
    found = broken(validated(sound, subset="LU"))
    assert found["The file names the subset that was asked for"].failing_rows[0].values["stored"] == "C"
    assert found["Index of dh (i) belongs to the subset"].failing_count == QUARTETS
    assert found["Index of ln A (j) belongs to the subset"].failing_count == QUARTETS


def test_area_identity(sound, validated):
    def shift(values):
        values[3] += 2.0

    found = broken(validated(with_values(sound, "glass_fictive_k_0", shift)))
    result = found[AREA]
    assert rows_of(result) == [3]
    assert result.observed == pytest.approx(2.0, abs=0.1)
    assert result.unit == "K"


def test_duplicate_quartet(sound, validated):
    table = sound.take([0, 1, 2, 3, 3, *range(5, QUARTETS)])
    table = with_values(table, "quartet", put(4, 4))
    result = broken(validated(table))["No quartet occurs twice"]
    assert rows_of(result) == [3, 4]


def test_signal_of_other_parameters(sound, validated):
    """What only a new simulation can tell: whole signals and descriptors of another quartet."""
    order = np.roll(np.arange(QUARTETS), 1)
    table = sound
    names = ["quartet", "i", "j", "x_index", "beta_index", "ln_a", "dh_j_per_mol", "x", "beta"]
    for name in names:
        kept = sound[name].to_numpy()[order]
        table = with_values(table, name, put(slice(None), np.arange(QUARTETS) if name == "quartet" else kept))
    config = CONFIG.model_copy(update={"scaling_sample": QUARTETS})
    found = broken(validated(table, config=config))
    assert "A new simulation gives the stored signal (sample)" in found
    assert "In other units of temperature and time the signal is the same (sample)" in found


def test_too_many_steep_quartets(sound, validated):
    config = CONFIG.model_copy(update={"usual_share": 0.999})
    result = broken(validated(sound, config=config))["Most peaks have a usual height"]
    assert result.unit == "%"
    assert result.observed < 99.9


def test_wrong_type_stops_before_the_values(sound, validated):
    place = sound.schema.get_field_index("x")
    table = sound.set_column(place, "x", sound["x"].cast(pa.float32()))
    report = validated(table)
    (result,) = report.failures
    assert result.name == "The columns are those of a dataset, with their types"
    assert result.failing_rows[0].row == "shard-00000.parquet: x"
    assert result.failing_rows[0].values == {"stored": "float or null", "expected": "double"}
    assert len(report.results) == 2


def test_table_of_a_user(tmp_path: Path):
    path = tmp_path / "own.parquet"
    parameters = np.array([[-79.21, 3.184e5, 0.57, 0.71], [-133.0, 3.559e5, 0.52, 0.65]])
    write_single(path, parameters, chr_program((5.0,), 20.0))
    report = validate_dataset(Dataset(path), CONFIG, subset=None, expected_quartets=2)
    assert report.failures == ()
    assert report.subset == "parameters"
