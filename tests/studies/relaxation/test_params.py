from pathlib import Path

import pytest
import yaml

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.workflow.params import load_params

PARAMS = Path(__file__).parents[3] / "params.yaml"
RAW = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))


def changed(tmp_path, change):
    raw = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    change(raw)
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize("profile", RAW["profiles"])
def test_every_profile_loads(tmp_path, profile):
    params = load_params(RelaxationParams, changed(tmp_path, lambda raw: raw.update(profile=profile)))
    section = RAW["profiles"][profile]
    assert params.profile == profile
    assert params.train.epochs == section["train"]["epochs"]
    assert params.simulate.quartets_per_subset == section["simulate"]["quartets_per_subset"]
    assert params.search.trials == section["search"]["trials"]
    assert params.search.sampler.seed == RAW["search"]["sampler"]["seed"]  # shared section under the profile's


def test_the_paper_profile_takes_all_quartets(tmp_path):
    params = load_params(RelaxationParams, changed(tmp_path, lambda raw: raw.update(profile="paper")))
    assert params.simulate.count is None
    assert (params.train.batch_size, params.train.epochs, params.train.optimizer.learning_rate) == (128, 200, 0.01)


def test_seven_models(tmp_path):
    params = load_params(RelaxationParams, PARAMS)
    assert list(params.models) == ["LU", "RU", "LB", "RB", "C", "G", "C-w1"]
    assert params.model("C-w1").loss_weights["ln_a"] == 1.0
    with pytest.raises(InvalidInputError, match=r"^model = D: must be one of LU, RU"):
        params.model("D")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda raw: raw.update(colour="red"), "colour"),
        (lambda raw: raw["split"].update(tset=0.1), "split.tset"),
        (lambda raw: raw["models"]["C"].update(subset="Q"), "models.C.subset"),
        (lambda raw: raw["profiles"][raw["profile"]]["train"].update(epochs="many"), "profiles.laptop.train.epochs"),
        (lambda raw: raw["profiles"][raw["profile"]]["train"].update(batch_size=0), "profiles.laptop.train.batch_size"),
        (
            lambda raw: raw["profiles"][raw["profile"]]["train"]["optimizer"].update(schedule="constant"),
            "profiles.laptop.train.optimizer",
        ),
        (
            lambda raw: raw["profiles"][raw["profile"]]["train"]["optimizer"].update(name="sgd"),
            "profiles.laptop.train.optimizer",
        ),
        (lambda raw: raw["split"].pop("seed"), "split.seed"),
        (lambda raw: raw["split"].update(train=0.9), "split"),
        (lambda raw: raw.update(profile="huge"), "profile"),
        (lambda raw: raw["models"]["G"]["loss_weights"].update(x=-1.0), "models.G.loss_weights.x"),
        (lambda raw: raw["evaluate"].update(largest_cp_n_max=float("nan")), "evaluate.largest_cp_n_max"),
    ],
)
def test_a_bad_choice_is_named(tmp_path, change, field):
    with pytest.raises(InvalidInputError) as caught:
        load_params(RelaxationParams, changed(tmp_path, change))
    assert caught.value.field == field
    assert "\n" not in str(caught.value)
    assert ": must be " in str(caught.value)


@pytest.mark.parametrize("text", ["a: [1,", "- 1\n- 2\n", "", "\t:"])
def test_no_mapping_of_sections(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(DataFileError, match=r"params\.yaml: "):
        load_params(RelaxationParams, tmp_path / "params.yaml")


def test_missing_file(tmp_path):
    with pytest.raises(DataFileError, match="no such file"):
        load_params(RelaxationParams, tmp_path / "params.yaml")
