"""Files that the params name: the pipeline notes what they hold."""

from pathlib import Path

import yaml

from relaxnet.core.files import content_hash
from relaxnet.studies.elasticity.params import ElasticityParams
from relaxnet.studies.elasticity.study import STUDY
from relaxnet.workflow.check import check
from relaxnet.workflow.params import check_params
from relaxnet.workflow.project import Project

CONTENT = (Path(__file__).parents[3] / "pipelines" / "elasticity" / "params.yaml").read_text(encoding="utf-8")
FOLDER = {"folder": "course", "e_soft_gpa": 3.0, "nu_soft": 0.35, "e_stiff_gpa": 70.0, "nu_stiff": 0.22}


def naming_files():
    content = yaml.safe_load(yaml.safe_dump(yaml.safe_load(CONTENT)))  # nothing in two places
    content["profiles"]["laptop"]["simulate"]["course"] = FOLDER
    content["models"]["vgg16-head"] |= {"start": None, "set": {"network.weights": "own.h5", "network.frozen": True}}
    content["models"]["resnet50-head"] |= {"start": None, "set": {"network.weights": "imagenet"}}
    return check_params(ElasticityParams, content)


def test_the_params_as_committed_name_no_files():
    assert check_params(ElasticityParams, yaml.safe_load(CONTENT)).files() == []


def test_the_check_notes_what_named_files_hold(tmp_path):
    project, params = Project(STUDY.name, tmp_path, tmp_path), naming_files()
    (tmp_path / "course").mkdir()
    noted = []
    for name, content in (("course/0_a.png", b"image"), ("course/0_a.png", b"other"), ("own.h5", b"weights")):
        (tmp_path / name).write_bytes(content)
        check(STUDY, project, params)
        noted.append((project.reports / "checked.txt").read_text())
    assert len(set(noted)) == 3
    assert noted[-1].splitlines()[1:] == [
        f"course: {content_hash(tmp_path / 'course')}", f"own.h5: {content_hash(tmp_path / 'own.h5')}"
    ]  # fmt: skip


def test_the_hash_of_a_folder_knows_which_file_holds_what(tmp_path):
    found = set()
    for first, second in ((b"1", b"2"), (b"2", b"1"), (b"12", b"")):
        (tmp_path / "a").write_bytes(first)
        (tmp_path / "b").write_bytes(second)
        found.add(content_hash(tmp_path))
    assert len(found) == 3
    assert content_hash(tmp_path) == content_hash(tmp_path)
