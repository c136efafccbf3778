"""Load a registered model and ask it for estimates of its example.

It is run by its path, in a process that imports no relaxnet but the one that the model brings.  It prints
one line of JSON: ``{"rows", "latency_ms", "size_mb"}`` or ``{"error"}``.
"""

import json
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

REPEATS = 5


def main(tracking_uri: str, model_uri: str) -> None:
    """Do it and print."""
    warnings.simplefilter("ignore")
    try:
        print(json.dumps(probe(tracking_uri, model_uri)))
    except BaseException as error:  # whatever a stored model may raise
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        print(json.dumps({"error": f"{type(error).__name__}: {lines[0] if lines else '(no message)'}"}))


def probe(tracking_uri: str, model_uri: str) -> dict[str, float]:
    """Facts of a model."""
    import mlflow
    import numpy as np

    mlflow.set_tracking_uri(tracking_uri)
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
        values = table.select_dtypes("number") if hasattr(table, "select_dtypes") else np.asarray(table)
        if not np.isfinite(np.asarray(values, dtype=float)).all():
            raise ValueError("not all estimates for its example are finite")
    return {"rows": len(found), "latency_ms": 1e3 * statistics.median(times), "size_mb": size / 1e6}


if __name__ == "__main__":
    main(*sys.argv[1:])
