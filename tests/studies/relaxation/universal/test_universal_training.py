import json
from functools import partial

import numpy as np
import pytest

from relaxnet.studies.relaxation.dataset.regions import draw
from relaxnet.studies.relaxation.estimation.scans import measured_scans
from relaxnet.studies.relaxation.universal.config import NetworkConfig, UniversalConfig
from relaxnet.studies.relaxation.universal.curves import simulate_batches
from relaxnet.studies.relaxation.universal.estimator import UniversalEstimator
from relaxnet.studies.relaxation.universal.store import save
from relaxnet.studies.relaxation.universal.training import train


def small(seed):
    scan = NetworkConfig(width=16, depth=2, epochs=2, batch_size=256, learning_rate=4e-3)
    return UniversalConfig(glasses=1000, seed=seed, scan=scan, guess=scan)


@pytest.mark.slow
def test_the_smallest_training_can_be_stored_and_read_again(tmp_path):
    trained = train(small(1), partial(draw, "plane"), 2)
    assert trained.model_error > 0.0
    assert {name: len(factors) for name, factors in trained.calibration.items()} == {
        "noise_factors": 5, "emulator_factors": 5
    }  # fmt: skip
    save(trained, tmp_path, {"seed": 1})
    assert json.loads((tmp_path / "universal.json").read_text())["lineage"] == {"seed": 1}
    found = UniversalEstimator.load(tmp_path)
    features = np.random.default_rng(1).normal(size=(20, 9)).astype(np.float32)
    np.testing.assert_allclose(found.scan(features), trained.scan.predict(features, verbose=0), atol=1e-5)
    (batch, *_) = simulate_batches(partial(draw, "plane"), 50, 2, 1, lambda _: None)
    samples = measured_scans(batch.signals, batch.program, noise=0.01, generator=np.random.default_rng(3))
    estimates = found.estimate(samples)
    assert np.isfinite(estimates.parameters).all()
    assert np.isfinite(estimates.std).all()


def test_glasses_do_not_depend_on_the_number_of_threads():
    one, two = (
        simulate_batches(partial(draw, "plane"), 150, 4, workers, lambda _: None, table_1_share=0.4)
        for workers in (1, 2)
    )
    assert [batch.program for batch in one] == [batch.program for batch in two]
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.sets, b.sets)
        np.testing.assert_array_equal(a.signals.cp_n, b.signals.cp_n)
