"""Promotions for real: a repository with DVC, experiments of DVC, and a tracking server on PostgreSQL."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import postgresql
import pytest
import yaml

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACE = ("--study", "toy:STUDY")

STAGES = {
    "simulate": {"cmd": "python pipelines/simulate.py toy:STUDY spots", "outs": ["data/toy/spots"]},
    "validate": {
        "cmd": "python pipelines/validate.py toy:STUDY spots",
        "deps": ["data/toy/spots"],
        "outs": ["reports/toy/validation/spots.json", "reports/toy/validation/spots.html"],
    },
    "train": {
        "foreach": ["base", "other"],
        "do": {
            "cmd": "python pipelines/train.py toy:STUDY ${item}",
            "deps": ["data/toy/spots", "reports/toy/validation/spots.json"],
            "params": [{"pipelines/toy/params.yaml": ["models.${item}", "profiles"]}],
            "outs": ["models/toy/${item}"],
        },
    },
    "evaluate": {
        "foreach": ["base", "other"],
        "do": {
            "cmd": "python pipelines/evaluate.py toy:STUDY ${item}",
            "deps": ["data/toy/spots", "models/toy/${item}"],
            "outs": ["reports/toy/evaluation/${item}"],
            "metrics": ["reports/toy/headline/${item}.json"],
        },
    },
    "register": {
        "cmd": "python pipelines/register.py toy:STUDY",
        "deps": ["models/toy", "reports/toy/evaluation"],
        "outs": ["reports/toy/registered.json"],
    },
}


def environment(**more):
    found = {
        key: value
        for key, value in os.environ.items()
        if key not in ("MLFLOW_TRACKING_URI", "DVC_ROOT", "DVC_STAGE", "DVC_EXP_NAME")
    }
    identity = {f"GIT_{who}_{what}": "ann@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]])
    return {**found, **identity, "PATH": path, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{HERE}", "TQDM_DISABLE": "1",
            **more}  # fmt: skip


def run(folder, command, **more):
    return subprocess.run(
        command, shell=isinstance(command, str), cwd=folder, env=environment(**more), capture_output=True, text=True,
        timeout=900, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def must(folder, command, **more):
    done = run(folder, command, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def project(tmp_path):
    """The toy study in a repository of its own, with DVC, all committed."""
    project = tmp_path / "project"
    folder = project / "pipelines" / "toy"
    folder.mkdir(parents=True)
    params = yaml.safe_load((HERE / "params.yaml").read_text())
    params["models"]["other"] = params["models"].pop("tuned") | {"start": None}
    params["profiles"]["quick"]["train"]["epochs"] = 3
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    stages = {
        name: {**stage, "do": {**stage["do"], "wdir": "../.."}} if "do" in stage else {**stage, "wdir": "../.."}
        for name, stage in STAGES.items()
    }
    plot = {"losses": {"template": "linear", "x": "epoch", "y": {"../../models/toy/base/history.csv": "val_loss"}}}
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages, "plots": [plot]}))
    for script in STAGES:
        shutil.copy(ROOT / "pipelines" / f"{script}.py", project / "pipelines")
    ignored = ("/mlruns.db*", "/mlartifacts", "/.relaxnet", "__pycache__/", "/data", "/models", "/reports", "*.npz")
    (project / ".gitignore").write_text("\n".join(ignored))
    must(project, "git init --quiet --initial-branch=main && dvc init --quiet && git add . && git commit -qm Begin")
    return project


def commit_all(project):
    must(project, "git add . && git commit --quiet --allow-empty -m Results")


def list_models(project, **more):
    return must(project, ["relaxnet", "list", *PLACE], **more)


def aliases(project, **more):
    found = re.findall(r"^  (\w+) +version (\d+)", list_models(project, **more), re.MULTILINE)
    return dict(found)


def make_other_better(project):
    params = project / "pipelines" / "toy" / "params.yaml"
    content = yaml.safe_load(params.read_text())
    content["models"]["other"]["loss_weights"] = {"width": 3.0, "fading": 3.0}
    content["models"]["other"]["architecture"] = "toy:CNN2D"
    content["profiles"]["quick"]["train"]["epochs"] = 15
    params.write_text(yaml.safe_dump(content))


def test_from_the_printed_lineage_the_model_is_made_again(project):
    must(project, "dvc repro pipelines/toy/dvc.yaml")
    commit_all(project)
    assert aliases(project) == {"challenger": "1"}
    must(project, ["relaxnet", "promote", "spots", *PLACE])
    printed = must(project, ["relaxnet", "lineage", "spots", *PLACE])
    clone, repro = [line.strip() for line in printed.partition("To make it again:\n")[2].splitlines()]
    must(project, clone)
    must(project / "rebuilt", repro)
    digest = re.search(r"^  data +\S+  (\w{32}\.dir)$", printed, re.MULTILINE)[1]
    lock = yaml.safe_load((project / "rebuilt" / "pipelines" / "toy" / "dvc.lock").read_text())
    assert lock["stages"]["simulate"]["outs"][0]["md5"] == digest
    label = re.search(r"model (\w+)\)", printed)[1]
    script = (
        "import sys, numpy as np, toy; from pathlib import Path; from relaxnet.training.estimator import Estimator\n"
        "np.savez(sys.argv[2], *Estimator.load(Path(sys.argv[1])).network.get_weights())"
    )
    for place in (project, project / "rebuilt"):
        must(place, [sys.executable, "-c", script, f"models/toy/{label}", "weights.npz"])
    first, again = (np.load(place / "weights.npz") for place in (project, project / "rebuilt"))
    assert first.files
    for name in first.files:
        np.testing.assert_array_equal(first[name], again[name])


def test_no_experiment_of_dvc_moves_an_alias(project):
    """Neither one in the workspace nor ones in copies, run side by side from the queue; all are shown and compared."""
    must(project, "dvc repro pipelines/toy/dvc.yaml")
    commit_all(project)
    before = aliases(project)
    epochs = "pipelines/toy/params.yaml:profiles.quick.train.epochs"
    must(project, f"dvc exp run --temp --name worse -S {epochs}=1 pipelines/toy/dvc.yaml:register")
    assert aliases(project) == before
    for number in (2, 4):
        must(project, f"dvc exp run --queue --name e{number} -S {epochs}={number} pipelines/toy/dvc.yaml:register")
    must(project, "dvc queue start --jobs 2")
    deadline = time.monotonic() + 400
    while "Running" in (status := must(project, "dvc queue status")) or "Queued" in status:
        assert time.monotonic() < deadline, status
        time.sleep(2)
    assert status.count("Success") == 2, status
    assert aliases(project) == before
    shown = json.loads(must(project, "dvc exp show --json"))
    text = json.dumps(shown)
    assert all(f'"{name}"' in text for name in ("worse", "e2", "e4"))
    assert "reports/toy/headline/base.json" in text
    differences = json.loads(must(project, "dvc plots diff --json worse e4"))
    assert "val_loss" in json.dumps(differences)

    must(project, "dvc exp apply e4")
    assert "says version" in list_models(project)  # another model than the challenger, and the way to register it
    advice = re.search(r"to register what is there: (.+)$", list_models(project), re.MULTILINE)[1]
    must(project, advice)
    assert "says version" not in list_models(project)


@contextmanager
def tracking_server(folder):
    """MLflow's server on PostgreSQL, with the artifacts in files."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir()
    with postgresql.Server() as database:
        address = database.address.replace("postgresql:", "postgresql+psycopg2:")  # SQLAlchemy would take psycopg 3
        stores = ["--backend-store-uri", address, "--artifacts-destination", str(folder)]
        where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        with (folder / "log").open("w") as log:
            running = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *where, *stores],
                cwd=folder, env=environment(), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + 120
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.3)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


@pytest.mark.skipif(postgresql.binaries() is None, reason="no PostgreSQL here")
def test_all_of_it_from_a_server_that_holds_other_experiments(project, tmp_path):
    with tracking_server(tmp_path / "server") as uri:
        others = (
            "from mlflow import MlflowClient; c = MlflowClient()\n"
            "e = c.create_experiment('moons')\n"
            "r = c.create_run(e, tags={'kind': 'decision', 'decision.model': 'toy-spots'})\n"
            "c.create_registered_model('toy-moons')\n"
            "source = f'runs:/{r.info.run_id}/x'; c.log_text(r.info.run_id, 'x', 'x')\n"
            "c.create_model_version('toy-moons', source, r.info.run_id, tags={'study': 'moons'})\n"
            "c.set_registered_model_alias('toy-moons', 'challenger', 1)\n"
        )
        must(project, [sys.executable, "-c", others], MLFLOW_TRACKING_URI=uri)
        there = {"MLFLOW_TRACKING_URI": uri}
        must(project, "dvc repro pipelines/toy/dvc.yaml", **there)
        commit_all(project)
        must(project, ["relaxnet", "promote", "spots", *PLACE], **there)
        make_other_better(project)
        must(project, "git commit --quiet --all -m Longer")
        must(project, "dvc repro pipelines/toy/dvc.yaml", **there)
        commit_all(project)
        assert aliases(project, **there)["champion"] == "1"

        # two at once: one wins, the other is told
        command = ["relaxnet", "promote", "spots", *PLACE]
        both = [
            subprocess.Popen(command, cwd=project, env=environment(**there), stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [process.communicate(timeout=300)[1] for process in both]
        assert sorted(process.returncode for process in both) == [0, 2], said
        (told,) = [line for line, process in zip(said, both, strict=True) if process.returncode]
        assert "being changed by" in told or "another than the champion" in told
        assert aliases(project, **there)["champion"] == "2"

        other = run(project, ["relaxnet", "promote", "moons", *PLACE], **there)
        assert other.returncode == 2
        assert "must be of the study toy, not of moons" in other.stderr
        must(project, ["relaxnet", "rollback", "spots", *PLACE, "--reason", "a drill"], **there)
        assert {"champion": "1", "previous": "2"}.items() <= aliases(project, **there).items()
        lineage = json.loads(must(project, ["relaxnet", "lineage", "spots", *PLACE, "--json"], **there))
        assert [made["outcome"] for made in lineage["decisions"]] == ["rolled back", "promoted", "promoted"]
        load = "import mlflow, toy; print(mlflow.pyfunc.load_model('models:/toy-spots@champion').metadata.run_id)"
        assert must(project, [sys.executable, "-c", load], **there).split()[-1] == lineage["tags"]["run_id"]
        page = (project / "reports" / "toy" / "registry" / "index.html").read_text()
        assert page.count('<section class="decision">') == 3
        assert "toy-spots.lock" not in list_models(project, **there)
    gone = run(project, ["relaxnet", "promote", "spots", *PLACE], MLFLOW_TRACKING_URI=uri)
    assert gone.returncode == 2
    assert gone.stderr.count("relaxnet: ") == 1
    assert "Traceback" not in gone.stderr
