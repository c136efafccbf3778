"""Stage *compare*: the page over all evaluated models of this study."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from relaxnet.reporting.comparison import read_history, write_comparison
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
from relaxnet.studies.relaxation.report import STUDY


def compare(folder: Path, output: Path, models: Sequence[str] | None = None, memory: Path | None = None) -> Path:
    """Compare models of a project.

    Parameters
    ----------
    folder : Path
        Of the project.
    output : Path
        Of the page.
    models : sequence of str, optional
        By default those of the params that are evaluated, or all without params.  Without the model that estimated
        the real materials, these are left out.
    memory : Path, optional
        Keeps the last comparisons: the page says what changed.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InvalidInputError
        If a model is not evaluated.
    DataFileError
        If an evaluation is missing, damaged or of another version, or ``output`` cannot be written.
    """
    evaluation = folder / "reports" / "evaluation"
    evaluated = sorted(path.parent.name for path in evaluation.glob("*/metrics.json"))
    if not evaluated:
        raise DataFileError(f"{evaluation}: no evaluation found: run `make repro` first")
    names = list(models) if models else _named_in_params(evaluated, folder / PARAMS_FILE)
    for name in names:
        if name not in evaluated:
            raise InvalidInputError("models", name, f"one of {', '.join(evaluated)}")
    study = STUDY
    if study.external and (study.external.model not in names or not (evaluation / study.external.file).exists()):
        study = dataclasses.replace(study, external=None)
    histories = {name: folder / "models" / name / "history.csv" for name in names}
    write_comparison(
        evaluation,
        output,
        study=study,
        models=names,
        histories={name: read_history(path) for name, path in histories.items() if path.exists()},
        memory=memory,
    )
    return output / "index.html"


def _named_in_params(evaluated: list[str], params: Path) -> list[str]:
    """What the stage compares, as far as it is evaluated: folders of models of the past stay out."""
    names = [name for name in load_params(params).models if name in evaluated] if params.exists() else []
    return names or evaluated
