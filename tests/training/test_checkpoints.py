"""Checkpoints: whole, or told to be damaged."""

import json

import keras
import numpy as np
import pytest

from relaxnet.training.checkpoints import FILE, Checkpoints

HISTORY = {"loss": [3.0, 2.0], "val_loss": [4.0, 3.0]}


def made(units=3):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    return model


@pytest.fixture
def folder(tmp_path):
    """With a checkpoint of two epochs."""
    model, checkpoints = made(), Checkpoints(tmp_path)
    assert checkpoints.resume(model, pytest.fail) == ({}, 0.0)
    model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
    checkpoints.keep(model, HISTORY, 5.0)
    checkpoints.save()
    return tmp_path


def test_what_was_kept_is_saved_not_what_came_after(tmp_path):
    model, checkpoints, history = made(), Checkpoints(tmp_path), {"loss": [1.0]}
    checkpoints.resume(model, pytest.fail)
    checkpoints.keep(model, history, 2.0)
    before = [np.array(value) for value in (*model.weights, *model.optimizer.variables)]
    model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
    history["loss"].append(0.5)
    checkpoints.save()
    resumed, again = made(), Checkpoints(tmp_path)
    assert again.resume(resumed, pytest.fail) == ({"loss": [1.0]}, 2.0)
    assert again.epochs == 1
    for found, value in zip((*resumed.weights, *resumed.optimizer.variables), before, strict=True):
        np.testing.assert_array_equal(found, value)


def no_archive(file):
    with file.open("wb") as opened:
        np.save(opened, np.ones(3))


def foreign(**changes):
    values = {"state": json.dumps({"history": HISTORY, "seconds": 1.0}), "0": np.zeros((2, 3)), **changes}
    return lambda file: np.savez(file, **values)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-40]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("{}"),
        lambda file: file.write_bytes(file.read_bytes().replace(b"seconds".decode().encode("utf-32-le"), b"x" * 28)),
        no_archive,
        foreign(),
        foreign(state="[]"),
        foreign(state=json.dumps({"history": {"loss": [1.0], "mae": []}, "seconds": 1.0})),
        foreign(state=np.array([{}], dtype=object)),
    ],
    ids=["truncated", "empty", "text", "a byte", "no archive", "incomplete", "no state", "uneven", "pickled"],
)
def test_a_damaged_checkpoint_is_told_in_one_line_and_not_used(folder, spoil):
    spoil(folder / FILE)
    model, checkpoints, lines = made(), Checkpoints(folder), []
    weights = model.get_weights()
    assert checkpoints.resume(model, lines.append) == ({}, 0.0)
    assert checkpoints.epochs == 0
    (line,) = lines
    assert line.startswith(f"{folder / FILE}: damaged (")
    assert line.endswith("), the training begins again at epoch 1")
    assert "\n" not in line
    for a, b in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_checkpoint_of_a_network_of_other_sizes_is_not_used(folder):
    lines = []
    assert Checkpoints(folder).resume(made(units=5), lines.append) == ({}, 0.0)
    assert "damaged (of another training)" in lines[0]
