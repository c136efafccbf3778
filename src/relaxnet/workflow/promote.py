"""Promotion: a registered version becomes champion if it passes all gates, or is put back where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import DataFileError, InvalidInputError, RefusedError
from relaxnet.registry.champions import CHAMPION, chosen_version, entries, find_entry, make_champion, swap_back
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
    with open_experiment(study, project, params) as tracker:
        name = find_entry(tracker, registered_name(params, model)).name
        with nullcontext(None) if dry_run else sole_promoter(tracker, name) as still_held:
            entry = find_entry(tracker, name)
            challenger = chosen_version(entry, version, params.register_.alias)
            _check(study, entry, challenger)
            champion = entry.by_alias(CHAMPION)
            before = champion.version if champion else ""
            decision = Decision("promote", name, challenger.version, challenger.label, before, "", reason)
            if still_held is None:
                gates = tuple(_gates(project, params, tracker, entry, challenger))
                return Decision(**{**vars(decision), "outcome": "dry run", "gates": gates})
            with recorded(tracker, decision) as record:
                gates = tuple(_gates(project, params, tracker, entry, challenger))
                refusing = [gate for gate in gates if not gate.passed]
                if refusing and not reason:
                    decision = record.conclude("refused", gates)
                else:
                    make_champion(tracker, entry, challenger.version, still_held)
                    decision = record.conclude("forced" if refusing else "promoted", gates)
        _write_page(study, project, params, tracker)
    if decision.outcome == "refused":
        raise RefusedError(
            f"{name} version {challenger.version} ({challenger.label}) is not promoted; "
            + "; ".join(gate.refusal for gate in refusing)
        )
    return decision


def roll_back(study: Study[Any], project: Project, params: StudyParams, model: str, *, reason: str = "") -> Decision:
    """Let champion and previous champion change places; errors as for `promote`."""
    with open_experiment(study, project, params) as tracker:
        name = find_entry(tracker, registered_name(params, model)).name
        with sole_promoter(tracker, name) as still_held:
            entry = find_entry(tracker, name)
            champion, previous = (chosen_version(entry, None, alias) for alias in (CHAMPION, "previous"))
            decision = Decision("rollback", name, previous.version, previous.label, champion.version, "", reason)
            with recorded(tracker, decision) as record:
                swap_back(tracker, entry, still_held)
                decision = record.conclude("rolled back")
        _write_page(study, project, params, tracker)
    return decision


def _check(study: Study[Any], entry: Entry, version: Registered) -> None:
    """Refuse what cannot be promoted at all."""
    place = f"{entry.name} version {version.version}"
    if version.tags.get("study") != study.name:
        raise InvalidInputError(
            "model", place, f"of the study {study.name}, not of {version.tags.get('study', 'none')}"
        )
    missing = [tag for tag in LINEAGE if not version.tags.get(tag)]
    if missing:
        raise InvalidInputError("model", place, f"of known lineage: its tags lack {', '.join(missing)}")
    if version.version == entry.aliases.get(CHAMPION):
        raise InvalidInputError("version", version.version, f"another than the champion of {entry.name}, which it is")


def _gates(
    project: Project, params: StudyParams, tracker: Tracker, entry: Entry, challenger: Registered
) -> Iterator[Gate]:
    try:
        evidence, reports = fetch_judged(tracker, challenger.run_id)
    except DataFileError as error:
        raise DataFileError(f"{entry.name} version {challenger.version}: {error}; run the stage register") from None
    champion, theirs = entry.by_alias(CHAMPION), None
    if champion:
        try:
            theirs, _ = fetch_judged(tracker, champion.run_id)
        except DataFileError as error:
            yield Gate("same test set", False, str(error), "the same for challenger and champion")
    if theirs or not champion:
        yield from compared(evidence, theirs, params.promote)
    yield validated(reports, challenger.tags["validation.md5"])
    commit = challenger.tags["git.commit"]
    yield committed(commit, branches_with(project.folder, commit.removesuffix("-dirty")))
    yield from probed(probe(tracker.uri, f"models:/{entry.name}/{challenger.version}"), params.promote)


def _write_page(study: Study[Any], project: Project, params: StudyParams, tracker: Tracker) -> None:
    found = entries(tracker, f"{params.register_.name}-")
    write_registry(study.name, found, decisions(tracker), project.reports / "registry" / "index.html", tracker.run_url)
