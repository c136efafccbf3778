import json
import shutil

import numpy as np
import pytest

from relaxnet import simulate_many
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.dataset.regions import draw
from relaxnet.studies.relaxation.estimation.bound import cramer_rao
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, measured_scans
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.physics.published import MATERIALS
from relaxnet.studies.relaxation.universal.estimator import SHIPPED, UniversalEstimator
from relaxnet.studies.relaxation.universal.layout import lay_out

NOISE, LAG_K = 0.01, 0.5


def glasses(count, seed, program=None, **distortions):
    """Sets of the plane that are not steep, and their scans as measured."""
    program = program or chr_program()
    sets = draw("plane", np.random.default_rng(seed), count)
    signals = simulate_many(sets, program, workers=2)
    usual = np.flatnonzero(signals.cp_n.max(axis=(1, 2)) <= 6.0)
    generator = np.random.default_rng(seed + 1)
    return sets[usual], measured_scans(signals.take(usual), program, generator=generator, **distortions)


@pytest.fixture(scope="module")
def noisy():
    return glasses(100, 7, noise=NOISE, lag_k=LAG_K)


def test_no_worse_than_the_noise_allows(shipped, noisy):
    sets, samples = noisy
    found = shipped.estimate(samples, NOISE, workers=2)
    bound = cramer_rao(sets, samples, noise=NOISE, lag_k=LAG_K, lag="fitted", workers=2).sd
    ratio = np.median(np.abs(found.parameters - sets) / bound, axis=0)
    assert (ratio < 1.2).all(), ratio  # 0.67 for the best estimator there can be
    covered = (np.abs(found.parameters - sets) < 1.645 * found.std).mean(axis=0)
    assert (covered > 0.8).all(), covered
    assert np.median(np.abs(found.lag_k - LAG_K)) < 0.2


def test_without_noise(shipped):
    sets, samples = glasses(150, 8)
    found = shipped.estimate(samples, 0.0, workers=2).parameters
    error = np.abs(found - sets)
    assert (np.percentile(error, 95, axis=0) < [1.0, 5e3, 0.005, 0.005]).all()


def test_the_published_materials(shipped):
    for number, (name, material) in enumerate(MATERIALS.items()):
        true = material.as_array()
        signals = simulate_many(true[None])
        generator = np.random.default_rng(number)
        samples = measured_scans(signals, chr_program(), noise=NOISE, lag_k=LAG_K, generator=generator)
        found = shipped.estimate(samples)
        assert (np.abs(found.parameters[0] - true) < 3.0 * found.std[0]).all(), name


def test_other_rates_and_missing_scans(shipped):
    program = chr_program([0.5, 3.0, 15.0], 5.0)
    sets, samples = glasses(60, 9, program, noise=NOISE)
    found = shipped.estimate(samples, NOISE)
    within = np.abs(found.parameters - sets) < 4.0 * found.std
    assert within.all(axis=1).mean() > 0.9
    fewer = shipped.estimate([MeasuredScans(sample.scans[:2]) for sample in samples], NOISE)
    assert (np.median(fewer.std, axis=0) > np.median(found.std, axis=0)).all()


def test_a_known_lag_narrows_the_rest(shipped, noisy):
    sets, samples = noisy
    known, fitted = (shipped.estimate(samples, NOISE, lag_k=lag_k, workers=2) for lag_k in (LAG_K, None))
    assert (np.median(known.std / fitted.std, axis=0) <= [1.0, 1.0, 0.9, 0.9]).all()
    assert (known.std <= 1.1 * fitted.std).mean() > 0.97  # each is that at its own fit
    assert np.median(np.abs(known.parameters - sets) / known.std) < 1.0


def test_estimates_stay_in_the_range_of_the_model(shipped, noisy):
    _, samples = noisy
    found = shipped.estimate(samples, NOISE)
    assert (found.parameters[:, 2:] <= 1.0).all()
    assert (found.parameters[:, 2:] >= 0.2).all()
    frame = found.to_frame()
    assert len(frame) == len(samples)
    assert {"ln_a", "std_dh_j_per_mol", "lag_k", "flags"} <= set(frame.columns)


def test_what_is_no_glass_transition_is_flagged(shipped, noisy):
    _, samples = noisy
    humps = []
    for sample in samples[:20]:
        scans = []
        for scan in sample.scans:
            bump = 0.3 * np.exp(-(((scan.temperature_k - sample.half_rise_k - 5.0) / 3.0) ** 2))
            scans.append(type(scan)(scan.cooling_rate_k_per_min, 10.0, scan.temperature_k, scan.cp_n + bump))
        humps.append(MeasuredScans(tuple(scans)))
    assert np.mean([bool(flags) for flags in shipped.estimate(humps, NOISE).flags]) > 0.8


def test_threads_change_nothing(shipped, noisy):
    _, samples = noisy
    one, two = (shipped.estimate(samples * 4, NOISE, workers=workers).parameters for workers in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_as_in_keras(shipped, noisy):
    import keras

    _, samples = noisy
    inputs = lay_out(samples, NOISE).guess_inputs()
    features = np.random.default_rng(1).normal(size=(200, 9)).astype(np.float32)
    for network, file, values in ((shipped.guess, "guess", inputs), (shipped.scan, "scan", features)):
        model = keras.saving.load_model(SHIPPED / f"{file}.keras", compile=False)
        expected = model.predict(values, verbose=0)
        np.testing.assert_allclose(network(values), expected, atol=1e-5 * max(1.0, np.abs(expected).max()))


def test_where_the_shipped_weights_come_from():
    lineage = json.loads((SHIPPED / "universal.json").read_text())["lineage"]
    assert {"git.commit", "params", "seed"} <= set(lineage)
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 5e6


@pytest.mark.parametrize(("damage", "says"), [("gone", "no such file"), ("cut", "not a readable network")])
def test_a_damaged_network(tmp_path, damage, says):
    folder = tmp_path / "weights"
    shutil.copytree(SHIPPED, folder)
    file = folder / "scan.onnx"
    whole = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(whole[:1000])
    with pytest.raises(DataFileError, match=says):
        UniversalEstimator.load(folder)


def test_facts_of_another_version(tmp_path):
    folder = tmp_path / "weights"
    shutil.copytree(SHIPPED, folder)
    (folder / "universal.json").write_text('{"format": 99}')
    with pytest.raises(DataFileError, match="format 2"):
        UniversalEstimator.load(folder)


def test_rates_beyond_the_training_are_flagged(shipped):
    _, samples = glasses(4, 10, chr_program([0.05, 10.0], 10.0), noise=NOISE)
    assert all("outside_training_region" in flags for flags in shipped.estimate(samples, NOISE).flags)


def test_scans_without_noise_get_no_standard_deviation_of_nothing(shipped):
    sets, samples = glasses(20, 11)
    found = shipped.estimate(samples)
    assert (found.noise >= 5e-4).all()
    assert np.median(np.abs(found.parameters - sets) / found.std) < 1.5


def test_an_estimate_does_not_depend_on_its_neighbours(shipped, noisy):
    _, samples = noisy
    together = shipped.estimate(samples, NOISE)
    for k in (0, 7, 20):
        alone = shipped.estimate([samples[k]], NOISE)
        away = np.abs(alone.parameters[0] - together.parameters[k]) / together.std[k]
        assert (away < 0.01).all()
        np.testing.assert_allclose(alone.std[0], together.std[k], rtol=0.01)


def scaled(sample, factor):
    rows = ((s.cooling_rate_k_per_min, 10.0, s.temperature_k, factor * s.cp_n) for s in sample.scans)
    return MeasuredScans(tuple(type(sample.scans[0])(*row) for row in rows))


def test_what_is_no_scan_has_a_flag_and_spoils_no_other(shipped, noisy):
    _, samples = noisy
    spoilt = shipped.estimate([scaled(samples[0], 100.0), scaled(samples[1], 0.0), *samples[2:10]], NOISE)
    whole = shipped.estimate(samples[2:10], NOISE)
    assert [flags[0] for flags in spoilt.flags[:2]] == ["no_transition"] * 2
    assert np.isnan(spoilt.parameters[:2]).all()
    assert np.isnan(spoilt.std[:2]).all()
    np.testing.assert_allclose(spoilt.parameters[2:], whole.parameters, rtol=1e-4)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"lag_k": np.nan}, "lag_k = nan"), ({"lag_k": -1.0}, "lag_k = -1"), ({"lag_k": "a"}, "lag_k = a"),
     ({"workers": 0}, "workers = 0")],
)  # fmt: skip
def test_impossible_arguments_are_refused(shipped, noisy, given, field):
    with pytest.raises(InvalidInputError, match=field):
        shipped.estimate(noisy[1][:1], NOISE, **given)


def test_a_dense_scan_has_honest_errors(shipped):
    sets, samples = glasses(150, 11, step_k=0.1, noise=0.001, lag_k=LAG_K)
    found = shipped.estimate(samples, 0.001, workers=2)
    covered = (np.abs(found.parameters - sets) < 1.645 * found.std).mean(axis=0)
    assert (covered > 0.7).all(), covered


def test_damaged_facts_are_one_line(tmp_path):
    facts = json.loads((SHIPPED / "universal.json").read_text())
    del facts["noise_factors"]
    (tmp_path / "universal.json").write_text(json.dumps(facts))
    with pytest.raises(DataFileError, match=r"universal\.json: .*noise_factors"):
        UniversalEstimator.load(tmp_path)
