import math

import keras
import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError, TrackingError
from relaxnet.registry.register import Candidate, best_label, load, register_model, resolve
from relaxnet.tracking.tracker import Tracker

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
CURVES = np.ones((2, 4), dtype=np.float32)


def train(tracker, label, score):
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with tracker.run(label) as run:
        run.log_dataset("curves", "abc.dir", "data/curves", "training")
        reference = run.log_model(net, name="net", input_example=CURVES)
    lineage = {"params": "epochs=2", "report": "report.json", "report.md5": f"hash of {label}"}
    return net, Candidate(run.run_id, reference, score, label, lineage)


@pytest.fixture
def tracker(root):
    with Tracker(root, "study", profile="smoke") as opened:
        yield opened


def test_a_model_gets_the_alias_and_its_lineage(tracker):
    train(tracker, "big", 0.4)
    net, better = train(tracker, "small", 0.3)
    done = register_model(tracker, better, name="thing", metric="rmse")
    assert (done.version, done.alias, done.run_id) == ("1", "challenger", better.run_id)
    found = resolve(tracker, "thing", "challenger")
    assert found.model_uri == better.model_uri
    expected = {"candidate": "small", "rmse": "0.3", "data.curves": "abc.dir", "report.md5": "hash of small"}
    assert expected.items() <= found.tags.items()
    assert found.tags["profile"] == "smoke"
    assert found.tags["run_id"] == better.run_id
    loaded = load(tracker, "thing", "challenger")
    np.testing.assert_array_equal(loaded.predict(CURVES, verbose=0), net.predict(CURVES, verbose=0))


def test_registering_again_makes_no_second_version(tracker):
    (_, first), (_, second) = train(tracker, "a", 2.0), train(tracker, "b", 1.0)

    def register(candidate, alias="challenger"):
        done = register_model(tracker, candidate, name="thing", alias=alias)
        return done.version, len(tracker.client.search_model_versions("name = 'thing'"))

    assert register(first) == ("1", 1)
    assert register(first) == ("1", 1)
    assert register(second) == ("2", 2)
    assert register(first, alias="champion") == ("1", 2)
    assert resolve(tracker, "thing", "challenger").version == "2"
    assert resolve(tracker, "thing", "champion").version == "1"


def test_the_lowest_score_is_the_best_however_close_the_next_one_is():
    assert best_label({"a": 0.1234561, "b": 0.1234560, "c": math.nan, "d": math.inf}) == "b"
    assert best_label({"two": 1.0, "one": 1.0}) == "one"


def test_no_candidate_is_one_line(tracker):
    with pytest.raises(InvalidInputError, match="candidates = none"):
        best_label({})
    with pytest.raises(InvalidInputError, match="1 without a finite score"):
        best_label({"x": math.inf})
    with pytest.raises(InvalidInputError, match="name ="):
        register_model(tracker, Candidate("r", "m", 1.0, "x"), name="it's")


def test_an_unknown_name_or_alias_is_one_line(tracker):
    with pytest.raises(TrackingError, match="thing@champion"):
        load(tracker, "thing", "champion")
    _, candidate = train(tracker, "a", 1.0)
    register_model(tracker, candidate, name="thing")
    with pytest.raises(TrackingError, match="thing@champion"):
        load(tracker, "thing", "champion")
