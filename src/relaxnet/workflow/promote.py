"""Promotion: a registered version becomes champion if it passes all gates, or is put back where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError, InvalidInputError, RefusedError, TrackingError
from relaxnet.core.notices import notice
from relaxnet.registry.champions import (
    CHAMPION,
    STUDY,
    chosen_version,
    entries,
    find_entry,
    make_champion,
    versions_to_swap,
)
from relaxnet.registry.decisions import Decision, decisions, recorded
from relaxnet.registry.gates import Gate, committed, compared, probed, validated
from relaxnet.registry.lock import sole_promoter
from relaxnet.registry.probe import probe
from relaxnet.reporting.registry import write_registry
from relaxnet.tracking.lineage import branches_with

from .experiment import open_experiment
from .judged import fetch_judged

if TYPE_CHECKING:
    from relaxnet.registry.champions import Entry
    from relaxnet.registry.register import Registered
    from relaxnet.tracking.tracker import Tracker

    from .params import StudyParams
    from .project import Project
    from .study import Study

LINEAGE = ("git.commit", "data.md5", "validation.md5", "run_id")


def registered_name(params: StudyParams, model: str) -> str:
    """Name in the registry, of a question or of itself."""
    beginning = f"{params.register_.name}-"
    return model if model.startswith(beginning) else f"{beginning}{model}"


def promote(
    study: Study[Any],
    project: Project,
    params: StudyParams,
    model: str,
    *,
    version: str | None = None,
    dry_run: bool = False,
    reason: str = "",
) -> Decision:
    """Make a version the champion of its question, if all gates of ``params.promote`` let it pass.

    Parameters
    ----------
    model : str
        The question, or the name in the registry.
    version : str, optional
        By default the one that carries the alias of ``params.register``, the challenger.
    dry_run : bool
        Only ask the gates: nothing is changed or recorded.
    reason : str
        Why it is promoted though gates refuse; empty if they are to be obeyed.

    Raises
    ------
    InvalidInputError
        If there is no such model, version or alias; if the version is of another study, has no lineage, or is the
        champion already.
    RefusedError
        If a gate refuses; the decision is recorded before.
    TrackingError
        If another process is at it, or the store refuses.
    """
    name = registered_name(params, model)
    with open_experiment(study, project, params, existing=True) as tracker:
        find_entry(tracker, name)  # a lock for a name that does not exist would be of no use
        with nullcontext() if dry_run else sole_promoter(tracker, name) as still_held:
            entry = find_entry(tracker, name)
            challenger = chosen_version(entry, version, params.register_.alias)
            check_origin(study, entry, challenger)
            if challenger.version == entry.aliases.get(CHAMPION):
                allowed = f"another than the champion of {name}, which it is"
                raise InvalidInputError("version", challenger.version, allowed)
            champion = entry.by_alias(CHAMPION)
            before = champion.version if champion else ""
            decision = Decision("promote", name, challenger.version, challenger.label, before, "", reason)
            if still_held is None:
                gates = tuple(_gates(project, params, tracker, entry, challenger))
                return replace(decision, outcome="dry run", gates=gates)
            with recorded(tracker, decision) as record:
                gates = tuple(_gates(project, params, tracker, entry, challenger))
                refusing = [gate for gate in gates if not gate.passed]
                record.judged(gates)
                if refusing and not reason:
                    decision = record.conclude("refused")
                else:
                    make_champion(tracker, entry, challenger.version, still_held)
                    decision = record.conclude("forced" if refusing else "promoted")
        _write_page(study, project, tracker)
    if decision.outcome == "refused":
        why = "; ".join(gate.refusal for gate in refusing)
        raise RefusedError(f"{name} version {challenger.version} ({challenger.label}) is not promoted; {why}")
    return decision


def roll_back(study: Study[Any], project: Project, params: StudyParams, model: str, *, reason: str = "") -> Decision:
    """Let champion and previous champion change places; ``model`` as for `promote`.

    Raises
    ------
    InvalidInputError
        If there is no such model, one of the two is missing, or one is of another study or has no lineage.
    TrackingError
        If another process is at it, or the store refuses.
    """
    name = registered_name(params, model)
    with open_experiment(study, project, params, existing=True) as tracker:
        find_entry(tracker, name)
        with sole_promoter(tracker, name) as still_held:
            entry = find_entry(tracker, name)
            champion, previous = versions_to_swap(entry)
            check_origin(study, entry, previous)
            decision = Decision("rollback", name, previous.version, previous.label, champion.version, "", reason)
            with recorded(tracker, decision) as record:
                make_champion(tracker, entry, previous.version, still_held)
                decision = record.conclude("rolled back")
        _write_page(study, project, tracker)
    return decision


def check_origin(study: Study[Any], entry: Entry, version: Registered) -> None:
    """Raise `InvalidInputError` for a version of another study, or one that nothing leads back from."""
    place, tags = f"{entry.name} version {version.version}", version.tags
    if tags.get(STUDY) != study.name:
        raise InvalidInputError("model", place, f"of the study {study.name}, not of {tags.get(STUDY, 'none')}")
    missing = [tag for tag in LINEAGE if not tags.get(tag)]
    if missing:
        raise InvalidInputError("model", place, f"of known lineage: its tags lack {', '.join(missing)}")


def _gates(
    project: Project, params: StudyParams, tracker: Tracker, entry: Entry, challenger: Registered
) -> Iterator[Gate]:
    try:
        evidence, reports = fetch_judged(tracker, challenger)
    except DataFileError as error:
        raise DataFileError(f"{entry.name} version {challenger.version}: {error}; run the stage register") from None
    champion, theirs = entry.by_alias(CHAMPION), None
    if champion:
        try:
            theirs, _ = fetch_judged(tracker, champion)
        except DataFileError as error:
            yield Gate("same test set", False, f"of the champion, {error}", "the same for challenger and champion")
    if theirs or not champion:
        yield from compared(evidence, theirs, params.promote)
    yield validated(reports, challenger.tags["validation.md5"])
    commit = challenger.tags["git.commit"]
    yield committed(commit, branches_with(project.folder, commit.removesuffix("-dirty")))
    yield from probed(probe(tracker.uri, f"models:/{entry.name}/{challenger.version}"), params.promote)


def _write_page(study: Study[Any], project: Project, tracker: Tracker) -> None:
    """Show the decision on the page; what is decided stands, whether or not that can be done."""
    file = project.reports / "registry" / "index.html"
    try:
        write_registry(study.name, entries(tracker, study.name), decisions(tracker), file, tracker.run_url)
    except (TrackingError, DataFileError) as error:
        notice(f"the decision is made, but the page of the registry is not renewed ({error})")
