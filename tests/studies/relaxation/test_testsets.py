"""The sets that models are judged on and chosen by: frozen, judged, and refused where something is wrong."""

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from relaxnet.core.errors import InvalidInputError, RelaxnetError, ValidationFailedError
from relaxnet.datasets.split import split
from relaxnet.studies.relaxation.dataset import Dataset, select, write_dataset
from relaxnet.studies.relaxation.dataset.measured import Distortion, read_measured, write_measured
from relaxnet.studies.relaxation.dataset.regions import lattice_distance
from relaxnet.studies.relaxation.expectations.scans import judge_scans
from relaxnet.studies.relaxation.heldout import TESTS, held_out
from relaxnet.studies.relaxation.measuring import measured
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import ChrProgram
from relaxnet.studies.relaxation.samples.source import laid_out
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.studies.relaxation.testsets import planned, simulate_test_sets
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.params import check_params
from relaxnet.workflow.testset import testset as make
from relaxnet.workflow.validate import ensure_validated, validate

ROOT = Path(__file__).parents[3]
NAMES = ("lattice", "between", "tuning")
LAYOUT = {"temperature_k": {"first": 250.0, "last": 900.0, "points": 300}}
MADE = r"dvc repro testset@C$"


def with_tests(**changes):
    """The committed params in the smallest profile, with other test sets."""
    raw = yaml.safe_load((ROOT / "params.yaml").read_text()) | {"profile": "smoke"}
    raw["profiles"]["smoke"]["test"] = {"between": 9, "between_plane": 10, "tuning": 8, "tuning_plane": 7} | changes
    return check_params(RelaxationParams, raw)


@pytest.fixture(scope="module")
def small():
    return with_tests()


def test_the_lattice_set_is_the_unseen_part_of_the_subset(small_tests, small):
    quartets = select("C", small.simulate.count, small.simulate.seed).parameters()
    unseen = quartets[split(len(quartets), small.split).test]
    np.testing.assert_array_equal(Dataset(small_tests / "lattice").parameters(), unseen)


def test_no_set_shares_a_quartet_with_another_and_none_between_a_pair_with_the_lattice(small_tests):
    sets = [Dataset(small_tests / name).parameters() for name in NAMES]
    everything = np.concatenate(sets)
    assert len(np.unique(everything, axis=0)) == len(everything) == 15 + 9 + 8
    for parameters in sets[1:]:
        assert (lattice_distance(parameters, "C") > 1e-6).all()


def test_g_and_the_plane_share_their_sets(small):
    lattice, between, tuning = planned(small, "G")
    assert (lattice.source, between.source, tuning.source) == ("G", "plane", "plane")
    assert (len(between.parameters), len(tuning.parameters)) == (10, 7)
    model = small.models["G"]
    assert TESTS.name(model) == TESTS.name(model.model_copy(update={"subset": "plane"})) == "test/G"
    assert STUDY.question_of(model) == "plane"


def test_equal_params_give_equal_bytes(tmp_path, small, small_tests):
    again = simulate_test_sets("C", small, tmp_path / "again")
    assert dvc_hash(again) == dvc_hash(small_tests)
    other = simulate_test_sets("C", with_tests(seed=1), tmp_path / "other")
    changed = {name for name in NAMES if dvc_hash(other / name) != dvc_hash(small_tests / name)}
    assert changed == {"between"}  # the tuning set has a seed of its own


def test_measured_scans_are_the_signals_smeared_with_noise(small_tests, small):
    dataset = Dataset(small_tests / "between")
    scans = read_measured(small_tests / "between_noisy" / "scans.parquet")
    assert scans.distortion == Distortion(1.0, 0.01, 0.5, small.test.seed)
    assert scans.program == dataset.metadata.program
    np.testing.assert_array_equal(scans.parameters, dataset.parameters())
    clean = measured(dataset, scans.distortion, None)
    noise = np.concatenate([(a - b).ravel() for a, b in zip(scans.cp_n, clean.cp_n, strict=True)])
    assert noise.std() == pytest.approx(0.01, rel=0.03)
    assert abs(noise.mean()) < 6 * 0.01 / np.sqrt(len(noise))
    # behind a small lag a gentle rise comes later by the lag
    gentle = [quartet for quartet, scan in enumerate(clean.cp_n) if scan.max() < 2.0]
    assert len(gentle) > 2
    for quartet in gentle:
        points_k, own = clean.temperature_k(quartet), dataset.signals().take(slice(quartet, quartet + 1))
        late, here = (np.abs(clean.cp_n[quartet] - own.on_grid(points_k - lag_k)[0]).max() for lag_k in (0.5, 0.0))
        assert late < 0.2 * here


def test_inputs_of_a_measured_set_are_its_points_and_plateaus(small_tests):
    held = held_out(small_tests, "between_noisy")
    source = held.open(LAYOUT)
    inputs = source.inputs(np.array([4, 2]))["signals"]
    assert inputs.shape == (2, 300, 6)
    assert inputs.dtype == np.float32
    scans, grid_k = read_measured(held.folder / "scans.parquet"), laid_out(LAYOUT)
    for row, quartet in enumerate((4, 2)):
        points_k = scans.temperature_k(quartet)
        below, above = grid_k < points_k[0], grid_k > points_k[-1]
        assert (inputs[row][below] == 0).all()
        assert (inputs[row][above] == 1).all()
        inside = ~below & ~above
        expected = np.interp(grid_k[inside], points_k, scans.cp_n[quartet][3])
        np.testing.assert_allclose(inputs[row][inside, 3], expected, atol=1e-6)


def test_a_report_judges_every_set(project, small):
    make(STUDY, project, small, "C")
    report = json.loads((project.validation / "test" / "C.json").read_text())
    assert report["success"]
    assert report["data_md5"] == ensure_validated(project, "test/C")
    names = [result["name"] for result in report["results"]]
    for name in ("Lattice", "Between", "Tuning"):
        assert f"{name}: Behind a lag of 0.5 K the noise is 0.01" in names
    pairs = "No pair of dh and ln A lies on the lattice"
    assert [name for name in names if pairs in name] == [f"Between: {pairs}", f"Tuning: {pairs}"]


@pytest.fixture
def sets(project):
    return project.data / "test" / "C"


def other_noise(sets):
    file = sets / "between_noisy" / "scans.parquet"
    scans = read_measured(file)
    cp_n = [values + np.float32(0.01) * np.sign(values - values.mean()) for values in scans.cp_n]
    write_measured(file, dataclasses.replace(scans, cp_n=cp_n))


def shifted(sets):
    file = sets / "tuning_noisy" / "scans.parquet"
    scans = read_measured(file)
    write_measured(file, dataclasses.replace(scans, first_k=scans.first_k + 1.0))


def on_a_trained_pair(sets):
    quartets = select("C", 9, seed=2).parameters()
    shutil.rmtree(sets / "between")
    program = Dataset(sets / "tuning").metadata.program
    write_dataset(sets / "between", quartets, source="C", program=program, seed=20250201)
    dataset = Dataset(sets / "between")
    distortion = read_measured(sets / "between_noisy" / "scans.parquet").distortion
    scans = measured(dataset, distortion, np.random.default_rng(1))
    write_measured(sets / "between_noisy" / "scans.parquet", scans)


def tuned_by_the_test(sets):
    for end in ("", "_noisy"):
        shutil.rmtree(sets / f"tuning{end}")
        shutil.copytree(sets / f"between{end}", sets / f"tuning{end}")


@pytest.mark.parametrize(("spoil", "broken"), [
    (other_noise, "Between: Behind a lag of 0.5 K the noise is"),
    (shifted, "Tuning: The scans are measured from the glass to the liquid"),
    (on_a_trained_pair, "Between: No pair of dh and ln A lies on the lattice"),
    (tuned_by_the_test, "Tuning: Number of quartets"),
])  # fmt: skip
def test_sets_that_are_not_what_they_should_be_fail(project, sets, small, spoil, broken):
    spoil(sets)
    with pytest.raises(ValidationFailedError, match=rf"test sets of C: {broken}"):
        validate(STUDY, project, small, "test/C")


def test_without_noise_the_scans_must_be_exact(small_tests):
    dataset = Dataset(small_tests / "between")
    asked = Distortion(1.0, 0.0, 0.5, 1)
    exact = measured(dataset, asked, None)
    assert all(result.success for result in judge_scans(dataset, exact, asked))
    off = dataclasses.replace(exact, cp_n=[values + np.float32(1e-4) for values in exact.cp_n])
    assert [r.success for r in judge_scans(dataset, off, asked)] == [True, True, False, False]
    fewer = dataclasses.replace(
        exact, cp_n=exact.cp_n[:-1], first_k=exact.first_k[:-1], parameters=exact.parameters[:-1]
    )
    assert not any(result.success for result in judge_scans(dataset, fewer, asked))


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def columns_of_another_table(file):
    pq.write_table(pq.read_table(file).select(["x"]), file)


def metadata_of_nothing(file):
    pq.write_table(pq.read_table(file).replace_schema_metadata(None), file)


def scans_of_others(file):
    scans = read_measured(file)
    write_measured(file, dataclasses.replace(scans, parameters=scans.parameters[::-1]))


def fewer_scans(file):
    scans = read_measured(file)
    program = ChrProgram(scans.program.cooling_rates_k_per_min[:5], 10.0)
    write_measured(file, dataclasses.replace(scans, program=program))


DAMAGES = [Path.unlink, cut, flip, columns_of_another_table, metadata_of_nothing, scans_of_others, fewer_scans]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_scans_are_one_line(project, sets, small, damage):
    file = sets / "between_noisy" / "scans.parquet"
    damage(file)
    with pytest.raises(ValidationFailedError, match=r"test/C: not the data that .*make them anew: " + MADE):
        ensure_validated(project, "test/C")
    with pytest.raises(RelaxnetError) as caught:  # when it is read all the same
        held_out(sets, "between_noisy").open(LAYOUT)
    assert "between_noisy" in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(RelaxnetError) as caught:
        validate(STUDY, project, small, "test/C")
    assert "\n" not in str(caught.value)


def test_an_unknown_subset_is_one_line(project, small):
    with pytest.raises(InvalidInputError, match="subset = plane: must be one of LU, RU, LB, RB, C, G"):
        make(STUDY, project, small, "plane")


@pytest.mark.parametrize(("change", "line"), [
    ({"between": 0}, "profiles.smoke.test.between = 0: must be greater than or equal to 2"),
    ({"tuning_plane": 1}, "profiles.smoke.test.tuning_plane = 1: must be greater than or equal to 2"),
    ({"noise": -0.01}, "profiles.smoke.test.noise = -0.01: must be greater than or equal to 0"),
    ({"lag_k": -1.0}, "profiles.smoke.test.lag_k = -1.0: must be greater than or equal to 0"),
    ({"tuning_seed": 20250201}, "profiles.smoke.test.tuning_seed = 20250201: must be another one than test.seed"),
    ({"half": 1}, "profiles.smoke.test.half = 1: must be absent"),
])  # fmt: skip
def test_bad_params_are_one_line(change, line):
    with pytest.raises(InvalidInputError, match=re.escape(line)):
        with_tests(**change)
