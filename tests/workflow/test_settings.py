"""Settings of single models in place of the profile's."""

from pathlib import Path

import pytest
import toy
import yaml

from relaxnet.core.errors import InvalidInputError
from relaxnet.workflow.params import check_params
from relaxnet.workflow.recipe import recipe

CONTENT = yaml.safe_load(Path(__file__).with_name("params.yaml").read_text())


def params(base=None, quick=None):
    content = yaml.safe_load(yaml.safe_dump(CONTENT))
    content["models"]["base"] |= {"set": base or {}}
    content["profiles"]["quick"] |= {"settings": quick or {}}
    return check_params(toy.ToyParams, content)


def test_a_model_has_its_own():
    found = params(base={"optimizer.learning_rate": 1e-4, "network.filters": 7})
    assert recipe(found, "base").config.optimizer.learning_rate == 1e-4
    assert recipe(found, "base").config.network == {"filters": 7}
    assert recipe(found, "tuned").config.optimizer.learning_rate == 0.01
    assert recipe(found, "tuned").config.network == {"filters": 4}


def test_those_of_the_profile_come_last():
    found = params(base={"epochs": 5, "batch_size": 8}, quick={"base": {"epochs": 6}})
    config = recipe(found, "base").config
    assert (config.epochs, config.batch_size) == (6, 8)


@pytest.mark.parametrize(
    ("base", "quick", "message"),
    [
        ({"network.width": 3}, {}, r"models\.base\.network\.width"),
        ({"learning_rate": 3}, {}, r"models\.base\.set = learning_rate"),
        ({"epochs": 0}, {}, r"models\.base\.epochs = 0"),
        ({"subset": "other"}, {}, r"models\.base\.set = subset: must be a setting of the network or of its training"),
        ({}, {"base": {"rate": 1}}, r"^profiles\.quick\.settings\.base = rate: must be a setting of a model"),
        ({}, {"base": {"subset": "b"}}, r"^profiles\.quick\.settings\.base = subset: must be a setting of the net"),
        ({}, {"base": {"epochs": 0}}, r"profiles\.quick\.settings\.base\.epochs = 0"),
        ({}, {"bass": {"epochs": 3}}, r"profiles\.quick\.settings\.bass = bass: must be one of base, tuned"),
    ],
)
def test_mistakes_are_named(base, quick, message):
    with pytest.raises(InvalidInputError, match=message):
        recipe(params(base, quick), "base")
