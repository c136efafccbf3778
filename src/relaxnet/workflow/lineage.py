"""Where a registered model came from, and how to make it again; where the registry is not as the workspace says."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relaxnet.registry.champions import CHAMPION, chosen_version, entries, find_entry
from relaxnet.registry.decisions import decisions
from relaxnet.tracking.lineage import branches_with

from .experiment import open_experiment
from .promote import check_origin, registered_name
from .records import made_by, read_registered, stage_command
from .study import training_stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relaxnet.registry.champions import Entry
    from relaxnet.registry.decisions import Decision

    from .params import StudyParams
    from .project import Project
    from .study import Study


@dataclass(frozen=True)
class ModelLineage:
    """All that leads back from a version.

    ``tags`` are those of the version, ``params`` those of its run; ``commands`` make the model again.
    """

    name: str
    version: str
    label: str
    aliases: list[str]
    run_url: str
    tags: dict[str, str]
    params: dict[str, str]
    branches: list[str]
    decisions: list[Decision]
    commands: list[str]


def lineage(
    study: Study[Any], project: Project, params: StudyParams, model: str, *, version: str | None = None, alias: str = ""
) -> ModelLineage:
    """Lineage of a version, by default of the champion.

    Raises
    ------
    InvalidInputError
        If there is no such model, version or alias, or the version is of another study or has no lineage.
    TrackingError
        If there is no experiment of the study, or the store refuses.
    """
    with open_experiment(study, project, params, existing=True) as tracker:
        entry = find_entry(tracker, registered_name(params, model))
        found = chosen_version(entry, version, alias or CHAMPION)
        check_origin(study, entry, found)
        with tracker.calls(f"read the run of {entry.name} version {found.version}") as client:
            logged = {str(key): str(value) for key, value in client.get_run(found.run_id).data.params.items()}
        commit, number = found.tags["git.commit"].removesuffix("-dirty"), found.version
        return ModelLineage(
            name=entry.name,
            version=found.version,
            label=found.label,
            aliases=entry.aliases_of(found.version),
            run_url=tracker.run_url(found.run_id),
            tags=found.tags,
            params=logged,
            branches=branches_with(project.folder, commit),
            decisions=[
                made
                for made in decisions(tracker)
                if made.model == entry.name and number in (made.version, made.before)
            ],
            commands=[
                f"git clone {shlex.quote(str(project.folder))} rebuilt && cd rebuilt && git checkout --quiet {commit}",
                stage_command(project, *training_stage(study, found.label), options=""),
            ],
        )


def registry_entries(study: Study[Any], project: Project, params: StudyParams) -> list[Entry]:
    """All registered models of the study."""
    with open_experiment(study, project, params, existing=True) as tracker:
        return entries(tracker, study.name)


def differences(project: Project, found: list[Entry]) -> list[str]:
    """Where aliases are not as ``registered.json`` says, one sentence each."""
    if not project.registered.exists():
        return []
    with made_by(project, "register"):
        recorded = read_registered(project.registered)
    by_name: Mapping[str, Entry] = {entry.name: entry for entry in found}
    mend = stage_command(project, "register")
    lines = []
    for best in recorded.values():
        entry = by_name.get(best.name)
        number = entry.aliases.get(best.alias) if entry else None
        known = entry.versions.get(best.version) if entry else None
        if number != best.version or known is None or known.run_id != best.run_id:
            place = f"version {number}" if number else "no version"
            lines.append(
                f"{best.name}: {place} is {best.alias}, but {project.registered} says version {best.version} (model "
                f"{best.model}); to register what is there: {mend}"
            )
    return lines
