"""What the workflow must be told of a study, and how a study is found by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.datasets.source import Augment, Index, Source, Stream
from relaxnet.datasets.targets import Targets
from relaxnet.reporting.spec import ReportSpec

from .params import ModelConfig, ParamsType
from .project import Project, check_name

if TYPE_CHECKING:
    import pandas as pd

    from relaxnet.datasets.validation import ValidationReport
    from relaxnet.reporting.records import FitRecord

    from .heldout import HeldOutData
    from .measure import Tested
    from .packing import Packing
    from .recipe import Recipe

GROUP = "relaxnet.studies"


class OpenSource(Protocol):
    """Opens a dataset as a source of samples."""

    def __call__(self, data: Path, recipe: Recipe, layout: Mapping[str, Any] | None) -> Source:
        """Inputs are laid out as in ``layout``, that of a stored model, or else anew by the recipe."""


@dataclass(frozen=True, eq=False)
class Study(Generic[ParamsType]):
    """A study: its data, its targets, its samples, its measures, its words.  Found by its name with `find_study`.

    Attributes
    ----------
    name : str
        Also of its folders in ``data``, ``models`` and ``reports``, and of its MLflow experiment.
    origin : str
        Where it is defined, as ``package.module:NAME``: worker processes find it there.
    params : type
        Class of its ``params.yaml``.
    simulate : callable
        ``(subset, params, workspace)`` to a folder with the finished dataset, which is moved to its place; unfinished
        work may wait in ``workspace``.
    validate : callable
        ``(subset, params, data)`` to a `ValidationReport`.
    targets : callable
        Targets of a model: ``(model)`` to `Targets`.  All models of a study share names, units and thresholds.
    source : callable
        Samples of a dataset, see `OpenSource`.
    report : ReportSpec
        What is measured and how it is shown.
    description : str
        Markdown of its MLflow experiment.
    model_description : str
        A sentence on its models, for the registry.
    stream : callable, optional
        ``(recipe, training, workspace)`` to samples without end, or None for a recipe that trains on stored ones;
        ``training`` are the stored samples of the training part.
    augment : callable, optional
        ``(recipe, source)`` to what changes the inputs of a training (adds noise, say), or None where nothing does.
    evaluated : callable, optional
        ``(source, index, params)`` to a mask of those samples that the evaluation does not leave out.
    measures : callable, optional
        ``(tested, params)`` to columns that its ``report`` names, one row a test sample.
    data_params : callable, optional
        ``(params)`` to what runs log on how the data were made.
    tests : HeldOutData, optional
        The sets of samples that models are judged on, and chosen by; by default the test part, and the validation part,
        of a model's own data.
    question : callable, optional
        ``(model)`` to the question that it answers: only models of one are ranked, and the registry holds the best of
        each.  By default it is the model's subset.
    fits : callable, optional
        ``(project, model)`` to the plain fits to samples of test sets, by test set.
    further : mapping, optional
        Models that a stage of the study's own trains, judges and logs, by name: the question that each answers.  The
        stage is named after the model.
    trained_by : mapping, optional
        Stage that trains a model, by the model's name, where it is not ``train``.
    headline : sequence of str, optional
        Metrics of a model's run that its MLflow experiment shows, beside the score that models are chosen by.
    files : callable, optional
        ``(params)`` to files and folders that the params name, relative to the project: what they hold decides results.
    packing : Packing, optional
        How a trained model becomes one that takes tables; without it, MLflow gets the network.
    """

    name: str
    origin: str
    params: type[ParamsType]
    simulate: Callable[[str, ParamsType, Path], Path]
    validate: Callable[[str, ParamsType, Path], ValidationReport]
    targets: Callable[[ModelConfig], Targets]
    source: OpenSource
    report: ReportSpec
    description: str = ""
    model_description: str = ""
    stream: Callable[[Recipe, Source, Path], Stream | None] | None = None
    augment: Callable[[Recipe, Source], Augment | None] | None = None
    evaluated: Callable[[Source, Index, ParamsType], NDArray[np.bool_]] | None = None
    measures: Callable[[Tested, ParamsType], pd.DataFrame] | None = None
    data_params: Callable[[ParamsType], Mapping[str, Any]] | None = None
    tests: HeldOutData | None = None
    question: Callable[[ModelConfig], str] | None = None
    fits: Callable[[Project, ModelConfig], Mapping[str, FitRecord]] | None = None
    further: Mapping[str, str] = field(default_factory=dict)
    trained_by: Mapping[str, str] = field(default_factory=dict)
    headline: Sequence[str] = ()
    files: Callable[[ParamsType], Sequence[str]] | None = None
    packing: Packing | None = None

    def __reduce__(self) -> tuple[Callable[[str], Study[Any]], tuple[str]]:
        return find_study, (self.origin,)

    def kept(self, source: Source, index: Index, params: ParamsType) -> Index:
        """Those of the samples ``index`` that the evaluation does not leave out."""
        return index[self.evaluated(source, index, params)] if self.evaluated else index

    def question_of(self, model: ModelConfig) -> str:
        """Question that a model answers: a name, also of a registered model."""
        return self.question(model) if self.question else model.subset

    def sample_modules(self) -> tuple[str, ...]:
        """Modules that decide what a network is trained on."""
        parts = (self.targets, self.source, self.stream, self.augment)
        return tuple(dict.fromkeys(getattr(part, "func", part).__module__ for part in parts if part is not None))


def installed_studies() -> dict[str, str]:
    """Where each installed study is defined, by name."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def find_study(name: str) -> Study[Any]:
    """Study by name.

    Parameters
    ----------
    name : str
        Of an installed study (entry point in the group ``relaxnet.studies``), or ``module:ATTRIBUTE`` of any other.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    installed = installed_studies()
    module, _, attribute = installed.get(name, name).partition(":")
    allowed = f"one of {', '.join(sorted(installed))}, or a Study as package.module:NAME"
    if not attribute:
        raise InvalidInputError("study", name, allowed)
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError, TypeError) as error:  # of no name, of a relative one
        raise InvalidInputError("study", name, f"{allowed} ({error})") from None
    if not isinstance(found, Study):
        raise InvalidInputError("study", name, allowed)
    check_name("study", found.name)
    return found


def training_stage(study: Study[Any], name: str) -> tuple[str, ...]:
    """Stage that trains a model, and its item if it has several."""
    return (name,) if name in study.further else (study.trained_by.get(name, "train"), name)


def evaluating(study: Study[Any], name: str) -> tuple[str, ...]:
    """Stage that evaluates a model, and its item if it has several."""
    return (name,) if name in study.further else ("evaluate", name)


def further(study: Study[Any], project: Project) -> dict[str, str]:
    """Models of the study's own stages that are there, by name, with the question that each answers."""
    return {name: q for name, q in study.further.items() if (project.evaluation / name / "metrics.json").exists()}
