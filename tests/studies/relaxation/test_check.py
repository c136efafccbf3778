"""The check that comes before all other stages."""

import pytest
import yaml

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.workflow.check import check
from relaxnet.workflow.project import Project, check_name


def grids(project, content):
    project.grids.parent.mkdir(parents=True)
    project.grids.write_text(yaml.safe_dump(content))


@pytest.fixture
def bare(tmp_path):
    return Project("relaxation", tmp_path, tmp_path)


def test_what_it_writes_does_not_depend_on_the_params(bare, params):
    check(STUDY, bare, params)
    first = (bare.reports / "checked.txt").read_bytes()
    grids(bare, {"zoo": {"model": "C", "epochs": 2, "space": {"seed": {"choices": [1]}}}})
    check(STUDY, bare, params.model_copy(update={"models": {"C": params.models["C"]}}))
    assert (bare.reports / "checked.txt").read_bytes() == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "Q"}, r"zoo\.model = Q: must be one of .*LU"),
        ({"epochs": 0}, r"zoo\.epochs = 0: must be "),
        ({"space": {"seed": {}}}, r"zoo\.space\.seed = .*: must be choices, or low and high"),
        ({"colour": "red"}, r"zoo\.colour = red: must be absent"),
    ],
)
def test_a_mistake_in_a_grid_is_refused(bare, params, change, message):
    grids(bare, {"zoo": {"model": "C", "epochs": 2, "space": {"seed": {"choices": [1]}}} | change})
    with pytest.raises(InvalidInputError, match=message):
        check(STUDY, bare, params)
    assert not bare.reports.exists()


def test_an_architecture_without_sizes_is_refused(bare, params):
    model = params.models["LU"].model_copy(update={"architecture": "vgg"})
    with pytest.raises(InvalidInputError, match=r"models\.LU\.architecture = vgg: must be one of .*, of which"):
        check(STUDY, bare, params.model_copy(update={"models": {**params.models, "LU": model}}))


@pytest.mark.parametrize("name", ["a; touch x", "$(touch x)", "it's", "a/b", "..", "", "a b", 7, None, "a\n", "é" * 3])
def test_names_are_fit_for_folders_and_stages(name):
    check_name("grid", "C-w1_2")
    with pytest.raises(InvalidInputError, match="must be made of up to 100 letters"):
        check_name("grid", name)
