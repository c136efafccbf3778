import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.split import SplitConfig, split, split_source

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


def test_fingerprint_tells_splits_apart():
    same, other = split(2000, SHARES), split(2000, SHARES.model_copy(update={"seed": 12}))
    assert split(2000, SHARES).fingerprint() == same.fingerprint() != other.fingerprint()


def test_shares_of_a_training_part_are_nested_and_as_long_as_the_whole():
    parts = split(2000, SHARES)
    few, more = (parts.limited(share, seed=1) for share in (0.01, 0.1))
    assert (few.n_train, more.n_train, parts.n_train) == (14, 140, 1400)
    assert set(few.train) < set(more.train) < set(parts.train)
    assert len(few.train) == len(more.train) == 1400
    np.testing.assert_array_equal(np.unique(few.train, return_counts=True)[1], 100)
    for part in ("validation", "test"):
        np.testing.assert_array_equal(getattr(few, part), getattr(parts, part))
    assert set(parts.limited(0.01, seed=2).train) != set(few.train)
    np.testing.assert_array_equal(parts.limited(1.0, seed=1).train, parts.train)
    assert parts.limited(1e-9, seed=1).n_train == 1


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(InvalidInputError, match=r"^share = .*: must be within 0 < share <= 1$"):
        split(2000, SHARES).limited(share, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_not_divided(seed):
    groups = np.random.default_rng(seed).integers(0, 60, 400)
    config = SplitConfig(train=0.7, validation=0.15, test=0.15, seed=seed)
    parts = split(400, config, groups)
    every = [parts.train, parts.validation, parts.test]
    assert sorted(np.concatenate(every)) == list(range(400))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not set(groups[every[one]]) & set(groups[every[other]])
    largest = np.bincount(groups).max()
    assert all(abs(len(part) - share * 400) <= largest for part, share in zip(every, (0.7, 0.15, 0.15), strict=True))


def test_a_group_for_each_sample_changes_nothing():
    config = SplitConfig(train=0.7, validation=0.15, test=0.15, seed=4)
    assert split(97, config, np.arange(97)).fingerprint() == split(97, config).fingerprint()


def test_groups_that_are_too_large_are_named():
    words = r"^groups = 3, the largest of 96 of the 100 samples: must be more, or smaller ones, for a training, "
    with pytest.raises(InvalidInputError, match=words):
        split(100, SHARES, [0] * 96 + [1] * 2 + [2] * 2)


class Copies:
    targets = np.zeros((40, 1))
    groups = np.arange(40) // 2


def test_a_source_without_groups_is_divided_anywhere_and_one_with_them_between_them():
    class Single:
        targets = Copies.targets

    assert split_source(Single(), SHARES).fingerprint() == split(40, SHARES).fingerprint()
    assert split_source(Copies(), SHARES).fingerprint() == split(40, SHARES, Copies.groups).fingerprint()
