"""Only data that passed their validation are trained on; whatever is damaged is told with the command that mends it."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, RelaxnetError, ValidationFailedError
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.grid import GridConfig, grid
from relaxnet.workflow.search import search
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import ensure_validated, validate

MENDED = r"; make (it|them) anew: dvc repro validate@C$"


@pytest.fixture
def few(params):
    """As many quartets as the project's data hold."""
    sizes = params.simulate.model_copy(update={"quartets_per_subset": 12})
    bounds = params.validate_.model_copy(update={"scaling_sample": 1, "usual_share": 0.1, "area_tolerance_k": 0.5})
    return params.model_copy(update={"simulate": sizes, "validate_": bounds})


def shard(project):
    (file,) = (project.data / "C").glob("*.parquet")
    return file


def flip(file):
    """Change a byte; the size stays."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_a_report_names_its_data_and_is_reproducible(project, few):
    report = project.validation / "C.json"
    validate(STUDY, project, few, "C")
    first = report.read_bytes()
    validate(STUDY, project, few, "C")
    assert report.read_bytes() == first
    assert json.loads(first)["data_md5"] == dvc_hash(project.data / "C") == ensure_validated(project, "C")
    assert json.loads(first)["data_md5"] in report.with_suffix(".html").read_text()


def test_data_that_change_during_their_validation_are_refused(project, few, monkeypatch):
    (project.validation / "C.json").unlink()
    judge = STUDY.validate

    def touched(*arguments):
        report = judge(*arguments)
        flip(shard(project))
        return report

    monkeypatch.setitem(STUDY.__dict__, "validate", touched)
    with pytest.raises(DataFileError, match="changed during its validation"):
        validate(STUDY, project, few, "C")
    assert not (project.validation / "C.json").exists()


@pytest.mark.parametrize("stage", ["train", "search", "grid"])
def test_other_data_than_those_validated_are_refused(stage, project, params):
    flip(shard(project))
    config = parse(GridConfig, {"model": "C", "epochs": 1, "space": {"seed": {"choices": [1]}}})
    run = {
        "train": lambda: train(STUDY, project, params, "C"),
        "search": lambda: search(STUDY, project, params),
        "grid": lambda: grid(STUDY, project, params, config, "small"),
    }[stage]
    with pytest.raises(ValidationFailedError, match="C: not the data that .*C.json is on" + MENDED):
        run()
    assert not project.models.exists()


def test_a_report_of_an_earlier_version_vouches_for_nothing(project):
    (project.validation / "C.json").write_text('{"success": true}')
    with pytest.raises(ValidationFailedError, match=MENDED):
        ensure_validated(project, "C")


@pytest.mark.parametrize("content", ["", '{"success": tr', "[]", "{}", '{"success": "yes"}', "\0\0"])
def test_a_damaged_report_is_one_line(project, content):
    (project.validation / "C.json").write_text(content)
    with pytest.raises(DataFileError, match=r"C\.json: .*" + MENDED) as caught:
        ensure_validated(project, "C")
    assert "\n" not in str(caught.value)
    (project.validation / "C.json").unlink()
    with pytest.raises(DataFileError, match=r"C\.json: no such file" + MENDED):
        ensure_validated(project, "C")


def remove(file):
    file.unlink()


def truncate(file):
    file.write_bytes(file.read_bytes()[:-100])


def add_a_foreign_one(file):
    shutil.copy(file, file.with_name("shard-00001.parquet"))


def add_no_parquet(file):
    file.with_name("shard-00001.parquet").write_text("a,b\n")


def replace_by_another_table(file):
    pq.write_table(pq.read_table(file).select(["x"]), file)


def remove_the_folder(file):
    shutil.rmtree(file.parent)


DAMAGES = [remove, truncate, flip, add_a_foreign_one, add_no_parquet, replace_by_another_table, remove_the_folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_data_are_one_line(damage, project, few):
    damage(shard(project))
    with pytest.raises(DataFileError, match=r"relaxation/C.*; make it anew: dvc repro simulate@C$") as caught:
        validate(STUDY, project, few, "C")
    assert "\n" not in str(caught.value)
    with pytest.raises(RelaxnetError, match=r"relaxation/C.*" + MENDED):
        ensure_validated(project, "C")
