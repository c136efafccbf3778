import keras
import numpy as np

from relaxnet.training.losses import WeightedMeanSquare


def test_loss_is_the_mean_of_weighted_squares_over_targets_and_samples():
    true = np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]], dtype=np.float32)
    predicted = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 1.0, 1.0, 1.5]], dtype=np.float32)
    weights = [1.0, 0.1, 3.0, 3.0]
    per_sample = [(0.01 + 0.1 * 0.04 + 3 * 0.09 + 3 * 0.16) / 4, 3 * 0.25 / 4]
    loss = WeightedMeanSquare(weights)
    np.testing.assert_allclose(float(loss(true, predicted)), np.mean(per_sample), rtol=1e-6)


def test_a_zero_weight_hides_its_target():
    true, predicted = np.zeros((3, 2), np.float32), np.tile(np.array([[5.0, 0.5]], np.float32), (3, 1))
    np.testing.assert_allclose(float(WeightedMeanSquare([0.0, 2.0])(true, predicted)), 0.25, rtol=1e-6)


def test_loss_can_be_saved():
    again = keras.losses.deserialize(keras.losses.serialize(WeightedMeanSquare([1.0, 2.0])))
    assert isinstance(again, WeightedMeanSquare)
    assert again.weights == [1.0, 2.0]


def test_loss_of_half_precision_estimates_is_as_exact_as_they_are():
    true, predicted = np.full((1, 1), 0.7, np.float32), keras.ops.cast(np.full((1, 1), 0.5), "bfloat16")
    loss = WeightedMeanSquare([1.0])(true, predicted)
    assert loss.dtype == "float32"
    np.testing.assert_allclose(float(loss), 0.04, rtol=1e-6)  # 0.7 in bfloat16 would make it 0.0413
