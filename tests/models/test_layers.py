"""Layers against straightforward NumPy, or the layers of Keras."""

import keras
import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from relaxnet.models.blocks.layers import Compress, FoldedConvolution, SegmentEnds, SignificantSegment, thinned


def step_signal(points=200, middle=90.0, width=6.0, peak=1.5):
    """A glass-to-liquid signal with an overshoot, and the true limits at epsilon = 0.01."""
    t = np.arange(points, dtype=np.float64)
    return 1 / (1 + np.exp(-(t - middle) / width)) + peak * np.exp(-(((t - middle - 20) / 10) ** 2))


def limits(signal, epsilon):
    start = np.flatnonzero(signal >= epsilon)[0] - 1
    end = np.flatnonzero(np.abs(signal - 1) >= epsilon)[-1] + 1
    return max(start, 0), min(end, len(signal) - 1)


def as_input(*signals):
    return np.stack(signals, axis=-1)[None].astype(np.float32)


def test_thinning_keeps_every_third_point():
    signals = np.arange(2 * 10 * 3, dtype=np.float32).reshape(2, 10, 3)
    result = np.asarray(thinned(signals, 3, "thinned"))
    np.testing.assert_array_equal(result, signals[:, [0, 3, 6, 9]])


def test_compress_is_nearly_linear_for_usual_signals_and_tames_peaks():
    result = np.asarray(Compress()(np.array([0.0, 0.1, 500.0], dtype=np.float32)))
    np.testing.assert_allclose(result, np.arcsinh([0.0, 0.1, 500.0]), rtol=1e-6)


def test_segment_runs_from_the_glass_to_the_liquid():
    signal = step_signal()
    start, end = limits(signal, 0.01)
    rise, settling = np.asarray(SegmentEnds(0.01)(as_input(signal)))[0, :, 0] * (len(signal) - 1)
    assert start <= rise <= start + 1
    assert end - 1 <= settling <= end
    np.testing.assert_allclose(np.interp(rise, np.arange(len(signal)), signal), 0.01, atol=1e-4)
    np.testing.assert_allclose(np.interp(settling, np.arange(len(signal)), np.abs(signal - 1)), 0.01, atol=1e-4)


def test_spline_follows_the_peak():
    signal = step_signal()
    start, end = limits(signal, 0.01)
    index = np.arange(len(signal), dtype=np.float64)
    slopes = np.empty_like(signal)
    slopes[1:-1] = (signal[2:] - signal[:-2]) / 2
    slopes[0], slopes[-1] = 0.0, 0.0
    expected = CubicHermiteSpline(index, signal, slopes)(np.linspace(start, end, 300))
    result = np.asarray(SignificantSegment(300, 0.01, "spline")(as_input(signal)))[0, :, 0]
    np.testing.assert_allclose(result, expected, atol=2e-5)


def test_polynomial_is_the_least_squares_cubic_of_the_segment():
    signals = [step_signal(), step_signal(middle=60.0, width=3.0)]
    result = np.asarray(SignificantSegment(120, 0.01, "polynomial")(as_input(*signals)))[0]
    for column, signal in enumerate(signals):
        start, end = limits(signal, 0.01)
        inside = np.arange(start, end + 1)
        fit = np.polynomial.Polynomial.fit(inside, signal[inside], 3)
        np.testing.assert_allclose(result[:, column], fit(np.linspace(start, end, 120)), atol=5e-4)


def test_one_cubic_cannot_follow_a_peak_but_the_spline_can():
    signal = step_signal()
    start, end = limits(signal, 0.01)
    true = np.interp(np.linspace(start, end, 200), np.arange(len(signal)), signal)
    errors = {
        method: np.abs(np.asarray(SignificantSegment(200, 0.01, method)(as_input(signal)))[0, :, 0] - true).max()
        for method in ("spline", "polynomial")
    }
    assert errors["spline"] < 0.01 < 0.2 < errors["polynomial"]


@pytest.mark.parametrize("method", ["spline", "polynomial"])
@pytest.mark.parametrize(
    "signal",
    [np.zeros(64), np.ones(64), np.r_[np.zeros(63), 1.0], np.r_[0.0, np.ones(63)], np.r_[np.zeros(32), np.ones(32)]],
    ids=["all glass", "all liquid", "step at the end", "step at the start", "one step"],
)
def test_degenerate_signals_stay_finite(method, signal):
    assert np.isfinite(np.asarray(SignificantSegment(40, 0.01, method)(as_input(signal)))).all()


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method = cubic: must be one of spline, polynomial"):
        SignificantSegment(10, 0.01, "cubic")


@pytest.mark.parametrize("fold", [1, 3, 4])
@pytest.mark.parametrize("kernel", [1, 4, 12])
@pytest.mark.parametrize("points", [1, 7, 24])
def test_a_folded_convolution_is_the_convolution_of_keras(fold, kernel, points, rng):
    inputs = rng.normal(size=(2, 3, points, 2)).astype(np.float32)
    plain = keras.layers.Conv2D(5, (1, kernel), padding="same", activation="relu")
    folded = FoldedConvolution(5, kernel, fold)
    for layer in (plain, folded):
        layer.build(inputs.shape)
    plain.bias.assign(rng.normal(size=5))
    folded.set_weights(plain.get_weights())  # in the same order and shapes
    expected, result = (np.asarray(layer(inputs)) for layer in (plain, folded))
    np.testing.assert_allclose(result, expected, atol=1e-5)
    assert result.max() > 0


def test_a_folded_convolution_learns_as_that_of_keras(rng):
    """Equal gradients, by what a step of the optimiser makes of equal weights."""
    inputs = rng.normal(size=(8, 2, 23, 1)).astype(np.float32)
    start = [rng.normal(size=(1, 6, 1, 3)), rng.normal(size=3)]
    weights = []
    for layer in (keras.layers.Conv2D(3, (1, 6), padding="same", activation="relu"), FoldedConvolution(3, 6)):
        view = keras.Input(inputs.shape[1:])
        model = keras.Model(view, keras.layers.MaxPooling2D((1, 4), padding="same")(layer(view)))
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        model.train_on_batch(inputs, np.ones((8, 2, 6, 3), np.float32))
        weights.append(model.get_weights())
        assert all(np.abs(new - old).max() > 1e-4 for new, old in zip(weights[-1], start, strict=True))
    for plain, folded in zip(*weights, strict=True):
        np.testing.assert_allclose(folded, plain, atol=1e-6)
