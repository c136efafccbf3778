import numpy as np
import pytest

from relaxnet import simulate_many
from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.estimation.scans import MeasuredScans, Scan, measured_scans
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.universal.layout import lay_out

PROGRAM = chr_program()


@pytest.fixture(scope="module")
def signals(plane_sets):
    return simulate_many(plane_sets, PROGRAM, workers=2)


def test_the_centre_is_the_fictive_temperature_of_the_glass(signals):
    samples = measured_scans(signals, PROGRAM, step_k=0.2)
    layout = lay_out(samples, 0.0)
    np.testing.assert_allclose(layout.centre_k, signals.glass_fictive_k[:, -1], atol=0.1)


def test_bins_hold_all_points_of_the_transition_and_their_means(signals):
    samples = measured_scans(signals, PROGRAM, step_k=0.5)
    layout = lay_out(samples, 0.0)
    for q, sample in enumerate(samples):
        for s, scan in enumerate(sample.scans):
            count = layout.count[q, s]
            assert 0 < count.sum() <= len(scan.temperature_k)
            mean = np.interp(layout.temperature_k[q, s], scan.temperature_k, scan.cp_n)
            lone = count == 1
            np.testing.assert_allclose(layout.cp_n[q, s, lone], mean[lone], atol=1e-9)


def test_noise_is_found_and_moves_nothing_far(signals):
    clean = lay_out(measured_scans(signals, PROGRAM), 0.0)
    generator = np.random.default_rng(4)
    noisy = lay_out(measured_scans(signals, PROGRAM, noise=0.01, generator=generator))
    assert np.median(noisy.noise) == pytest.approx(0.01, rel=0.1)
    assert np.abs((noisy.centre_k - clean.centre_k) / clean.width_k).max() < 1.5
    assert np.abs(np.log(noisy.width_k / clean.width_k)).max() < 0.7


def test_scans_may_come_in_any_order_and_some_may_be_missing(signals):
    samples = measured_scans(signals.take(slice(0, 3)), PROGRAM)
    turned = [MeasuredScans(sample.scans[::-1]) for sample in samples]
    np.testing.assert_array_equal(lay_out(samples, 0.0).guess_inputs(), lay_out(turned, 0.0).guess_inputs())
    two = lay_out([MeasuredScans(sample.scans[:2]) for sample in samples], 0.0)
    assert (two.count[:, 2:] == 0).all()
    assert (two.count[:, :2] > 0).any(axis=2).all()


def test_points_far_apart_leave_a_smooth_picture():
    temperature_k = np.array([400.0, 430.0, 450.0, 470.0, 500.0])
    scan = Scan(10.0, 10.0, temperature_k, np.array([0.0, 0.1, 0.5, 1.1, 1.0]))
    layout = lay_out([MeasuredScans((scan,))], 0.0)
    picture = layout.picture[0, 0]
    assert np.isfinite(picture).all()
    assert (picture[0], picture[-1]) == (0.0, 1.0)
    assert np.abs(np.diff(picture)).max() < 0.5


def test_too_many_scans():
    scan = Scan(10.0, 10.0, [400.0, 430.0, 450.0, 470.0], [0.0, 0.1, 0.9, 1.0])
    with pytest.raises(InvalidInputError, match=r"scans of sample 0 = 7: must be at most 6"):
        lay_out([MeasuredScans((scan,) * 7)])


def test_no_samples():
    with pytest.raises(InvalidInputError, match=r"samples = none: must be at least one"):
        lay_out([])


def test_negative_noise(signals):
    with pytest.raises(InvalidInputError, match="noise"):
        lay_out(measured_scans(signals.take(slice(0, 1)), PROGRAM), -0.01)
