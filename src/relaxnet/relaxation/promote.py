"""Stage *register*: the best of the trained models becomes a version in the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..config import Params
from ..files import read_json, write_json
from ..registry import Candidate, register_best
from ..tracking import Tracker
from .runs import EXPERIMENT, Paths


def relative_error(metrics: dict[str, Any]) -> float:
    """Score of a candidate: mean over the targets of test RMSE / RMSE of the training mean; lower is better."""
    targets = metrics["targets"].values()
    return float(np.mean([target["rmse"] / target["baseline_rmse"] for target in targets]))


def register(params: Params, paths: Paths, output: Path) -> None:
    """Register the best candidate under ``register.alias`` and write ``output`` (JSON)."""
    candidates = []
    for name in params.models:
        metrics = read_json(paths.evaluation / name / "metrics.json")
        run = read_json(paths.models / name / "run.json")
        lineage = {
            **run["lineage"],
            "subset": metrics["subset"],
            "architecture": metrics["architecture"],
            "profile": params.profile,
        }
        candidates.append(Candidate(run["run_id"], run["model_uri"], relative_error(metrics), name, lineage))
    scores = {candidate.label: round(candidate.score, 6) for candidate in candidates}
    with Tracker(paths.root, EXPERIMENT, profile=params.profile) as tracker:
        registered = register_best(
            tracker,
            name=params.register_.name,
            alias=params.register_.alias,
            candidates=candidates,
            metric="mean relative RMSE",
            description="MCNN that estimates ln A, dh (J/mol), x and beta from six heating scans.",
        )
    best = min(scores, key=lambda name: scores[name])
    write_json(
        output,
        {
            "name": registered.name,
            "version": registered.version,
            "alias": registered.alias,
            "model": best,
            "run_id": registered.run_id,
            "model_uri": registered.model_uri,
            "scores": scores,
        },
    )
