"""The drill of promotions: what the gates let pass, what they refuse, and the way back."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from mlflow.tracking._tracking_service import utils

from relaxnet.cli.command import main
from relaxnet.core.errors import DataFileError, InvalidInputError, RefusedError, TrackingError
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

pytestmark = pytest.mark.usefixtures("one_figure_for_all")
HERE = Path(__file__).parent
NAME = "toy-spots"
WELL = Probe(rows=1, latency_ms=1.0, size_mb=0.1)


def git(folder, *arguments):
    identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def template(tmp_path_factory, migrated_store, any_image):
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
        patch.setattr("relaxnet.evaluation.figures.render_figure", lambda figure: any_image)
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
        own = read_json(project.models / name / "run.json")["run_id"]
        replace(base, sets=sets, trained_in=own).write(project.evaluation / name / "judged")
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
    write_json(report, read_json(report) | {"success": False})
    challenge(opened, "other", width=0.5, fading=0.5)
    return r"validation: not passed: spots; must be passed"


def repair(opened):
    """Undo what made data or test sets other ones."""
    _, project, _ = opened
    report = project.validation / "spots.json"
    write_json(report, read_json(report) | {"success": True})


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
    rewrite(project, "other", {"test": "0" * 32})
    register(*opened)
    return r"same test set: test: 0{32} and, of the champion, "


def rewrite(project, name, md5):
    """Say that a model was judged on other files."""
    file = project.evaluation / name / "judged" / "judged.json"
    card = read_json(file)
    for key, digest in md5.items():
        card["sets"][key]["md5"] = digest
    write_json(file, card)


def test_each_gate_refuses_and_says_by_how_much(opened):
    study, project, params = opened
    promote(study, project, params, "spots")
    spoilt = (within_noise, one_target_worse, on_other_data, not_validated, on_no_branch)
    for number, spoil in enumerate(spoilt, start=1):
        line = spoil(opened)
        with pytest.raises(RefusedError, match=f"^toy-spots version 2 .other. is not promoted; {line}"):
            promote(study, project, params, "spots")
        assert aliases(opened)["champion"] == "1"
        assert outcomes(opened) == [*["refused"] * number, "promoted"]
        repair(opened)


@pytest.mark.slow
def test_a_model_of_code_that_nobody_committed_is_refused(opened):
    study, project, params = opened
    line = with_changes(opened)
    with pytest.raises(RefusedError, match=f"^toy-spots version 2 .other. is not promoted; {line}"):
        promote(study, project, params, "spots")


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        ({"latency_ms": 0.5}, r"promoted; latency: 1 ms for its example; must be at most 0\.5 ms$"),
        ({"size_mb": 0.05}, r"promoted; size: 0\.1 MB; must be at most 0\.05 MB$"),
    ],
)
def test_latency_and_size(opened, limits, line):
    study, project, params = opened
    tight = params.model_copy(update={"promote": params.promote.model_copy(update=limits)})
    with pytest.raises(RefusedError, match=line):
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
        with pytest.raises(
            TrackingError, match=r"toy-spots: its aliases are being changed by \S+ process \d+; nothing"
        ):
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


def test_bad_input_is_one_line_and_changes_nothing(opened, capsys):
    _, project, _ = opened
    cases = {
        "promote moons": "model = toy-moons: must be in the registry",
        "promote it's": "model = toy-it's: must be made of letters",
        "promote spots --version 7": "version = 7: must be one of 1 of toy-spots",
        "rollback spots": "alias = champion: must be an alias of toy-spots (challenger); the first `relaxnet promote`",
        "lineage spots": "alias = champion: must be an alias of toy-spots (challenger); the first `relaxnet promote`",
        "lineage spots --alias best": "alias = best: must be an alias of toy-spots (challenger)",
        "lineage spots --alias best --version 1": "give --version or --alias, not both",
        "promote spots --reason fun": "give --force and --reason TEXT together",
        "list --folder /nowhere": "no such file; give the folder of a project with --folder",
    }
    for command, line in cases.items():
        place = ["--study", "toy:STUDY", *([] if "--folder" in command else ["--folder", str(project.folder)])]
        capsys.readouterr()
        assert main([*command.split(), *place]) == 2, command
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


@pytest.mark.slow
def test_a_broken_file_is_refused_by_the_real_fresh_process(opened, monkeypatch):
    from relaxnet.registry.probe import probe

    study, project, params = opened
    monkeypatch.setattr("relaxnet.workflow.promote.probe", probe)
    for file in project.root.glob("mlartifacts/**/*.keras"):
        file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(RefusedError, match=r"is not promoted; loads and predicts: .*; must be loaded from the"):
        promote(study, project, params, "spots")
    assert aliases(opened) == {"challenger": "1"}


@pytest.mark.parametrize("broken", ["set_registered_model_alias", "set_tag", "log_batch"])
def test_a_store_that_fails_midway_leaves_the_aliases_as_they_were(opened, monkeypatch, broken):
    """Or else the move is done and all that is missing is the outcome in the record."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    study, project, params = opened
    for name, factor in (("base", 1.0), ("other", 0.8)):
        challenge(opened, name, width=factor, fading=factor)
        promote(study, project, params, "spots")
    challenge(opened, "base", width=0.5, fading=0.5)
    before, usual, calls = aliases(opened), getattr(MlflowClient, broken), []

    def fails_once(self, *arguments, **options):
        calls.append(arguments)
        if len(calls) == (2 if broken == "set_registered_model_alias" else 1):
            raise MlflowException("the disk is full")
        return usual(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, broken, fails_once)
        with pytest.raises(TrackingError, match="the disk is full"):
            promote(study, project, params, "spots", version="1")
    assert aliases(opened) == before
    assert promote(study, project, params, "spots", version="1").outcome == "promoted"


def test_a_page_that_cannot_be_written_does_not_undo_the_decision(opened, capsys):
    study, project, params = opened
    (project.reports / "registry" / "index.html").mkdir(parents=True)
    assert promote(study, project, params, "spots").outcome == "promoted"
    assert "the decision is made, but the page of the registry is not renewed" in capsys.readouterr().err


def test_a_deleted_experiment_is_one_line_and_stays_deleted(opened, capsys):
    _, project, _ = opened
    with open_experiment(*opened) as tracker:
        tracker.client.delete_experiment(tracker.experiment_id)
    place = ["--study", "toy:STUDY", "--folder", str(project.folder)]
    for command in ("list", "promote spots", "promote spots --dry-run", "rollback spots", "lineage spots"):
        capsys.readouterr()
        assert main([*command.split(), *place]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "the experiment toy is deleted; to bring it back" in said
    python, *command = said.strip().rpartition(": ")[2].split()
    assert (python, f"in {project.root}:" in said) == ("python", True)
    subprocess.run([sys.executable, *command], cwd=project.root, check=True, capture_output=True)
    assert main(["list", *place]) == 0


def test_a_project_without_a_store_gets_none(opened, capsys):
    _, project, _ = opened
    (project.root / "mlruns.db").unlink()
    assert main(["list", "--study", "toy:STUDY", "--folder", str(project.folder)]) == 2
    assert "mlruns.db: no such file; the pipeline makes it" in capsys.readouterr().err
    assert not (project.root / "mlruns.db").exists()


def test_errors_of_another_training_are_not_registered(opened):
    study, project, params = opened
    train(study, project, params.model_copy(update={"train": params.train.model_copy(update={"seed": 2})}), "base")
    with pytest.raises(
        DataFileError, match=r"judged: of the model of run \w+, not of \w+; make it anew: .*evaluate@base"
    ):
        register(study, project, params)


def test_data_without_their_report_are_not_registered(opened):
    _, project, _ = opened
    report = project.validation / "spots.json"
    write_json(report, read_json(report) | {"data_md5": "0" * 32})
    with pytest.raises(DataFileError, match=r"spots\.json: not the report on the data of model base"):
        register(*opened)
    report.unlink()
    with pytest.raises(DataFileError, match=r"spots\.json: no such file"):
        register(*opened)


def test_evidence_that_was_changed_in_the_store_is_refused(opened):
    study, project, params = opened
    (card,) = project.root.glob("mlartifacts/*/artifacts/judged/*/judged.json")
    card.write_text(card.read_text().replace("spots", "s"))
    card.write_text(card.read_text() + " ")
    with pytest.raises(DataFileError, match=r"version 1: its run .* has other errors on test sets than were"):
        promote(study, project, params, "spots")


def test_a_champion_that_is_still_a_model_is_judged_again_on_new_test_sets(opened):
    study, project, params = opened
    promote(study, project, params, "spots")
    for name in ("base", "other"):
        if name == "other":
            challenge(opened, "other", width=0.5, fading=0.5)
        rewrite(project, name, {"test": "1" * 32})
    register(study, project, params)
    assert promote(study, project, params, "spots").outcome == "promoted"


def test_another_studys_aliases_are_not_rolled_back(opened):
    study, project, params = opened
    promote(study, project, params, "spots")
    challenge(opened, "other", width=0.5, fading=0.5)
    promote(study, project, params, "spots")
    before = aliases(opened)
    with open_experiment(*opened) as tracker:
        tracker.client.set_model_version_tag(NAME, "1", "study", "moons")
    with pytest.raises(InvalidInputError, match="must be of the study toy, not of moons"):
        roll_back(study, project, params, "spots")
    assert aliases(opened) == before
    assert outcomes(opened) == ["promoted", "promoted"]


@pytest.mark.slow
def test_a_relative_address_of_the_store_reaches_the_fresh_process(opened, monkeypatch):
    from relaxnet.registry.probe import probe

    study, project, params = opened
    monkeypatch.setattr("relaxnet.workflow.promote.probe", probe)
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlruns.db")
    gates = {gate.name: gate for gate in promote(study, project, params, "spots", dry_run=True).gates}
    assert gates["loads and predicts"].passed, gates["loads and predicts"].found
    assert gates["latency"].figures["latency_ms"] > 0


@pytest.mark.slow
def test_processes_that_promote_at_once(opened):
    """Real processes, each with a version of its own: the champion is that of the one that won."""
    _, project, _ = opened
    challenge(opened, "other", width=0.5, fading=0.5)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    with context.Pool(2, initializer=_share, initargs=(barrier,)) as pool:
        said = pool.starmap(_promote, [(str(project.folder), number) for number in "12"], chunksize=1)
    won = [number for number, (word, _) in zip("12", said, strict=True) if word == "promoted"]
    assert len(won) == 1, said
    assert aliases(opened)["champion"] == won[0]
    (told,) = [line for word, line in said if word == "told"]
    assert "toy-spots: its aliases are being changed by" in told


_shared = {}  # of a worker process: what it and the others wait at


def _share(barrier):
    _shared["barrier"] = barrier


def _promote(folder, version):
    study, project, params = open_study("toy:STUDY", Path(folder))
    _shared["barrier"].wait(60)
    try:
        return promote(study, project, params, "spots", version=version).outcome, ""
    except TrackingError as error:
        return "told", str(error)
