"""Training quartets drawn between the points of the lattice, from simulation to evaluation."""

import json

import numpy as np
import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError, ValidationFailedError
from relaxnet.studies.relaxation.dataset import Dataset, select
from relaxnet.studies.relaxation.dataset.regions import lattice_distance, limits, places
from relaxnet.studies.relaxation.dataset.sampling import training_sample
from relaxnet.studies.relaxation.params import SimulateConfig
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.studies.relaxation.testsets import planned
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

QUARTETS = 24


@pytest.fixture
def continuous(params):
    """A few quartets between the lattice points, and a network that is trained fast."""
    return params.model_copy(
        update={
            "simulate": params.simulate.model_copy(update={"quartets_per_subset": QUARTETS, "sampling": "continuous"}),
            "validate_": params.validate_.model_copy(update={"scaling_sample": 2, "usual_share": 0.1}),
            "models": {"C": params.models["C"].model_copy(update={"architecture": "perceptron"})},
        }
    )


def test_as_committed_the_quartets_are_those_of_the_lattice(params):
    assert {profile.simulate.sampling for profile in params.all_profiles()} == {"lattice"}
    sample, quartets = training_sample("C", "lattice", 50, 3), select("C", 50, 3)
    np.testing.assert_array_equal(sample.parameters, quartets.parameters())
    np.testing.assert_array_equal(sample.index.x_index, quartets.x_index)


@pytest.mark.parametrize(("subset", "region"), [("LB", "LB"), ("G", "plane")])
def test_continuous_quartets_fill_the_region_off_the_lattice(subset, region):
    sample = training_sample(subset, "continuous", 2000, 3)
    assert (sample.source, sample.index, sample.parameters.shape) == (region, None, (2000, 4))
    for place, (first, last) in zip(places(sample.parameters), limits(region), strict=True):
        assert first - 1e-6 <= place.min() < place.max() <= last + 1e-6
        assert np.ptp(place) > 0.99 * (last - first)
    assert (lattice_distance(sample.parameters, subset) > 0).all()
    again, other = (training_sample(subset, "continuous", 2000, seed).parameters for seed in (3, 4))
    np.testing.assert_array_equal(sample.parameters, again)
    assert not np.isin(sample.parameters, other).any()


def test_no_test_set_holds_a_training_quartet_though_seeds_and_counts_be_equal(continuous):
    test = continuous.test.model_copy(update={"seed": continuous.simulate.seed, "between": QUARTETS})
    params = continuous.model_copy(update={"test": test})
    trained = training_sample("C", "continuous", QUARTETS, continuous.simulate.seed).parameters
    for entry in planned(params, "C"):
        assert not np.isin(entry.parameters[:, :2], trained[:, :2]).any()


def test_the_lattice_set_is_that_of_lattice_sampling(continuous, params):
    simulate_ = params.simulate.model_copy(update={"quartets_per_subset": QUARTETS})
    usual = params.model_copy(update={"simulate": simulate_})
    np.testing.assert_array_equal(planned(continuous, "C")[0].parameters, planned(usual, "C")[0].parameters)


@pytest.mark.parametrize("subset", ["C", pytest.param("G", marks=pytest.mark.slow)])
def test_data_are_valid_and_the_same_again(project, continuous, subset):
    hashes = []
    for _ in range(2):
        simulate(STUDY, project, continuous, subset)
        validate(STUDY, project, continuous, subset)
        hashes.append(dvc_hash(project.data / subset))
    assert hashes[0] == hashes[1]
    dataset = Dataset(project.data / subset)
    table = dataset.scalars()
    assert (table[["i", "j", "x_index", "beta_index"]] == -1).all(axis=None)
    np.testing.assert_array_equal(
        dataset.parameters(), training_sample(subset, "continuous", QUARTETS, continuous.simulate.seed).parameters
    )
    names = [r["name"] for r in json.loads((project.validation / f"{subset}.json").read_text())["results"]]
    assert not [name for name in names if "index" in name.lower()]
    assert {"Most peaks have a usual height", "Signals are glass at -250 °C and liquid at 1600 °C"} <= set(names)


def failures(project):
    results = json.loads((project.validation / "C.json").read_text())["results"]
    return [result["name"] for result in results if not result["success"]]


def test_data_of_the_other_sampling_are_refused(project, continuous):
    lattice = continuous.model_copy(update={"simulate": continuous.simulate.model_copy(update={"sampling": "lattice"})})
    simulate(STUDY, project, continuous, "C")
    with pytest.raises(ValidationFailedError):
        validate(STUDY, project, lattice, "C")
    assert "Index of dh (i) belongs to the subset" in failures(project)
    simulate(STUDY, project, lattice, "C")
    with pytest.raises(ValidationFailedError):
        validate(STUDY, project, continuous, "C")
    assert failures(project) == ["No pair of dh and ln A lies on the lattice"]


@pytest.mark.slow
def test_a_model_is_trained_and_evaluated(project, continuous):
    simulate(STUDY, project, continuous, "C")
    validate(STUDY, project, continuous, "C")
    train(STUDY, project, continuous, "C")
    evaluate(STUDY, project, continuous, "C")
    metrics = json.loads((project.evaluation / "C" / "metrics.json").read_text())
    assert set(metrics["tests"]) == {"lattice", "between", "lattice_noisy", "between_noisy"}
    assert {group["counts"]["group"] for group in metrics["edges"].values()} == {0}
    run = json.loads((project.models / "C" / "run.json").read_text())
    assert run["params"]["sampling"] == "continuous"


def test_all_of_a_continuous_region_is_refused():
    with pytest.raises(
        InvalidInputError, match=r"^sampling = continuous: must be lattice where quartets_per_subset is"
    ):
        parse(SimulateConfig, {"quartets_per_subset": "all", "sampling": "continuous", "seed": 1})
    with pytest.raises(InvalidInputError, match=r"^sampling = random: must be "):
        parse(SimulateConfig, {"quartets_per_subset": 10, "sampling": "random", "seed": 1})
    with pytest.raises(InvalidInputError, match=r"^quartets_per_subset = all: must be a number"):
        training_sample("C", "continuous", None, 1)
    with pytest.raises(InvalidInputError, match=r"^region = Q: must be one of"):
        training_sample("Q", "continuous", 5, 1)
