"""What the page reads of an evaluated model: its metrics, its test molecules, its training, examples of its spectra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from relaxnet.core.config import parse
from relaxnet.core.files import read_json
from relaxnet.core.tables import read_frame
from relaxnet.evaluation.curves import COLUMNS
from relaxnet.reporting.comparison import History, read_history
from relaxnet.reporting.records import METRICS, MetricsRecord, metrics_record
from relaxnet.workflow.records import made_by

from ..measures import SCORES
from ..samples.targets import SPECTRUM

if TYPE_CHECKING:
    from relaxnet.reporting.spec import ReportSpec
    from relaxnet.workflow.project import Project


@dataclass(frozen=True)
class Evaluated:
    """A model: ``scores`` has a row a test molecule, ``curves`` the spectra of some of them."""

    metrics: MetricsRecord
    scores: pd.DataFrame
    history: History
    curves: pd.DataFrame

    def mean(self, column: str) -> float:
        """Mean of a score over the test molecules; NaN where one of them has none."""
        return float(self.scores[column].mean(skipna=False))


def read_evaluated(project: Project, spec: ReportSpec, name: str) -> Evaluated | None:
    """A model's evaluation; None if there is none.

    Raises
    ------
    DataFileError
        If a file of it is missing or damaged.
    """
    folder = project.evaluation / name
    if not (folder / METRICS).exists():
        return None
    with made_by(project, "evaluate", name):
        form = metrics_record(spec.samples, [column.name for column in spec.sse])
        metrics = parse(form, read_json(folder / METRICS))
        scores = read_frame(folder / "estimates.csv", [spec.sample, *SCORES])
        curves = read_frame(folder / "curves" / f"{SPECTRUM}.csv", list(COLUMNS))
    with made_by(project, "train", name):
        history = read_history(project.models / name / "history.csv")
    return Evaluated(metrics, scores, history, curves)
