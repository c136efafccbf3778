"""Put the best candidate under a name and an alias, with what it takes to walk back to its origin."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from relaxnet.core.errors import InvalidInputError, TrackingError
from relaxnet.tracking.tracker import Tracker

RUN_TAGS = ("git.commit", "profile", "relaxnet.version", "dvc.stage", "dvc.exp")


@dataclass(frozen=True)
class Candidate:
    """A logged model that is to become a version.

    ``lineage`` are tags of the version beyond those of the run: parameters, data hash, report and its hash.
    """

    run_id: str
    model_uri: str
    score: float
    label: str
    lineage: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """A version in the registry: where it is, what people call it, where it came from, and its lineage."""

    name: str
    version: str
    alias: str
    label: str
    run_id: str
    model_uri: str
    tags: dict[str, str]


def best_label(scores: Mapping[str, float], metric: str = "score") -> str:
    """Label of the lowest score, one that is not finite never; of equal scores the first by label.

    Raises
    ------
    InvalidInputError
        If there is no finite score.

    Examples
    --------
    >>> best_label({"b": 0.25, "a": 0.25, "c": math.nan})
    'a'
    """
    finite = {label: score for label, score in scores.items() if math.isfinite(score)}
    if not finite:
        given = f"{len(scores)} without a finite {metric}" if scores else "none"
        raise InvalidInputError("candidates", given, f"at least one logged model with a finite {metric}")
    return min(finite, key=lambda label: (finite[label], label))


def register_model(
    tracker: Tracker,
    best: Candidate,
    *,
    name: str,
    alias: str | None = "challenger",
    metric: str = "score",
    description: str = "",
) -> Registered:
    """Make a model a version of ``name`` and give it the alias, if any.

    A model that is a version already gets no second one, only the alias and its present lineage (without an alias it
    stays as it is).  ``metric``, the key
    of a tag, says what the score is; the version's text is ``description``, or else a line with label and score.

    Raises
    ------
    InvalidInputError
        If the name is not usable.
    TrackingError
        If the store refuses.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise InvalidInputError("name", name, "made of letters, digits, '_', '.' and '-'")
    with tracker.calls(f"register {best.label} as {name}") as client:
        tags = _tags(client, best, metric)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        versions = client.search_model_versions(f"name = '{name}'", max_results=10_000)
        known = [version for version in versions if version.source == best.model_uri]
        if known:
            version = max(known, key=lambda entry: int(entry.version))
            # without an alias nothing of a known version is changed, either
            for key, value in tags.items() if alias is not None else ():
                client.set_model_version_tag(name, version.version, key, value)
        else:
            version = client.create_model_version(
                name,
                best.model_uri,
                run_id=best.run_id,
                tags=tags,
                description=description or f"{best.label}: {metric} = {best.score:.6g}",
                model_id=best.model_uri.removeprefix("models:/"),
            )
        if alias is not None:
            client.set_registered_model_alias(name, alias, version.version)
    return Registered(name, str(version.version), alias or "", best.label, best.run_id, best.model_uri, tags)


def tag_version(tracker: Tracker, name: str, version: str, tags: Mapping[str, str]) -> None:
    """Set tags of a version."""
    with tracker.calls(f"tag {name} version {version}") as client:
        for key, value in tags.items():
            client.set_model_version_tag(name, version, key, value)


def _tags(client: Any, candidate: Candidate, metric: str) -> dict[str, str]:
    run = client.get_run(candidate.run_id)
    tags = {key: run.data.tags[key] for key in RUN_TAGS if key in run.data.tags}
    for entry in run.inputs.dataset_inputs if run.inputs else []:
        tags[f"data.{entry.dataset.name}"] = entry.dataset.digest
    own = {"candidate": candidate.label, "run_id": candidate.run_id, metric: repr(candidate.score)}
    return {**tags, **own, **candidate.lineage}


def resolve(tracker: Tracker, name: str, alias: str) -> Registered:
    """Version that carries the alias; a `TrackingError` if there is none."""
    with tracker.calls(f"find the model {name}@{alias}") as client:
        version = client.get_model_version_by_alias(name, alias)
    tags = {str(key): str(value) for key, value in version.tags.items()}
    label = tags.get("candidate", "")
    return Registered(name, str(version.version), alias, label, version.run_id, version.source, tags)


def load(tracker: Tracker, name: str, alias: str) -> Any:
    """Keras model that carries the alias, loaded in safe mode; import the modules of its layers before.

    If there is none it is a `TrackingError`; if what is stored is no loadable Keras model, a `DataFileError`.
    """
    source = resolve(tracker, name, alias).model_uri
    if not re.fullmatch(r"models:/m-[0-9a-zA-Z-]+", source):
        raise TrackingError(f"{name}@{alias}: not a logged model ({source}); register it with relaxnet")
    return tracker.load_model(source)
