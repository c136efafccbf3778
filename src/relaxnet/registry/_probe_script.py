"""Load a registered model and ask it for estimates of its example.

It is run by its path and imports nothing of relaxnet itself: a model that brings its code is run by that code.  It
prints one line of JSON: ``{"rows", "latency_ms", "size_mb"}``, or ``{"error"}``, or ``{"unreachable"}`` if it is the
store that fails.
"""

import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

REPEATS = 5


def main(model_uri: str) -> None:
    """Do it and print."""
    warnings.simplefilter("ignore")
    try:
        print(json.dumps(probe(model_uri)))
    except BaseException as error:  # whatever a stored model may raise
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = f"{type(error).__name__}: {lines[0] if lines else '(no message)'}"
        kind = "unreachable" if isinstance(error, OSError) or "API request to" in text else "error"
        if isinstance(error, OSError) and getattr(error, "errno", None):  # a file of the model, not the network
            kind = "error"
        print(json.dumps({kind: text}))


def probe(model_uri: str) -> dict[str, float]:
    """Facts of a model in the store at ``MLFLOW_TRACKING_URI``."""
    import mlflow
    import numpy as np

    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    with tempfile.TemporaryDirectory() as folder:
        place = mlflow.artifacts.download_artifacts(artifact_uri=model_uri, dst_path=folder)
        size = sum(path.stat().st_size for path in Path(place).rglob("*") if path.is_file())
        model = mlflow.pyfunc.load_model(place)
        example = mlflow.models.Model.load(place).load_input_example(place)
        if example is None:
            raise ValueError("it has no example to predict")
        found, times = model.predict(example), []
        for _ in range(REPEATS):
            started = time.perf_counter()
            found = model.predict(example)
            times.append(time.perf_counter() - started)
    tables = found if isinstance(found, dict) else {"": found}
    for table in tables.values():
        values = np.asarray(table.select_dtypes("number") if hasattr(table, "select_dtypes") else table, dtype=float)
        if not values.size or not np.isfinite(values).all():
            raise ValueError("not all estimates for its example are finite numbers")
    rows = len(next(iter(tables.values())))
    return {"rows": rows, "latency_ms": 1e3 * statistics.median(times), "size_mb": size / 1e6}


if __name__ == "__main__":
    main(*sys.argv[1:])
