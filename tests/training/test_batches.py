import numpy as np
import pytest

from relaxnet.training.batches import NotFiniteError, check_finite, check_inputs, from_memory, from_source


def test_batches_hold_the_samples_in_order(source):
    scaled = source.targets.astype(np.float32)
    index = np.array([4, 1, 7, 3, 0])
    batches = from_source(source, index, scaled, batch_size=2)
    assert len(batches) == 3
    inputs, targets = batches[1]
    np.testing.assert_array_equal(inputs["ramps"], source.inputs(np.array([7, 3]))["ramps"])
    np.testing.assert_array_equal(targets, scaled[[7, 3]])
    assert len(batches[2][0]["ramps"]) == 1
    assert len(list(batches)) == 3
    stored = from_memory([source.inputs(np.arange(8))["ramps"]], scaled[:8], 2, index)
    np.testing.assert_array_equal(stored[1][0][0], inputs["ramps"])
    np.testing.assert_array_equal(stored[1][1], targets)


def test_batch_larger_than_the_data_holds_them_all(source):
    batches = from_source(source, np.arange(5), source.targets.astype(np.float32), batch_size=64)
    assert [len(targets) for _, targets in batches] == [5]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_named(value):
    values = np.ones((4, 3, 2), np.float32)
    values[2, 1, 0] = value
    with pytest.raises(NotFiniteError, match=r"^the input of sample 30 is not finite$"):
        check_finite(values, ["sample 10", "sample 20", "sample 30", "sample 40"])


def test_large_values_are_finite():
    check_finite(np.full((3, 4), 3e38, np.float32), range(3))  # though their sum is not


def test_one_of_several_inputs_is_named():
    inputs = {"image": np.ones((2, 3, 3)), "rate": np.array([[1.0], [np.nan]])}
    with pytest.raises(NotFiniteError, match=r"^the input rate of sample 9 is not finite$"):
        check_inputs(inputs, ["sample 8", "sample 9"])
