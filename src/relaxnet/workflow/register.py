"""Stage *register*: the best of the trained models becomes a version in the registry."""

from __future__ import annotations

from pathlib import Path

from relaxnet.core.files import read_json, write_json
from relaxnet.studies.relaxation.params import Params
from relaxnet.registry import Candidate, register_best
from .experiment import open_experiment
from .tasks import Paths


def register(params: Params, paths: Paths, output: Path) -> None:
    """Register the best candidate under ``register.alias`` and write ``output`` (JSON).

    The best has the lowest mean over the targets of RMSE / RMSE of the training mean, on the validation part of its own
    subset: the test part reports, it does not choose.
    """
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
        candidates.append(
            Candidate(run["run_id"], run["model_uri"], metrics["validation"]["relative_rmse"], name, lineage)
        )
    scores = {candidate.label: round(candidate.score, 6) for candidate in candidates}
    with open_experiment(paths, params) as tracker:
        registered = register_best(
            tracker,
            name=params.register_.name,
            alias=params.register_.alias,
            candidates=candidates,
            metric="validation relative RMSE",
            description="Network that estimates ln A, dh (J/mol), x and beta from six heating scans.",
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
