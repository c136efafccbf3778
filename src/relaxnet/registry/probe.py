"""Whether a registered model can be used by someone who has nothing but the registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from relaxnet.core.errors import TrackingError
from relaxnet.tracking.uri import redacted

_SCRIPT = Path(__file__).with_name("_probe_script.py")
TIMEOUT_S = 300.0


@dataclass(frozen=True)
class Probe:
    """What a fresh process found: why the model cannot be used, or rows, latency and size."""

    error: str = ""
    rows: int = 0
    latency_ms: float = 0.0
    size_mb: float = 0.0


def probe(tracking_uri: str, model_uri: str, timeout_s: float = TIMEOUT_S) -> Probe:
    """Load ``models:/<name>/<version>`` in a process of its own, in an empty folder, and predict its example.

    Raises
    ------
    TrackingError
        If it is the store that fails, not the model.
    """
    # -I: neither the folder nor PYTHONPATH gives it modules
    command = [sys.executable, "-I", str(_SCRIPT), model_uri]
    # the address may hold a password, which a command line would show to all
    environment = {**os.environ, "MLFLOW_TRACKING_URI": tracking_uri}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False,
                errors="replace", stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Probe(error=f"no answer within {timeout_s:g} s")
    try:
        found = json.loads(done.stdout.splitlines()[-1])
        if "unreachable" in found:
            raise TrackingError(f"MLflow store {redacted(tracking_uri)}: cannot read {model_uri} ({_line(found)})")
        return Probe(error=_line(found)) if "error" in found else Probe(**found)
    except (ValueError, IndexError, TypeError):
        return Probe(error=f"the process ended with status {done.returncode} and no answer")


def _line(found: dict[str, str]) -> str:
    """What failed, without credentials."""
    return redacted(next(iter(found.values())))[:240]
