"""Samples held out from training: the test sets that a model is judged on, and the set that it is chosen by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from relaxnet.datasets.source import Index, Source

if TYPE_CHECKING:
    from relaxnet.datasets.split import Split

    from .params import ModelConfig
    from .project import Project
    from .study import Study

TEST = "test"
"""Name of the one test set of a study that has no others: the test part of a model's own data."""


@dataclass(frozen=True)
class HeldOut:
    """A set of samples: the folder of its files, and ``open``, which lays its inputs out as a stored model has them.

    ``index`` are the samples that belong to it, all by default.
    """

    folder: Path
    open: Callable[[Mapping[str, Any]], Source]
    index: Index | None = None

    def samples(self, source: Source) -> Index:
        """Numbers of the samples in the source that was opened."""
        return np.arange(len(source.targets)) if self.index is None else self.index


@dataclass(frozen=True)
class HeldOutData:
    """What a study tells of its held-out samples; all that lies in one folder is made, judged and hashed together.

    Attributes
    ----------
    name : callable
        ``(model)`` to the name of the data, ``test/<subset>``: they are simulated and validated under it.
    sets : callable
        ``(folder)`` to the test sets by name.
    tuning : callable
        ``(folder)`` to the set that searches and the registry go by, none of the former.
    headline : tuple of str
        Names of the test sets whose errors are shown first, side by side; promotion compares models on the last.
    distorted : tuple of str
        Names of those with the distortions that samples have in use (noise, say).
    """

    name: Callable[[ModelConfig], str]
    sets: Callable[[Path], Mapping[str, HeldOut]]
    tuning: Callable[[Path], HeldOut]
    headline: tuple[str, ...]
    distorted: tuple[str, ...] = ()

    def folder(self, project: Project, model: ModelConfig) -> Path:
        """Where the data of a model lie."""
        return project.data / self.name(model)


def judged_on(
    study: Study[Any], project: Project, model: ModelConfig, source: Source, parts: Split
) -> Mapping[str, HeldOut]:
    """Test sets of a model by name; of a study without any, the test part of the model's data, ``source``."""
    if study.tests:
        return study.tests.sets(study.tests.folder(project, model))
    return {TEST: HeldOut(project.data / model.subset, lambda _layout: source, parts.test)}


def headline_sets(study: Study[Any]) -> tuple[str, ...]:
    """Names of the test sets of a study whose errors are shown first."""
    return study.tests.headline if study.tests else (TEST,)


def chosen_by(study: Study[Any], project: Project, model: ModelConfig, source: Source, parts: Split) -> HeldOut:
    """Set that searches and the registry go by; of a study without one, the validation part of the model's data."""
    if study.tests:
        return study.tests.tuning(study.tests.folder(project, model))
    return HeldOut(project.data / model.subset, lambda _layout: source, parts.validation)
