import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.dsc.programs import ScanProgram, describe_program, read_program, read_programs
from relaxnet.studies.relaxation.dsc.record import steps_of
from relaxnet.studies.relaxation.physics import History, Hold, Program, Ramp

CYCLE = """
start_c: 160
steps:
  - {to_c: 30, rate_k_per_min: 10}
  - {hold_h: 2}
  - {to_c: 160, rate_k_per_s: 1.5}
"""


def write(tmp_path, text):
    path = tmp_path / "program.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_history_in_any_units(tmp_path):
    program = read_program(write(tmp_path, CYCLE))
    assert program == Program(433.15, (Ramp(303.15, 10.0), Hold(120.0), Ramp(433.15, 90.0)))
    assert describe_program(program) == "160 °C, to 30 °C at 10 K/min, 2 h there, to 160 °C at 90 K/min"


@pytest.mark.parametrize(
    ("hold", "minutes"),
    [
        ("hold_s: 30", 0.5),
        ("hold_min: 3", 3.0),
        ("hold_h: 1", 60.0),
        ("hold_days: 2", 2880.0),
        ("hold_years: 1", 525_960.0),
    ],
)
def test_durations(tmp_path, hold, minutes):
    text = f"start_c: 100\nsteps: [{{to_c: 20, rate_k_per_min: 5}}, {{{hold}}}]"
    assert read_program(write(tmp_path, text)).segments[1].duration_min == pytest.approx(minutes)


def test_a_program_is_written_as_it_is_read(tmp_path):
    import yaml

    program = read_program(write(tmp_path, CYCLE))
    again = read_program(write(tmp_path, yaml.safe_dump(steps_of(program))))
    assert again.path().end_k == pytest.approx(program.path().end_k)
    assert again.path().duration_s == pytest.approx(program.path().duration_s)


def test_scans_of_files(tmp_path):
    text = "scans:\n  - {file: 'a*.csv', curve: 3, label: slow, start_c: 90, steps: [{to_c: 20, rate_k_per_min: 1}]}"
    ((scan, program),) = read_programs(write(tmp_path, text))
    assert (scan.curve, scan.label, program.start_temperature_k) == (3, "slow", 363.15)
    assert scan.is_of("/some/where/a_10.csv")
    assert not scan.is_of("b.csv")


def test_measured_history(tmp_path):
    (tmp_path / "log.csv").write_text("time_s,temperature_c\n0,90.2\n60,80\n120,70\n")
    program = read_program(write(tmp_path, "start_c: 90\nsteps: [{measured: log.csv}, {to_c: 95, rate_k_per_min: 10}]"))
    assert program.segments[0] == History((0.0, 60.0, 120.0), (363.15, 353.15, 343.15))
    np.testing.assert_allclose(program.path().end_k, [353.15, 343.15, 368.15])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start_c: 9\nsteps: []", "steps"),
        ("start_c: 9\nsteps: [{to_c: 5, rate: 1}]", r"steps\.0\.rate = 1: must be absent"),
        ("start_c: 9\nsteps: [{to_c: 5, hold_s: 1}]", r"steps\.0 = \{hold_s, to_c\}: must be a ramp"),
        ("start_c: 9\nsteps: [{to_c: 5}]", r"steps\.0 = \{to_c\}: must be a ramp"),
        ("start_c: 9\nsteps: [{}]", r"steps\.0 = \{\}: must be a ramp"),
        ("start_c: 9\nsteps: [{to_c: null, rate_k_per_min: 1}]", r"steps\.0\.to_c"),
        ("start_c: 9\nsteps: [{to_c: 9, rate_k_per_min: 1}]", r"steps\.0\.to_c = 9.*another temperature"),
        ("start_c: 9\nsteps: [{to_c: 5, rate_k_per_min: -1}]", r"rate_k_per_min = -1: must be greater than 0"),
        ("start_c: 9\nsteps: [{to_c: -300, rate_k_per_min: 1}]", r"steps\.0\.to_temperature_k"),
        ("start_c: hot\nsteps: [{hold_s: 1}]", "start_c = hot"),
        ("steps: [{hold_s: 1}]", r"start_c = \(missing\): must be given"),
        ("scans: [{start_c: 9, steps: [{hold_s: 1}], files: a}]", r"scans\.0\.files = a: must be absent"),
        ("start_c: 9\nsteps: [{measured: gone.csv}]", "no such file"),
        ("start_c: 9\nsteps: [{", "not readable as YAML"),
    ],
)  # fmt: skip
def test_wrong_programs_are_told_in_one_line(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises((InvalidInputError, DataFileError), match=message) as caught:
        read_programs(path)
    assert "\n" not in str(caught.value)
    if "gone" not in text:
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0,363.2\n60,350\n", "is it in kelvin"),
        ("0,80\n60,70\n", "where the step before it ends"),
        ("0,90\n60,nan\n", "line 3"),
    ],
)
def test_wrong_measured_histories(tmp_path, rows, message):
    (tmp_path / "log.csv").write_text(f"time_s,temperature_c\n{rows}")
    with pytest.raises(InvalidInputError, match=message):
        read_program(write(tmp_path, "start_c: 90\nsteps: [{measured: log.csv}]"))


def test_several_histories_are_no_single_one(tmp_path):
    two = "scans: [{start_c: 9, steps: [{hold_s: 1}]}, {start_c: 9, steps: [{hold_s: 1}]}]"
    with pytest.raises(DataFileError, match="has 2 histories; must have one"):
        read_program(write(tmp_path, two))


def test_names_with_brackets_are_names():
    found = ScanProgram(start_c=200.0, steps=[{"hold_min": 1.0}], file="scan[1].csv")
    assert found.is_of("folder/scan[1].csv")
    assert not found.is_of("scan2.csv")
