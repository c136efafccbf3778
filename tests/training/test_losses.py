import keras
import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Scaling
from relaxnet.training.config import LossConfig
from relaxnet.training.losses import LOSSES, EstimateMae, TargetLoss, make_loss


def test_loss_is_the_mean_of_weighted_squares_over_targets_and_samples():
    true = np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]], dtype=np.float32)
    predicted = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 1.0, 1.0, 1.5]], dtype=np.float32)
    weights = [1.0, 0.1, 3.0, 3.0]
    per_sample = [(0.01 + 0.1 * 0.04 + 3 * 0.09 + 3 * 0.16) / 4, 3 * 0.25 / 4]
    loss = TargetLoss(weights)
    np.testing.assert_allclose(float(loss(true, predicted)), np.mean(per_sample), rtol=1e-6)


def test_a_zero_weight_hides_its_target():
    true, predicted = np.zeros((3, 2), np.float32), np.tile(np.array([[5.0, 0.5]], np.float32), (3, 1))
    np.testing.assert_allclose(float(TargetLoss([0.0, 2.0])(true, predicted)), 0.25, rtol=1e-6)


def test_loss_can_be_saved():
    again = keras.losses.deserialize(keras.losses.serialize(TargetLoss([1.0, 2.0])))
    assert isinstance(again, TargetLoss)
    assert again.weights == [1.0, 2.0]


def test_loss_of_half_precision_estimates_is_as_exact_as_they_are():
    true, predicted = np.full((1, 1), 0.7, np.float32), keras.ops.cast(np.full((1, 1), 0.5), "bfloat16")
    loss = TargetLoss([1.0])(true, predicted)
    assert loss.dtype == "float32"
    np.testing.assert_allclose(float(loss), 0.04, rtol=1e-6)  # 0.7 in bfloat16 would make it 0.0413


TRUE = np.array([[0.2, -0.4, 1.0], [0.0, 0.5, -2.0]], np.float32)
GUESS = np.array([[0.1, 0.4, 0.5], [0.3, 0.5, 1.0]], np.float32)
W = np.array([1.0, 0.5, 2.0])
D = TRUE - GUESS


def huber(difference, delta):
    size = np.abs(difference)
    return np.where(size <= delta, difference**2 / 2, delta * (size - delta / 2))


def cosine(one, other):
    return 1 - np.sum(W * one * other, 1) / np.sqrt(np.sum(W * one**2, 1) * np.sum(W * other**2, 1))


def centred(values):
    return values - (values @ W / W.sum())[:, None]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("mse", np.mean(W * D**2, 1)),
        ("rmse", np.sqrt(np.mean(W * D**2, 1))),
        ("mae", np.mean(W * np.abs(D), 1)),
        ({"name": "huber", "delta": 0.5}, np.mean(W * huber(D, 0.5), 1)),
        ({"name": "smooth_l1", "delta": 0.5}, np.mean(W * huber(D, 0.5) / 0.5, 1)),
        ("log_cosh", np.mean(W * np.log(np.cosh(D)), 1)),
        ("cosine", cosine(TRUE, GUESS)),
        ("pearson", cosine(centred(TRUE), centred(GUESS))),
    ],
    ids=str,
)
def test_every_loss_is_what_its_name_says_and_can_be_saved(config, expected):
    loss = make_loss(LossConfig.model_validate(config), W)
    np.testing.assert_allclose(loss.call(TRUE, GUESS), expected, rtol=1e-5, atol=1e-6)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    np.testing.assert_array_equal(again.call(TRUE, GUESS), loss.call(TRUE, GUESS))
    assert loss.outputs() == 3


def test_equal_losses_have_equal_configs():
    assert make_loss(LossConfig(), W).get_config() == make_loss(LossConfig(), W).get_config()


def test_log_cosh_of_a_large_error_is_finite():
    loss = make_loss(LossConfig(name="log_cosh"), [1.0])
    np.testing.assert_allclose(loss.call(np.full((1, 1), 1e4, "f"), np.zeros((1, 1), "f")), 1e4 - np.log(2))


def test_the_root_of_no_error_has_a_gradient():
    """Beside which that of every other sample would be lost."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, kernel_initializer="identity")])
    model.compile(keras.optimizers.SGD(1.0), make_loss(LossConfig(name="rmse"), W))
    model.train_on_batch(TRUE, TRUE)
    assert np.isfinite(model.get_weights()[0]).all()


def test_quantiles_put_out_a_block_a_level():
    loss = make_loss(LossConfig.model_validate({"name": "quantiles", "levels": [0.1]}), W)
    assert loss.outputs() == 6
    outputs = np.concatenate([GUESS, GUESS - 1], axis=1)

    def pinball(difference, level):
        return np.maximum(level * difference, (level - 1) * difference)

    expected = (np.mean(W * pinball(D, 0.5), 1) + np.mean(W * pinball(D + 1, 0.1), 1)) / 2
    np.testing.assert_allclose(loss.call(TRUE, outputs), expected, rtol=1e-5)
    scaling = loss.output_scaling(Scaling(np.arange(3.0), np.full(3, 2.0)))
    np.testing.assert_array_equal(scaling.offset, [0, 1, 2, 0, 1, 2])
    metric = EstimateMae()
    metric.update_state(TRUE, outputs)
    assert float(metric.result()) == pytest.approx(np.abs(D).mean())


@pytest.mark.parametrize(
    ("config", "columns", "message"),
    [
        ("mape", 3, "loss = mape: must be one of mse, rmse, mae, huber"),
        ({"name": "huber", "delta": 0}, 3, r"loss\.delta = 0: must be greater than 0"),
        ({"name": "mse", "delta": 1}, 3, r"loss\.delta = 1: must be absent"),
        ({"name": "quantiles", "levels": [1.5]}, 3, r"loss\.levels = .*: must be numbers between 0 and 1"),
        ("cosine", 1, "loss = cosine: must be a loss of numbers; it needs 2 or more of them"),
    ],
)
def test_impossible_losses_are_refused(config, columns, message):
    with pytest.raises(InvalidInputError, match=message):
        make_loss(LossConfig.model_validate(config), [1.0] * columns)


def test_all_losses_are_listed():
    others = ["mae", "huber", "smooth_l1", "log_cosh", "cosine", "pearson", "quantiles"]
    assert list(LOSSES) == ["mse", "rmse", *others]
