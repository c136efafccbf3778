import keras
import numpy as np
import pytest
from tracked_runs import find_runs

from relaxnet.core.errors import DataFileError, TrackingError
from relaxnet.tracking.tracker import Tracker


@pytest.fixture
def net():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [keras.Input((5, 3)), keras.layers.Conv1D(2, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    )


CURVES = np.linspace(0, 1, 60, dtype=np.float32).reshape(4, 5, 3)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_a_model_predicts_the_same_when_read_back(root, net, monkeypatch):
    with Tracker(root, "study") as tracker:
        with tracker.run("net", params={"size": 2}) as run:
            reference = run.log_model(net, name="net", input_example=CURVES, targets={"x": "1", "energy": "J/mol"})
        (info,) = find_runs(tracker)
        ours = tracker.load_model(reference)
        logged = tracker.client.get_logged_model(reference.removeprefix("models:/"))
    assert info.model_uri == reference
    assert logged.status == "READY"
    assert logged.params == {"size": "2"}
    np.testing.assert_array_equal(ours.predict(CURVES, verbose=0), net.predict(CURVES, verbose=0))

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlruns.db")
    import mlflow

    card = mlflow.models.get_model_info(reference)
    theirs = mlflow.keras.load_model(reference)
    np.testing.assert_array_equal(theirs.predict(CURVES, verbose=0), net.predict(CURVES, verbose=0))
    assert [spec.shape for spec in card.signature.inputs.inputs] == [(-1, 5, 3)]
    assert [spec.shape for spec in card.signature.outputs.inputs] == [(-1, 2)]
    assert card.metadata["targets"] == [{"name": "x", "unit": "1"}, {"name": "energy", "unit": "J/mol"}]
    folder = root / "mlartifacts" / "models" / reference.removeprefix("models:/") / "artifacts"
    assert f"keras=={keras.__version__}" in (folder / "requirements.txt").read_text().splitlines()
    assert not list(folder.rglob("*.pkl"))


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
def test_a_damaged_model_is_one_line(root, net):
    with Tracker(root, "study") as tracker:
        with tracker.run("net") as run:
            reference = run.log_model(net, name="net", input_example=CURVES)
        (file,) = (root / "mlartifacts").rglob("model.keras")
        content = file.read_bytes()
        for damaged in (content[: len(content) // 2], b"text"):
            file.write_bytes(damaged)
            with pytest.raises(DataFileError, match="not a loadable Keras model"):
                tracker.load_model(reference)
        file.unlink()
        with pytest.raises(DataFileError, match="holds no Keras model"):
            tracker.load_model(reference)
        with pytest.raises(TrackingError, match="m-unknown"):
            tracker.load_model("models:/m-unknown")


def test_a_model_that_cannot_be_stored_is_marked_failed(root, net):
    with Tracker(root, "study") as tracker:
        with tracker.run("net") as run, pytest.raises(ValueError, match="shape"):
            run.log_model(net, name="net", input_example=CURVES[:, :, :1])
        (logged,) = tracker.client.search_logged_models([tracker.experiment_id])
    assert logged.status == "FAILED"
