import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.workflow.project import Project, project_root
from relaxnet.workflow.stage import open_study


def test_root_is_the_nearest_folder_that_dvc_knows(tmp_path, monkeypatch):
    (tmp_path / ".dvc").mkdir()
    inner = tmp_path / "pipelines" / "relaxation"
    inner.mkdir(parents=True)
    (inner / "params.yaml").touch()  # of a study: no project of its own
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(inner)
    assert project_root(inner) == Project.find("relaxation").root == tmp_path.resolve()


def test_root_of_a_folder_without_dvc_is_itself(tmp_path, monkeypatch):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert project_root(tmp_path) == tmp_path.resolve()


def test_root_of_a_temporary_experiment_is_the_project(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / ".dvc" / "tmp" / "exps" / "copy"))
    assert project_root(tmp_path / "elsewhere") == tmp_path.resolve()


def test_params_of_a_study_lie_beside_its_pipeline_or_at_the_top(tmp_path):
    assert Project.find("other", tmp_path).params == tmp_path / "params.yaml"
    own = tmp_path / "pipelines" / "other" / "params.yaml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert Project.find("other", tmp_path).params == own


@pytest.mark.parametrize("name", ["nothing", "toy:NOTHING", "toy:TARGETS"])
def test_a_study_that_does_not_exist_is_refused(name, tmp_path):
    with pytest.raises(InvalidInputError, match=f"study = {name}: must be one of elasticity, relaxation"):
        open_study(name, tmp_path)
