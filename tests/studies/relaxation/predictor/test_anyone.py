"""A registered model in an environment that never saw the project: loaded by its alias, served, asked with curl."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import clean_environment
import pandas as pd
import pytest
import yaml

from relaxnet.core.files import write_json
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.predictor.packing import example
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.tracking.lineage import dvc_hash
from relaxnet.tracking.tracker import Tracker
from relaxnet.workflow.evaluate import evaluate
from relaxnet.workflow.params import load_params
from relaxnet.workflow.project import Project
from relaxnet.workflow.register import register
from relaxnet.workflow.train import train

ROOT = Path(__file__).parents[4]
ALIAS = "models:/relaxnet-relaxation-C@challenger"
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

STRANGER = """
import ast, importlib.util, json, sys
assert importlib.util.find_spec("relaxnet") is None, "relaxnet is installed here"
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
table = pandas.read_csv(sys.argv[3])
found = model.predict(table)
third, std = set(), sys.stdlib_module_names
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "relaxnet" and module.__file__:
        for node in ast.walk(ast.parse(open(module.__file__).read())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            third |= {n.partition(".")[0] for n in names} - std
print(json.dumps({"table": found.to_dict("list"), "code": sys.modules["relaxnet"].__file__,
                  "imported": sorted(third & set(sys.modules)), "all": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def moved(tmp_path_factory, migrated_store, small_dataset, small_tests):
    """A project with a registered model, moved to another place since, and found there by ``make ui``."""
    root = tmp_path_factory.mktemp("project") / "first"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "DVC_STAGE", "DVC_EXP_NAME"):
            patch.delenv(name, raising=False)
        root.mkdir()
        patch.chdir(root)
        project = Project("relaxation", root)
        shutil.copytree(small_dataset, project.data / "C")
        shutil.copytree(small_tests, project.data / "test" / "C")
        shutil.copy(migrated_store, root / "mlruns.db")
        for name in ("C", "test/C"):
            report = {"success": True, "data_md5": dvc_hash(project.data / name)}
            write_json(project.validation / f"{name}.json", report)
        raw = yaml.safe_load((ROOT / "params.yaml").read_text()) | {"profile": "smoke"}
        raw["models"] = {"C": raw["models"]["C"]}
        raw["evaluate"]["largest_cp_n_max"] = 1e4
        (root / "params.yaml").write_text(yaml.safe_dump(raw))
        params = load_params(RelaxationParams, root / "params.yaml")
        for stage, names in ((train, ["C"]), (evaluate, ["C"]), (register, [])):
            stage(STUDY, project, params, *names)
        there = root.rename(root.with_name("second"))
        with Tracker(there, "relaxation"):
            pass
    return there


@pytest.fixture(scope="module")
def python(tmp_path_factory, moved):
    """Python of an environment with the model's requirements alone."""
    (file,) = moved.glob("mlartifacts/models/*/artifacts/requirements.txt")
    return clean_environment.make(tmp_path_factory.mktemp("clean"), file.read_text().splitlines())


@pytest.fixture(scope="module")
def table(moved):
    """Two samples of the training region."""
    facts = json.loads((moved / "models" / "relaxation" / "C" / "predictor.json").read_text())
    mean = json.loads((moved / "models" / "relaxation" / "C" / "estimator.json").read_text())["train_mean"]
    assert len(facts["cooling_rates_k_per_min"]) == len(chr_program().cooling_rates_k_per_min)
    one = example(facts, pd.Series(mean).to_numpy())
    return pd.concat([one.assign(sample="one"), one[one["cooling_rate_k_per_min"] > 1].assign(sample="two")])


def test_a_stranger_loads_it_by_its_alias_and_predicts(moved, python, table, tmp_path):
    table.to_csv(tmp_path / "table.csv", index=False)
    arguments = f"sqlite:///{moved}/mlruns.db", ALIAS, str(tmp_path / "table.csv")
    before = sources(moved)
    done = clean_environment.run(python, "-c", STRANGER, *arguments, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["table"]["sample"] == ["one", "two"]
    assert all(0 < found["table"][name][0] <= 1 for name in ("x", "beta"))
    assert "wrong_rates" in found["table"]["flags"][1].split()
    assert found["code"].startswith(str(moved))
    needed = {"keras", "numba", "numpy", "pandas", "pydantic", "tensorflow", "threadpoolctl", "yaml"}
    # numba brings llvmlite; scipy is for the training alone, and here because MLflow imports it
    assert set(found["imported"]) - {"relaxnet", "mlflow", "llvmlite", "scipy"} == needed
    assert not {"dvc", "optuna", "great_expectations", "plotly", "tqdm"} & set(found["all"])
    assert sources(moved) == before  # no compiled code is left among the artifacts


def test_it_answers_curl(moved, python, table, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "mlflow", "models", "serve", "-m", ALIAS, "--env-manager", "local", "-h", "127.0.0.1"]
    variables = clean_environment.surroundings(python, MLFLOW_TRACKING_URI=f"sqlite:///{moved}/mlruns.db")
    log = tmp_path / "log.txt"
    with (
        log.open("w") as stream,
        subprocess.Popen(
            [*command, "-p", str(port)], cwd=tmp_path, env=variables, stdout=stream, stderr=stream
        ) as server,
    ):
        try:
            wait_until_up(port, server, log)
            split = json.loads(table.to_json(orient="split", index=False))
            answers = [ask(port, {"dataframe_split": split}, tmp_path),
                       ask(port, {"dataframe_records": table.to_dict("records")}, tmp_path)]  # fmt: skip
            bad = table.assign(cp_n=table["cp_n"].where(table.index != 3))
            refusal = ask(port, {"dataframe_records": json.loads(bad.to_json(orient="records"))}, tmp_path)
        finally:
            server.terminate()
    one, two = answers[0]["predictions"]
    assert answers[0] == answers[1]
    assert one["sample"] == "one"
    assert 0 < one["x"] <= 1
    assert (two["x"], two["std_x"]) == (None, None)  # JSON has no NaN
    assert "row 4, cp_n = " in refusal["message"]


def sources(project):
    found = sorted(project.glob("mlartifacts/models/*/artifacts/code/**/*"))
    assert len(found) > 100
    return found


def ask(port, question, folder):
    (folder / "question.json").write_text(json.dumps(question))
    done = subprocess.run(
        ["curl", "-s", f"http://127.0.0.1:{port}/invocations", "-H", "Content-Type: application/json",
         "--data", f"@{folder / 'question.json'}"], capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def wait_until_up(port, server, log):
    end = time.monotonic() + 180
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()[-3000:]
        if not subprocess.run(["curl", "-sf", f"http://127.0.0.1:{port}/ping"], capture_output=True).returncode:
            return
        time.sleep(1)
    pytest.fail(f"no answer: {log.read_text()[-3000:]}")
