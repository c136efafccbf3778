"""The pipeline file fits the code and the parameters."""

import ast
from pathlib import Path

import pytest
import yaml

from relaxnet.core.config import parse
from relaxnet.studies.relaxation.dataset import SUBSETS
from relaxnet.workflow.grid import ArchitecturesConfig

ROOT = Path(__file__).parents[1]
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = PIPELINE["stages"]
MODELS = yaml.safe_load((ROOT / "params.yaml").read_text())["models"]


def body(stage):
    return stage.get("do", stage)


def test_the_seven_models_are_those_of_the_paper():
    subsets = sorted(model["subset"] for model in MODELS.values())
    assert subsets == sorted([*SUBSETS, "C"])
    weights = {name: model["weights"]["ln_a"] for name, model in MODELS.items()}
    assert {name for name, weight in weights.items() if weight != 0.1} == {"C-w1"}
    assert weights["C-w1"] == 1.0


@pytest.mark.parametrize("name", STAGES)
def test_code_that_a_stage_depends_on_exists(name):
    code = [path for path in body(STAGES[name])["deps"] if path.startswith(("src/", "pipelines/"))]
    assert f"pipelines/{name}.py" in code
    for path in code:
        assert (ROOT / path).exists(), path


def test_studies_of_architectures_are_stages_that_depend_on_code_that_exists():
    (stage,) = yaml.safe_load((ROOT / "architectures" / "dvc.yaml").read_text())["stages"].values()
    studies = yaml.safe_load((ROOT / "architectures" / "params.yaml").read_text())
    assert stage["foreach"] == list(studies)
    for study in studies.values():
        parse(ArchitecturesConfig, study)
    for path in stage["do"]["deps"]:
        assert path.startswith(("data/", "reports/")) or (ROOT / path).exists(), path


def test_plots_draw_all_models():
    for plot in PIPELINE["plots"]:
        (options,) = plot.values()
        files = options["y"]
        drawn = files if len(files) > 1 else next(iter(files.values()))
        assert [str(name).removeprefix("models/").removesuffix("/history.csv") for name in drawn] == list(MODELS)


def test_data_stages_run_over_all_subsets_and_the_later_ones_over_all_models():
    for name in ("simulate", "validate"):
        assert STAGES[name]["matrix"]["subset"] == list(SUBSETS)
    for name in ("train", "evaluate"):
        assert STAGES[name]["foreach"] == "${models}"
    for name in ("compare", "register"):
        deps = STAGES[name]["deps"]
        assert {path.removeprefix("reports/evaluation/") for path in deps} >= set(MODELS), name


def test_training_waits_for_the_validation():
    assert "reports/validation/${item.subset}.json" in body(STAGES["train"])["deps"]


def test_only_the_own_section_of_a_model_makes_it_train_again():
    params = body(STAGES["train"])["params"]
    assert "models.${key}" in params
    assert "models" not in params


STUDY_AGNOSTIC = ("training", "tracking", "search", "comparison", "registry", "models", "evaluation", "pages")
STUDIES = ("physics", "dataset", "relaxation")


@pytest.mark.parametrize("package", STUDY_AGNOSTIC)
def test_study_agnostic_packages_know_no_study(package):
    for path in (ROOT / "src" / "relaxnet" / package).glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] not in STUDIES, f"{path.name}: {node.module}"


def test_physics_knows_of_no_files_and_no_networks():
    outside = set()
    for path in (ROOT / "src" / "relaxnet" / "physics").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                outside.add(node.module)
    assert outside <= {"errors", "code", "threads"}
