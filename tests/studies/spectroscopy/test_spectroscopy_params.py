"""Params of the study: what is out of range is told in one line, by its place in the file."""

from pathlib import Path

import pytest
import yaml

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.spectroscopy.assignment.printed import LOSSES_NORMALISED, NEGATIVES
from relaxnet.studies.spectroscopy.params import SpectroscopyParams, question
from relaxnet.studies.spectroscopy.samples.targets import targets_of
from relaxnet.studies.spectroscopy.study import STUDY
from relaxnet.workflow.params import check_params
from relaxnet.workflow.recipe import recipe

CONTENT = yaml.safe_load((Path(__file__).parents[3] / "pipelines/spectroscopy/params.yaml").read_text())


def changed(**fields):
    content = yaml.safe_load(yaml.safe_dump(CONTENT))
    content["models"]["rmse"] |= fields
    return content


def test_all_profiles_have_recipes_for_all_models():
    for params in check_params(SpectroscopyParams, CONTENT).all_profiles():
        for name in params.models:
            assert recipe(params, name).model.loss_weights == {"spectrum": 1.0}


def test_the_paper_profile_has_the_sizes_of_the_report():
    (paper,) = [p for p in check_params(SpectroscopyParams, CONTENT).all_profiles() if p.profile == "paper"]
    assert (paper.train.epochs, paper.train.optimizer.learning_rate, paper.train.optimizer.schedule) == (
        2500, 1e-4, "constant"
    )  # fmt: skip
    assert (paper.split.train, paper.split.validation, paper.split.test) == (0.90, 0.05, 0.05)
    assert paper.simulate["qm9"].molecules is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sigma_ev": 0.0}, r"^models\.rmse\.sigma_ev = 0\.0: must be greater than 0$"),
        ({"sigma_ev": 9.0}, r"^models\.rmse\.sigma_ev = 9\.0: must be less than or equal to 5$"),
        ({"sigma_ev": 0.05}, r"^models\.rmse\.sigma_ev = 0\.05: must be at least 0\.07525 eV for 300 points"),
        ({"points": 8}, r"^models\.rmse\.points = 8: must be greater than or equal to 16$"),
        ({"points": 300.5}, r"^models\.rmse\.points = 300\.5: must be a whole number$"),
        ({"loss": "mape"}, None),
    ],
)
def test_what_is_out_of_range_is_told_by_its_place(fields, message):
    if message is None:
        params = check_params(SpectroscopyParams, changed(**fields))
        from relaxnet.workflow.fit import checked_loss

        with pytest.raises(InvalidInputError, match=r"loss = mape: must be one of mse, rmse"):
            checked_loss(STUDY, recipe(params, "rmse"))
        return
    with pytest.raises(InvalidInputError, match=message):
        check_params(SpectroscopyParams, changed(**fields))


def test_models_of_other_spectra_answer_other_questions():
    models = check_params(SpectroscopyParams, CONTENT).models
    asked = {name: question(model) for name, model in models.items()}
    assert asked["rmse"] == asked["cosine"] == asked["kernel-ridge"] == "qm9-500meV-300"
    assert asked["levels"] == asked["sigma-100"] == "qm9-100meV-300"
    assert len(set(asked.values())) == 5
    assert {targets_of(model).width for model in models.values()} == {300, 500, 700}


def test_every_printed_model_is_a_model_of_the_pipeline():
    assert set(LOSSES_NORMALISED) | set(NEGATIVES) <= set(CONTENT["models"])


def test_folders_that_the_params_name_are_known():
    assert STUDY.files(check_params(SpectroscopyParams, CONTENT)) == []


def test_the_search_is_over_losses_and_architectures_that_exist():
    from relaxnet.workflow.recipe import check_space

    for params in check_params(SpectroscopyParams, CONTENT).all_profiles():
        assert {"loss", "architecture"} <= set(params.search.space)
        check_space(recipe(params, "rmse"), params, params.search.space, "search")
