"""Stage *register*: the best of the trained models becomes a version in the registry."""

import math
from typing import Any

from relaxnet.core.files import read_json, write_json
from relaxnet.registry.register import Candidate, register_best

from .experiment import open_experiment
from .params import StudyParams
from .project import Project
from .study import Study


def register(study: Study[Any], project: Project, params: StudyParams) -> None:
    """Register the best candidate under ``register.alias`` and write ``reports/<study>/registered.json``.

    The best has the lowest mean over the targets of RMSE / RMSE of the training mean, on the validation part of its own
    subset: the test part reports, it does not choose.
    """
    candidates = []
    for name in params.models:
        metrics = read_json(project.evaluation / name / "metrics.json")
        run = read_json(project.models / name / "run.json")
        lineage = {
            **run["lineage"],
            "study": study.name,
            "subset": metrics["subset"],
            "architecture": metrics["architecture"],
            "profile": params.profile,
        }
        score = metrics["validation"]["relative_rmse"]
        score = math.nan if score is None else score
        candidates.append(Candidate(run["run_id"], run["model_uri"], score, name, lineage))
    with open_experiment(study, project, params) as tracker:
        registered = register_best(
            tracker,
            name=params.register_.name,
            alias=params.register_.alias,
            candidates=candidates,
            metric="validation relative RMSE",
            description=study.model_description,
        )
    write_json(
        project.registered,
        {
            "name": registered.name,
            "version": registered.version,
            "alias": registered.alias,
            "model": registered.label,
            "run_id": registered.run_id,
            "model_uri": registered.model_uri,
            "scores": {c.label: round(c.score, 6) if math.isfinite(c.score) else None for c in candidates},
        },
    )
