import numpy as np
import pytest

from relaxnet.core.config import SplitConfig
from relaxnet.core.errors import InvalidInputError
from relaxnet.training.data import Batches, NotFiniteError, StoredBatches, check_finite, split

SHARES = SplitConfig(train=0.7, validation=0.15, test=0.15, seed=11)


def test_split_has_the_shares_covers_all_and_repeats():
    parts = split(2000, SHARES)
    assert [len(part) for part in vars(parts).values()] == [1400, 300, 300]
    assert sorted(np.concatenate(list(vars(parts).values()))) == list(range(2000))
    np.testing.assert_array_equal(parts.train, split(2000, SHARES).train)
    other = split(2000, SHARES.model_copy(update={"seed": 12}))
    assert not np.array_equal(parts.train, other.train)


@pytest.mark.parametrize("shares", [(0.7, 0.15, 0.15), (0.98, 0.01, 0.01), (0.34, 0.33, 0.33), (0.2, 0.2, 0.6)])
def test_too_few_samples_are_refused_and_what_is_said_to_be_enough_is(shares):
    config = SplitConfig(train=shares[0], validation=shares[1], test=shares[2], seed=1)
    with pytest.raises(InvalidInputError, match=r"^samples = 2: must be at least \d+, for a training, a") as caught:
        split(2, config)
    fewest = int(caught.value.allowed.split()[2].rstrip(","))
    with pytest.raises(InvalidInputError, match=f"at least {fewest}, "):
        split(fewest - 1, config)
    for samples in range(fewest, 3 * fewest):
        assert min(len(part) for part in vars(split(samples, config)).values()) > 0


def test_batches_hold_the_samples_in_order(source):
    normalised = source.targets.astype(np.float32)
    index = np.array([4, 1, 7, 3, 0])
    batches = Batches(source, index, normalised, batch_size=2)
    assert len(batches) == 3
    inputs, targets = batches[1]
    np.testing.assert_array_equal(inputs, source.inputs(np.array([7, 3])))
    np.testing.assert_array_equal(targets, normalised[[7, 3]])
    assert len(batches[2][0]) == 1
    assert len(list(batches)) == 3
    stored = StoredBatches([source.inputs(np.arange(8))], normalised[:8], 2, index)
    np.testing.assert_array_equal(stored[1][0][0], inputs)
    np.testing.assert_array_equal(stored[1][1], targets)


def test_batch_larger_than_the_data_holds_them_all(source):
    batches = Batches(source, np.arange(5), source.targets.astype(np.float32), batch_size=64)
    assert [len(targets) for _, targets in batches] == [5]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_named(value):
    values = np.ones((4, 3, 2), np.float32)
    values[2, 1, 0] = value
    with pytest.raises(NotFiniteError, match=r"^the input of sample 30 is not finite$"):
        check_finite(values, ["sample 10", "sample 20", "sample 30", "sample 40"])


def test_large_values_are_finite():
    check_finite(np.full((3, 4), 3e38, np.float32), range(3))  # though their sum is not
