"""Stage *compare*: the page over all evaluated models of a study."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.reporting.comparison import read_history, write_comparison

from .params import load_params
from .project import Project
from .records import made_by
from .study import Study, evaluating, further, training_stage


def compare(
    study: Study[Any], project: Project, output: Path | None = None, models: Sequence[str] | None = None
) -> Path:
    """Compare models of a study.

    Parameters
    ----------
    study : Study
    project : Project
    output : Path, optional
        Folder of the page; by default the study's own, whose page also says what changed since the last one.
    models : sequence of str, optional
        By default those of the params that are evaluated.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InvalidInputError
        If a model is not evaluated.
    DataFileError
        If the params or an evaluation are missing, damaged or of another version, or ``output`` cannot
        be written.
    """
    evaluated = sorted(path.parent.name for path in project.evaluation.glob("*/metrics.json"))
    if not evaluated:
        raise DataFileError(f"{project.evaluation}: no evaluation found: run `make repro` first")
    params = load_params(study.params, project.params)
    known = [*params.models, *further(study, project)]
    names = list(models or ()) or [name for name in known if name in evaluated]  # not folders of the past
    for name in names:
        if name not in evaluated:
            raise InvalidInputError("models", name, f"one of {', '.join(evaluated)}")
    spec, external = study.report, study.report.external
    if external and not (project.evaluation / external.file).exists():
        spec = dataclasses.replace(spec, external=None)
    model = next((params.models[name] for name in names if name in params.models), next(iter(params.models.values())))
    histories = {}
    for name in names:
        if (path := project.models / name / "history.csv").exists():
            with made_by(project, *training_stage(study, name)):
                histories[name] = read_history(path)
    write_comparison(
        project.evaluation,
        output or project.comparison,
        spec=spec,
        targets=study.targets(model),
        models=names,
        histories=histories,
        memory=None if output else project.workspace / "comparison.json",
        reading=lambda name: made_by(project, *evaluating(study, name)),
        own={name: study.targets(params.models[name]) for name in names if name in params.models},
    )
    return (output or project.comparison) / "index.html"
