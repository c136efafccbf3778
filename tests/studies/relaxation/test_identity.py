"""What a result depends on: stored results of anything else must not be taken for it."""

from dataclasses import replace

import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.targets import Targets
from relaxnet.search.space import ParameterConfig
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.training.config import LossConfig, StartConfig
from relaxnet.training.estimator import NETWORK_FILE
from relaxnet.workflow.fit import Task, fit, recipe_identity
from relaxnet.workflow.recipe import recipe
from relaxnet.workflow.search import search, searched_recipe, value_fingerprint


def test_identity_of_a_recipe_knows_its_entry_targets_and_start(params, tmp_path):
    base = recipe(params, "C")
    weighted = replace(
        base, model=base.model.model_copy(update={"loss_weights": {**base.model.loss_weights, "x": 2.0}})
    )
    targets = STUDY.targets(base.model)
    fewer = replace(STUDY, targets=lambda model: Targets(targets.items[:2]))
    found = {
        recipe_identity(STUDY, base, None),
        recipe_identity(STUDY, weighted, None),
        recipe_identity(fewer, base, None),
    }
    for weights in (b"some", b"other"):
        (tmp_path / NETWORK_FILE).write_bytes(weights)
        found.add(recipe_identity(STUDY, base, tmp_path))
    assert len(found) == 5
    assert recipe_identity(STUDY, base, None) in found


def test_a_trial_is_known_by_the_sizes_of_all_searched_architectures_and_the_sections_of_the_study(params):
    space = params.search.space | {"architecture": ParameterConfig(choices=("mcnn-spline", "mcnn-ends"))}
    params = params.model_copy(update={"search": params.search.model_copy(update={"space": space})})
    sizes = params.networks | {"mcnn-ends": params.networks["mcnn-ends"] | {"dense": 3}}
    limits = params.evaluate.model_copy(update={"largest_cp_n_max": 2.0})
    changed = [params, *(params.model_copy(update=u) for u in ({"networks": sizes}, {"evaluate": limits}))]
    assert len({value_fingerprint(STUDY, p, searched_recipe(STUDY, p), "data") for p in changed}) == 3


def test_a_mistake_in_any_model_stops_a_search_before_it_begins(project, params):
    wrong = params.models["LU"].model_copy(update={"loss_weights": {"x": 1.0}})
    params = params.model_copy(update={"models": {**params.models, "LU": wrong}})
    with pytest.raises(InvalidInputError, match="loss_weights"):
        search(STUDY, project, params)
    assert not project.reports.joinpath("search").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": StartConfig(model="C")}, "start = C: must be absent: pca-ridge is solved"),
        ({"loss": LossConfig(name="quantiles")}, "loss = quantiles.*: must be a loss with one"),
    ],
)
def test_a_solved_network_takes_no_start_and_no_further_outputs(project, params, change, message):
    solved = params.models["C"].model_copy(update={"architecture": "pca-ridge", **change})
    params = params.model_copy(update={"models": {**params.models, "C": params.models["C"], "ridge": solved}})
    task = Task.prepare(STUDY, project, params, recipe(params, "ridge"), "data")
    with pytest.raises(InvalidInputError, match=message):
        fit(STUDY, task, project.workspace)
