"""Predictors in the store: saved whole, without pickles, loaded by MLflow alone."""

import json

import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.tracking.models import FILES
from relaxnet.tracking.predictors import Column, Predictor
from relaxnet.tracking.tracker import Tracker

TABLE = pd.DataFrame({"a": [1.0, 2.5]})


@pytest.fixture
def predictor(root):
    (root / "files" / "deep").mkdir(parents=True)
    (root / "files" / "deep" / "number.txt").write_text("40")
    columns = (Column("a"), Column("label", "any", required=False))
    return Predictor("toy_predictor:load", root / "files", columns, TABLE, ("numpy", "not-installed", "pandas"),
                     ("relaxnet", "toy_predictor"))  # fmt: skip


@pytest.fixture
def stored(root, predictor):
    with Tracker(root, "study") as tracker:
        with tracker.run("adder", params={"size": 2}) as run:
            uri = run.log_predictor(predictor, name="adder", targets={"sum": "1"}, metadata={"by": "hand"})
        yield tracker, run.run_id, uri, root / "mlartifacts" / "models" / uri.removeprefix("models:/") / "artifacts"


def test_mlflow_loads_it_and_predicts(stored, monkeypatch, root):
    _, _, uri, folder = stored
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlruns.db")
    import mlflow

    model = mlflow.pyfunc.load_model(uri)
    assert model.predict(TABLE)["sum"].tolist() == [41.0, 42.5]
    assert model.predict(TABLE.assign(label=["x", "y"]))["sum"].tolist() == [41.0, 42.5]
    assert model.predict(pd.DataFrame({"a": [1]}))["sum"].tolist() == [41.0]
    with pytest.raises(MlflowException, match=r"^a = -1\.0: must be 0 or more$"):
        model.predict(pd.DataFrame({"a": [-1.0]}))
    with pytest.raises(MlflowException, match=r"missing inputs \['a'\]"):
        model.predict(pd.DataFrame({"b": [1.0]}))
    assert model.metadata.metadata == {"by": "hand", "targets": [{"name": "sum", "unit": "1"}]}
    assert model.metadata.get_output_schema().input_names() == ["a", "sum"]
    pd.testing.assert_frame_equal(model.input_example, TABLE)
    names = [line.partition("==")[0] for line in (folder / "requirements.txt").read_text().splitlines()]
    assert names == ["mlflow", "numpy", "pandas"]
    assert (folder / "code" / "toy_predictor.py").exists()


def test_it_holds_sources_and_nothing_compiled_or_pickled(stored):
    *_, folder = stored
    suffixes = {path.suffix for path in (folder / "code").rglob("*") if path.is_file()}
    assert {".py", ".jinja"} <= suffixes <= {".py", ".typed", ".jinja", ".js", ".css"}
    assert not list(folder.rglob("*.pkl"))
    assert not list(folder.rglob("__pycache__"))


def test_one_that_lacks_a_file_is_not_whole(stored):
    tracker, run_id, uri, folder = stored
    assert tracker.find_logged(run_id).model_uri == uri
    tags = tracker.client.get_logged_model(uri.removeprefix("models:/")).tags
    assert json.loads(tags[FILES]) == ["data/predictor/predictor.json", "data/predictor/deep/number.txt"]
    (folder / "data" / "predictor" / "deep" / "number.txt").unlink()
    assert tracker.find_logged(run_id) is None


def test_a_predictor_without_a_network_is_no_keras_model(stored):
    tracker, _, uri, _ = stored
    with pytest.raises(DataFileError, match="holds no Keras model"):
        tracker.load_model(uri)


def test_one_that_cannot_predict_its_example_is_not_stored(root, predictor):
    (predictor.files / "deep" / "number.txt").write_text("forty")
    with Tracker(root, "study") as tracker:
        with pytest.raises(ValueError, match="forty"), tracker.run("adder") as run:
            run.log_predictor(predictor, name="adder")
        (logged,) = tracker.client.search_logged_models([tracker.experiment_id])
    assert logged.status == "FAILED"


def test_code_that_is_not_there_is_one_line(root, predictor):
    nowhere = Predictor(predictor.loader, predictor.files, predictor.columns, TABLE, (), ("nowhere_at_all",))
    refused = pytest.raises(InvalidInputError, match="code = nowhere_at_all")
    with Tracker(root, "study") as tracker, refused, tracker.run("adder") as run:
        run.log_predictor(nowhere, name="adder")
