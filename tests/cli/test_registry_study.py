"""Which study the commands on the registry mean, in a checkout that has several."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from relaxnet.cli._registry import opened
from relaxnet.core.errors import InvalidInputError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("model", "study"),
    [
        ("", "relaxation"),  # relaxnet list
        ("plane", "relaxation"),
        ("relaxnet-relaxation-plane", "relaxation"),
        ("relaxnet-elasticity-course", "elasticity"),
    ],
)
def test_it_is_that_of_the_model_or_the_main_one(model, study):
    assert opened(Namespace(study=None, folder=ROOT), model)[0].name == study


def test_it_can_be_named():
    assert opened(Namespace(study="elasticity", folder=ROOT), "course")[0].name == "elasticity"


def test_it_is_the_only_one_of_a_project_without_the_main_one(tmp_path):
    shutil.copytree(ROOT / "pipelines" / "elasticity", tmp_path / "pipelines" / "elasticity")
    assert opened(Namespace(study=None, folder=tmp_path))[0].name == "elasticity"


def test_params_at_the_top_are_of_the_main_study(tmp_path):
    """And not of those that have none in this project."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    assert opened(Namespace(study=None, folder=tmp_path))[0].name == "relaxation"


def test_of_several_one_must_be_named(tmp_path):
    """The line names the option."""
    for study in ("elasticity", "spectroscopy"):
        shutil.copytree(ROOT / "pipelines" / study, tmp_path / "pipelines" / study)
    with pytest.raises(InvalidInputError, match=r"^--study = \(missing\): must be one of elasticity, spectroscopy$"):
        opened(Namespace(study=None, folder=tmp_path))
