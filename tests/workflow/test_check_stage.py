"""What the stage check refuses before anything is made."""

from pathlib import Path

import pytest
import yaml

from relaxnet.core.errors import InvalidInputError
from relaxnet.workflow.check import check
from relaxnet.workflow.params import check_params
from relaxnet.workflow.project import Project
from relaxnet.workflow.study import find_study

ROOT = Path(__file__).parents[2]
STUDY = find_study("relaxation")


@pytest.fixture
def content():
    return yaml.safe_load((ROOT / "params.yaml").read_text())


def judged(content, folder):
    """Check params in an empty project."""
    check(STUDY, Project.find(STUDY.name, folder), check_params(STUDY.params, content))


def test_the_committed_params_pass(content, tmp_path):
    judged(content, tmp_path)
    assert (tmp_path / "reports" / "relaxation" / "checked.txt").exists()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"loss_weights": {"dh_j_per_mol": 1.0, "lnA": 0.1, "x": 3.0, "beta": 3.0}},
         r"models\.C\.loss_weights\.lnA = 0\.1: must be one for each of ln_a, dh_j_per_mol, x, beta"),
        ({"loss_weights": {"dh_j_per_mol": 1.0, "x": 3.0, "beta": 3.0}},
         r"models\.C\.loss_weights\.ln_a = \(missing\): must be one for each"),
        ({"loss_weights": {"dh_j_per_mol": 0.0, "ln_a": 0.0, "x": 0.0, "beta": 0.0}}, r"models\.C\.loss_weights = "),
        ({"start": {"model": "Q"}}, r"models\.C\.start\.model = Q: must be one of LU, RU, .*, universal, or a folder"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_model_is_told_by_its_key(content, tmp_path, change, line):
    content["models"]["C"] |= change
    with pytest.raises(InvalidInputError, match=f"^{line}"):
        judged(content, tmp_path)
    assert not (tmp_path / "reports").exists()


def test_a_start_may_be_a_model_of_a_stage_or_a_folder(content, tmp_path):
    (tmp_path / "stored").mkdir()
    for model in ("LU", "universal", "stored"):
        content["models"]["C"]["start"] = {"model": model}
        judged(content, tmp_path)
