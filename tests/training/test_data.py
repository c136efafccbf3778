import numpy as np
import pytest

from relaxnet.config import SplitConfig
from relaxnet.errors import InvalidInputError
from relaxnet.training.data import Batches, split

SHARES = SplitConfig(train=0.7, validation=0.15, test=0.15, seed=11)


def test_split_has_the_shares_covers_all_and_repeats():
    parts = split(2000, SHARES)
    assert [len(part) for part in vars(parts).values()] == [1400, 300, 300]
    assert sorted(np.concatenate(list(vars(parts).values()))) == list(range(2000))
    np.testing.assert_array_equal(parts.train, split(2000, SHARES).train)
    other = split(2000, SHARES.model_copy(update={"seed": 12}))
    assert not np.array_equal(parts.train, other.train)


def test_too_few_samples_are_refused():
    with pytest.raises(InvalidInputError, match="samples = 2: must be enough for a training, a validation and a test"):
        split(2, SHARES)


def test_batches_hold_the_samples_in_order(source):
    normalised = source.targets.astype(np.float32)
    index = np.array([4, 1, 7, 3, 0])
    batches = Batches(source, index, normalised, batch_size=2)
    assert len(batches) == 3
    inputs, targets = batches[1]
    np.testing.assert_array_equal(inputs, source.inputs(np.array([7, 3])))
    np.testing.assert_array_equal(targets, normalised[[7, 3]])
    assert len(batches[2][0]) == 1
