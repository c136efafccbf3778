"""What each gate refuses, and by how much it says."""

from dataclasses import replace

import numpy as np
import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.datasets.targets import Axis, Target, Targets
from relaxnet.evaluation.paired import SampleErrors, paired_difference
from relaxnet.registry.evidence import Evidence, Report
from relaxnet.registry.gate_config import GateConfig
from relaxnet.registry.gates import committed, compared, probed, validated
from relaxnet.registry.probe import Probe

TARGETS = Targets((Target("x", "1", symbol="x"), Target("dh", "J/mol", display_unit="kJ/mol", display_factor=1e-3)))
CONFIG = parse(GateConfig, {})
COUNT = 400


def evidence(rng, x=1.0, dh=1.0, *, md5="abc", noisy=1.0, sample=None):
    """Errors of a model that are ``x`` and ``dh`` times those of another, sample by sample, with some luck."""
    sample = np.arange(COUNT) if sample is None else sample
    hard = np.random.default_rng(1).exponential(1.0, len(sample))  # the same samples are hard for all models
    luck = rng.uniform(0.8, 1.2, (2, len(sample)))

    def errors(factor):
        return SampleErrors(
            sample, {"x": 0.02 * x * factor * hard * luck[0], "dh": 5e3 * dh * factor * hard * luck[1]},
            {"x": 0.2, "dh": 5e4},
        )  # fmt: skip

    sets = {"clean": errors(1.0), "noisy": errors(noisy)}
    return Evidence("run", "tests", TARGETS, sets, dict.fromkeys(sets, md5), "clean", ("noisy",))


def verdicts(challenger, champion, config=CONFIG):
    return {gate.name: gate for gate in compared(challenger, champion, config)}


def test_a_better_model_passes(rng):
    found = verdicts(evidence(rng, 0.9, 0.9), evidence(rng))
    assert list(found) == [
        "same test set", "better", "error of x", "error of dh", "size of the test set", "distortions, noisy"
    ]  # fmt: skip
    assert all(gate.passed for gate in found.values())
    assert found["better"].figures["difference"] == pytest.approx(-0.01, abs=0.003)
    assert "% less" in found["error of dh"].found
    assert "kJ/mol" in found["error of dh"].found


def test_one_that_is_better_by_luck_is_refused(rng):
    """Its mean is lower, but not beyond the interval."""
    champion = evidence(rng)
    for _ in range(50):
        challenger = evidence(rng)
        gate = verdicts(challenger, champion)["better"]
        if gate.figures["difference"] < 0 and not gate.passed:
            break
    assert gate.figures["difference"] < 0 < gate.figures["difference.high"]
    assert gate.refusal.startswith("better: relative error 0.")
    assert gate.refusal.endswith("on clean; must be wholly below 0")


def test_the_interval_covers(rng):
    """Of models that are equal, 95 % of the intervals hold 0."""
    held = 0
    for seed in range(200):
        found = paired_difference(evidence(rng).sets["clean"], evidence(rng).sets["clean"], resamples=300, seed=seed)
        held += found.low <= 0 <= found.high
    assert 0.90 <= held / 200 <= 0.99


def test_pairing_tells_what_the_spread_of_the_samples_would_hide(rng):
    better, champion = evidence(rng, 0.97, 0.97).sets["clean"], evidence(rng).sets["clean"]
    assert paired_difference(better, champion).high < 0
    alone = better.relative().std() / np.sqrt(COUNT)
    assert champion.relative().mean() - better.relative().mean() < 2 * alone


def test_one_worse_target_is_refused_though_the_rest_is_better(rng):
    found = verdicts(evidence(rng, 0.7, 1.1), evidence(rng))
    assert found["better"].passed
    assert found["error of x"].passed
    assert not found["error of dh"].passed
    assert "% more; must be at most 5.0 % more" in found["error of dh"].refusal
    generous = parse(GateConfig, {"margins": {"dh": 0.5}})
    assert verdicts(evidence(rng, 0.7, 1.1), evidence(rng), generous)["error of dh"].passed


@pytest.mark.parametrize(
    "other", [{"md5": "def"}, {"sample": np.arange(1, COUNT + 1)}, {"sample": np.arange(COUNT - 1)}]
)
def test_models_judged_on_different_sets_are_not_compared(rng, other):
    found = verdicts(evidence(rng, 0.5, 0.5), evidence(rng, **other))
    assert not found["same test set"].passed
    assert "better" not in found


def test_models_of_other_targets_are_not_compared(rng):
    champion = evidence(rng)
    other = replace(champion, targets=Targets(TARGETS.items[:1]))
    assert "targets [" in verdicts(evidence(rng), other)["same test set"].refusal


def test_too_few_samples_are_refused(rng):
    few = np.arange(29)
    found = verdicts(evidence(rng, 0.5, 0.5, sample=few), evidence(rng, sample=few))
    assert found["size of the test set"].refusal == "size of the test set: 29 samples, of clean; must be at least 30"
    assert found["better"].passed


def test_a_distorted_set_on_which_nothing_varies_is_refused(rng):
    given = evidence(rng)
    flat = replace(given.sets["noisy"], spread={"x": 0.0, "dh": 0.0})
    found = verdicts(replace(given, sets={**given.sets, "noisy": flat}), None)
    assert not found["distortions, noisy"].passed


def test_distortions_are_held_against_estimating_the_mean(rng):
    found = verdicts(evidence(rng, noisy=20.0), None)["distortions, noisy"]
    assert not found.passed
    assert found.refusal.endswith("of that of estimating the mean, the largest of all targets; must be at most 1")
    assert verdicts(evidence(rng, noisy=2.0), None)["distortions, noisy"].passed


def test_the_first_champion_must_know_something(rng):
    assert verdicts(evidence(rng), None)["better"].passed
    assert not verdicts(evidence(rng, 20.0, 20.0), None)["better"].passed


def test_a_target_that_does_not_vary_counts_in_no_mean():
    errors = SampleErrors(np.arange(3), {"x": np.ones(3), "c": np.zeros(3)}, {"x": 2.0, "c": 0.0})
    np.testing.assert_array_equal(errors.relative(), 0.5)


@pytest.mark.parametrize(
    ("commit", "branches", "passed", "words"),
    [
        ("a" * 40, ["main"], True, "on main"),
        ("a" * 40, [], False, "on no branch"),
        ("a" * 40 + "-dirty", ["main"], False, "with changes that are not committed"),
        ("", [], False, "unknown"),
    ],
)
def test_the_commit(commit, branches, passed, words):
    gate = committed(commit, branches)
    assert gate.passed == passed
    assert words in gate.found


def test_the_validation():
    green, red = Report(True, "1"), Report(False, "2")
    assert validated({"C": green, "test/C": Report(True, "3")}, "1").passed
    assert "not passed: test/C" in validated({"C": green, "test/C": red}, "1").found
    assert "not the one of the training" in validated({"C": green}, "9").found
    assert not validated({}, "1").passed


def test_what_a_fresh_process_found():
    names = {gate.name: gate.passed for gate in probed(Probe(rows=1, latency_ms=5e3, size_mb=80.0), CONFIG)}
    assert names == {"loads and predicts": True, "latency": False, "size": False}
    (gate,) = probed(Probe(error="OSError: truncated"), CONFIG)
    assert gate.refusal.startswith("loads and predicts: OSError: truncated; must be")


def test_evidence_comes_back_as_it_was(rng, tmp_path):
    given = evidence(rng)
    given.write(tmp_path / "judged")
    found = Evidence.read(tmp_path / "judged")
    assert (found.md5, found.compared_on, list(found.distorted)) == (given.md5, "clean", ["noisy"])
    assert [target.error_text(1234.0) for target in found.targets.items] == ["1234", "1.23"]
    for name in given.sets:
        np.testing.assert_array_equal(found.sets[name].errors["dh"], given.sets[name].errors["dh"])
    first = {path.name: path.read_bytes() for path in (tmp_path / "judged").iterdir()}
    given.write(tmp_path / "judged")
    assert {path.name: path.read_bytes() for path in (tmp_path / "judged").iterdir()} == first


def spoil_card(folder):
    (folder / "judged.json").write_text("{}")


def spoil_table(folder):
    (folder / "clean.parquet").write_bytes(b"PAR1")


def remove_table(folder):
    (folder / "noisy.parquet").unlink()


@pytest.mark.parametrize("spoil", [spoil_card, spoil_table, remove_table])
def test_damaged_evidence_is_one_line(rng, tmp_path, spoil):
    evidence(rng).write(tmp_path / "judged")
    spoil(tmp_path / "judged")
    with pytest.raises(DataFileError, match=r"judged/(judged\.json|clean\.parquet|noisy\.parquet)") as caught:
        Evidence.read(tmp_path / "judged")
    assert "\n" not in str(caught.value)


def test_errors_of_a_vector_are_means_along_its_axis():
    targets = Targets((Target("spectrum", "1", axis=Axis("energy", "eV", (0.0, 1.0))), Target("gap", "eV")))
    true = np.array([[0.0, 2.0, 1.0], [2.0, 4.0, 3.0]])
    found = SampleErrors.of(targets, np.arange(2), true, true + np.array([1.0, 3.0, 0.5]))
    np.testing.assert_array_equal(found.errors["spectrum"], [2.0, 2.0])
    assert found.spread == {"spectrum": 1.0, "gap": 1.0}
    with pytest.raises(InvalidInputError, match="the same ones for both"):
        paired_difference(found, SampleErrors.of(targets, np.arange(1, 3), true, true))
