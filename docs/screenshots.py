"""Screenshots of the MLflow UI for the guide, from the finished project in the current folder.

    python docs/screenshots.py

Needs a Chromium on the PATH.  Starts the UI on a free port of 127.0.0.1 and stops it again.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import DataFileError, ExecutionError

FIGURES = Path(__file__).parent / "figures"
SIZE = (1400, 950)
ASSISTANT = 490  # width of a panel at the right of every page, cut off
WAIT_S = 90.0


def main() -> None:
    """Take the pictures of docs/mlflow.md."""
    from relaxnet.tracking.tracker import Tracker
    from relaxnet.workflow.project import project_root

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise ExecutionError("no Chromium on the PATH: install one to take screenshots")
    root = project_root(Path())
    with Tracker(root, "relaxation") as tracker:
        table, charts = (tracker.view_url(charts=shown).partition("#/")[2] for shown in (False, True))
        experiment, finished = tracker.experiment_id, "tags.kind = 'train' and attributes.status = 'FINISHED'"
        runs = [run.info for run in tracker.client.search_runs([experiment], finished)]
    if not runs:
        raise DataFileError(f"{root}: holds no finished training: run `make repro` first")
    one = next((run for run in runs if run.run_name == "G"), runs[0]).run_id
    pages = {
        "mlflow-runs": table,
        "mlflow-compare": charts,
        "mlflow-run": f"experiments/{experiment}/runs/{one}",
        "mlflow-metrics": f"experiments/{experiment}/runs/{one}/model-metrics",
        "mlflow-model": "models/relaxnet-relaxation-plane",
    }
    with server(root) as address:
        for name, page in pages.items():
            image = screenshot(browser, f"{address}/#/{page}")
            image.quantize(64).save(FIGURES / f"{name}.png", optimize=True)
            print(f"docs/figures/{name}.png")


@contextmanager
def server(root: Path) -> Iterator[str]:
    """Yield the address of an MLflow UI over the project's store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", f"sqlite:///{root / 'mlruns.db'}"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=nowhere, stderr=nowhere, start_new_session=True) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(address)
            yield address
        finally:
            os.killpg(process.pid, 15)


def _wait_until_up(address: str) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise ExecutionError(f"the MLflow UI did not answer within {WAIT_S:.0f} s")


def screenshot(browser: str, address: str) -> Image.Image:
    """Picture of a page after its requests are done."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.png"
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
            f"--window-size={SIZE[0] + ASSISTANT},{SIZE[1]}", "--virtual-time-budget=25000", f"--screenshot={file}",
        ]  # fmt: skip
        subprocess.run([browser, *options, address], check=True, capture_output=True, timeout=180)
        return Image.open(io.BytesIO(file.read_bytes())).convert("RGB").crop((0, 0, *SIZE))


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
