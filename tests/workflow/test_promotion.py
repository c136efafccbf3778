"""The drill of promotions: what the gates let pass, what they refuse, and the way back."""

import json
import multiprocessing
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from mlflow.tracking._tracking_service import utils

from relaxnet.cli.command import main
from relaxnet.core.errors import InvalidInputError, RefusedError, TrackingError
from relaxnet.core.files import read_json, write_json
from relaxnet.evaluation.paired import SampleErrors
from relaxnet.registry.champions import find_entry
from relaxnet.registry.decisions import decisions
from relaxnet.registry.evidence import Evidence
from relaxnet.registry.lock import sole_promoter
from relaxnet.registry.probe import Probe
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.experiment import open_experiment
from relaxnet.workflow.lineage import differences, lineage, registry_entries
from relaxnet.workflow.promote import promote, roll_back
from relaxnet.workflow.register import register
from relaxnet.workflow.simulate import simulate
from relaxnet.workflow.stage import open_study
from relaxnet.workflow.train import train
from relaxnet.workflow.validate import validate

HERE = Path(__file__).parent
NAME = "toy-spots"
WELL = Probe(rows=1, latency_ms=1.0, size_mb=0.1)


def git(folder, *arguments):
    identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_store):
    """The toy study in a repository, all committed, models *base* and *other* tested.  Do not write into it."""
    root = tmp_path_factory.mktemp("toy") / "project"
    params = yaml.safe_load((HERE / "params.yaml").read_text())
    params["models"]["other"] = params["models"].pop("tuned") | {"start": None}
    params["profiles"]["quick"]["train"]["epochs"] = 2
    (root / "pipelines" / "toy").mkdir(parents=True)
    (root / "pipelines" / "toy" / "params.yaml").write_text(yaml.safe_dump(params))
    (root / ".gitignore").write_text("/data\n/models\n/reports\n/mlruns.db*\n/mlartifacts\n/.relaxnet\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "Begin")
    shutil.copy(migrated_store, root / "mlruns.db")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "DVC_STAGE", "DVC_EXP_NAME"):
            patch.delenv(name, raising=False)
        opened = open_study("toy:STUDY", root)
        simulate(*opened, "spots")
        validate(*opened, "spots")
        for name in ("base", "other"):
            train(*opened, name)
            evaluate(*opened, name)
    return root


@pytest.fixture
def opened(template, tmp_path, monkeypatch):
    """Study, project and params of a copy, with model *base* as challenger; a fresh process finds all well."""
    for name in ("MLFLOW_TRACKING_URI", "DVC_STAGE", "DVC_EXP_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setattr("relaxnet.workflow.promote.probe", lambda *_: WELL)
    utils._artifact_repos_cache.clear()  # in one process MLflow would go on writing into the template
    shutil.copytree(template, tmp_path / "project")
    opened = open_study("toy:STUDY", tmp_path / "project")
    challenge(opened, "base")
    return opened


def challenge(opened, name, **factors):
    """Make a model the challenger, its errors those of *base* times a factor for each target."""
    study, project, params = opened
    base = Evidence.read(project.evaluation / "base" / "judged")
    if factors:
        sets = {}
        for key, found in base.sets.items():
            errors = {target: factors[target] * values for target, values in found.errors.items()}
            sets[key] = SampleErrors(found.sample, errors, found.spread)
        replace(base, sets=sets).write(project.evaluation / name / "judged")
    for each in params.models:
        file = project.evaluation / each / "metrics.json"
        write_json(file, read_json(file) | {"validation": {"relative_rmse": 0.1 if each == name else 0.2}})
    register(study, project, params)


def aliases(opened):
    with open_experiment(*opened) as tracker:
        return find_entry(tracker, NAME).aliases


def outcomes(opened):
    with open_experiment(*opened) as tracker:
        return [decision.outcome for decision in decisions(tracker)]


def test_promoted_replaced_and_rolled_back(opened):
    study, project, params = opened
    assert promote(study, project, params, "spots").outcome == "promoted"
    assert aliases(opened) == {"challenger": "1", "champion": "1"}
    with pytest.raises(InvalidInputError, match=r"version = 1: must be another than the champion of toy-spots"):
        promote(study, project, params, "spots")

    challenge(opened, "other", width=0.8, fading=0.9)
    assert promote(study, project, params, NAME, dry_run=True).outcome == "dry run"
    assert aliases(opened) == {"challenger": "2", "champion": "1"}
    decision = promote(study, project, params, NAME)
    assert (decision.version, decision.before, decision.label) == ("2", "1", "other")
    assert aliases(opened) == {"challenger": "2", "champion": "2", "previous": "1"}

    assert roll_back(study, project, params, "spots", reason="drifts").outcome == "rolled back"
    assert aliases(opened) == {"challenger": "2", "champion": "1", "previous": "2"}
    roll_back(study, project, params, "spots")
    assert aliases(opened)["champion"] == "2"
    assert outcomes(opened) == ["rolled back", "rolled back", "promoted", "promoted"]
    page = (project.reports / "registry" / "index.html").read_text()
    assert page.count('<section class="decision">') == 4
    assert "Reason given: drifts." in page
    with open_experiment(*opened) as tracker:
        kept = decisions(tracker)[2]
        run = tracker.client.get_run(kept.run_id)
    assert {gate.name for gate in kept.gates} >= {"same test set", "better", "error of width", "commit", "latency"}
    assert run.data.metrics["gate.difference"] < 0
    assert "gate" in run.data.tags["mlflow.note.content"]
    assert kept.who
    assert kept.at


def within_noise(opened):
    challenge(opened, "other", width=1.0, fading=1.0)
    return r"better: relative error .*must be wholly below 0"


def one_target_worse(opened):
    challenge(opened, "other", width=0.2, fading=1.1)
    return r"error of fading: .* 10\.0 % more; must be at most 5\.0 % more"


def not_validated(opened):
    _, project, _ = opened
    report = project.validation / "spots.json"
    report.write_text(json.dumps(read_json(report) | {"success": False}))
    challenge(opened, "other", width=0.5, fading=0.5)
    return r"validation: not passed: spots; must be passed"


def on_no_branch(opened):
    _, project, _ = opened
    git(project.folder, "commit", "--quiet", "--amend", "--allow-empty", "-m", "Begin anew")
    challenge(opened, "other", width=0.5, fading=0.5)
    return r"commit: [0-9a-f]{12}, on no branch of this checkout"


def with_changes(opened):
    study, project, params = opened
    (project.folder / "layers.py").write_text("# a layer that nobody has committed")
    shutil.rmtree(project.models / "other")
    train(study, project, params, "other")
    evaluate(study, project, params, "other")
    challenge(opened, "other", width=0.5, fading=0.5)
    return r"commit: [0-9a-f]{12}, with changes that are not committed"


def on_other_data(opened):
    _, project, _ = opened
    challenge(opened, "other", width=0.5, fading=0.5)
    file = project.evaluation / "other" / "judged" / "judged.json"
    card = read_json(file)
    card["sets"]["test"]["md5"] = "0" * 32
    write_json(file, card)
    register(*opened)
    return r"same test set: test: 0{32} and "


@pytest.mark.parametrize(
    "spoil", [within_noise, one_target_worse, not_validated, on_no_branch, with_changes, on_other_data]
)
def test_refused_by_its_gate_and_by_how_much(opened, spoil):
    study, project, params = opened
    promote(study, project, params, "spots")
    line = spoil(opened)
    with pytest.raises(RefusedError, match=f"^toy-spots version 2 .other. is not promoted; {line}"):
        promote(study, project, params, "spots")
    assert aliases(opened)["champion"] == "1"
    assert outcomes(opened) == ["refused", "promoted"]


@pytest.mark.parametrize("limits", [{"latency_ms": 0.5}, {"size_mb": 0.05}])
def test_latency_and_size(opened, limits):
    study, project, params = opened
    tight = params.model_copy(update={"promote": params.promote.model_copy(update=limits)})
    with pytest.raises(RefusedError, match=r"(latency: 1 ms|size: 0\.1 MB).*must be at most 0\.0?5 M?m?[sB]"):
        promote(study, project, tight, "spots")


def test_forced_with_a_reason_that_is_kept(opened, capsys):
    study, project, params = opened
    promote(study, project, params, "spots")
    one_target_worse(opened)
    place = ["--study", "toy:STUDY", "--folder", str(project.folder)]
    assert main(["promote", "spots", *place]) == 3
    assert "error of fading" in capsys.readouterr().err
    assert main(["promote", "spots", "--force", *place]) == 2
    assert "--reason" in capsys.readouterr().err
    assert main(["promote", "spots", "--force", "--reason", "width is all we need", *place]) == 0
    assert "REFUSE error of fading" in capsys.readouterr().out
    assert aliases(opened)["champion"] == "2"
    with open_experiment(*opened) as tracker:
        kept = decisions(tracker)[0]
    assert (kept.outcome, kept.reason) == ("forced", "width is all we need")


def test_two_at_once_one_wins_and_the_other_is_told(opened):
    study, project, params = opened
    with open_experiment(*opened) as tracker, sole_promoter(tracker, NAME):
        with pytest.raises(TrackingError, match="toy-spots: its aliases are being changed by another process"):
            promote(study, project, params, "spots")
        with pytest.raises(TrackingError, match="being changed"):
            roll_back(study, project, params, "spots")
    assert aliases(opened) == {"challenger": "1"}
    assert outcomes(opened) == []


def test_an_experiment_of_dvc_moves_no_alias(opened, monkeypatch, capsys):
    study, project, params = opened
    monkeypatch.setenv("DVC_EXP_NAME", "lucid-name")
    challenge(opened, "other", width=0.5, fading=0.5)
    assert aliases(opened) == {"challenger": "1"}
    said = capsys.readouterr().err
    assert "the alias challenger stays where it is" in said
    assert "version 2 (other)" in said
    monkeypatch.delenv("DVC_EXP_NAME")
    (line,) = differences(project, registry_entries(study, project, params))
    assert line.startswith("toy-spots: version 1 is challenger, but ")
    assert line.endswith("says version 2 (model other); to register what is there: dvc repro -f -s "
                         "pipelines/toy/dvc.yaml:register")  # fmt: skip
    register(*opened)
    assert aliases(opened) == {"challenger": "2"}
    assert differences(project, registry_entries(study, project, params)) == []


def test_lineage_leads_back_to_all(opened, capsys):
    study, project, params = opened
    promote(study, project, params, "spots")
    found = lineage(study, project, params, "spots")
    assert found.tags["git.commit"] == git(project.folder, "rev-parse", "HEAD")
    assert found.branches == ["main"]
    assert found.tags["data.md5"] == dvc_hash(project.data / "spots")
    assert found.tags["validation.md5"] == dvc_hash(project.validation / "spots.json")
    assert found.params["epochs"] == "2"
    assert [decision.outcome for decision in found.decisions] == ["promoted"]
    place = ["--study", "toy:STUDY", "--folder", str(project.folder)]
    assert main(["lineage", "spots", *place]) == 0
    text = capsys.readouterr().out
    for part in (
        found.tags["git.commit"],
        found.tags["data.md5"],
        "on main",
        "dvc repro pipelines/toy/dvc.yaml:train@base",
    ):
        assert part in text
    assert main(["lineage", "spots", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["tags"] == found.tags
    assert main(["list", *place]) == 0
    assert "champion     version 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["promote", "moons"], "model = toy-moons: must be in the registry"),
        (["promote", "it's"], "model = toy-it's: must be made of letters"),
        (["promote", "spots", "--version", "7"], "version = 7: must be one of 1 of toy-spots"),
        (["rollback", "spots"], "alias = champion: must be an alias of toy-spots (challenger)"),
        (["lineage", "spots"], "alias = champion: must be an alias of toy-spots (challenger)"),
        (["lineage", "spots", "--alias", "best"], "alias = best: must be an alias of toy-spots (challenger)"),
        (["lineage", "spots", "--alias", "best", "--version", "1"], "give --version or --alias, not both"),
        (["promote", "spots", "--reason", "why not"], "give --force and --reason TEXT together"),
        (["list", "--folder", "/nowhere"], "no such file; give the folder of a project with --folder"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(opened, capsys, command, line):
    _, project, _ = opened
    place = ["--study", "toy:STUDY", *([] if "--folder" in command else ["--folder", str(project.folder)])]
    capsys.readouterr()
    assert main([*command, *place]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1
    assert aliases(opened) == {"challenger": "1"}
    assert outcomes(opened) == []


def test_models_without_lineage_or_of_another_study_are_refused(opened):
    study, project, params = opened
    with open_experiment(*opened) as tracker:
        tracker.client.delete_model_version_tag(NAME, "1", "data.md5")
    for action in (promote, lineage):
        with pytest.raises(InvalidInputError, match="version 1: must be of known lineage: its tags lack data"):
            action(study, project, params, "spots", version="1")
    with open_experiment(*opened) as tracker:
        tracker.client.set_model_version_tag(NAME, "1", "study", "moons")
    with pytest.raises(InvalidInputError, match=r"toy-spots version 1: must be of the study toy, not of moons"):
        promote(study, project, params, "spots")


def test_an_unreachable_server_is_one_line(opened, monkeypatch, capsys):
    _, project, _ = opened
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    place = ["--study", "toy:STUDY", "--folder", str(project.folder)]
    for command in ("list", "promote spots", "rollback spots", "lineage spots"):
        capsys.readouterr()
        assert main([*command.split(), *place]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_broken_file_is_refused_by_the_real_fresh_process(opened, monkeypatch):
    from relaxnet.registry.probe import probe

    study, project, params = opened
    monkeypatch.setattr("relaxnet.workflow.promote.probe", probe)
    for file in project.root.glob("mlartifacts/**/*.keras"):
        file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(RefusedError, match=r"is not promoted; loads and predicts: .*; must be loaded from the"):
        promote(study, project, params, "spots")
    assert aliases(opened) == {"challenger": "1"}


@pytest.mark.slow
def test_processes_that_promote_at_once(opened, monkeypatch):
    """Real processes, each with a model of its own: the champion is one of the two, and all is as one of them says."""
    from relaxnet.registry.probe import probe

    _, project, _ = opened
    monkeypatch.setattr("relaxnet.workflow.promote.probe", probe)
    challenge(opened, "other", width=0.5, fading=0.5)
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        said = pool.starmap(_promote, [(str(project.folder), "1"), (str(project.folder), "2")])
    assert sorted(word for word, _ in said)[:1] == ["promoted"]
    assert {word for word, _ in said} <= {"promoted", "told"}
    if "told" in dict(said):
        assert "being changed by another process" in dict(said)["told"]
        assert aliases(opened)["champion"] in "12"


def _promote(folder, version):
    study, project, params = open_study("toy:STUDY", Path(folder))
    try:
        return promote(study, project, params, "spots", version=version).outcome, ""
    except (TrackingError, RefusedError) as error:
        return "told", str(error)
