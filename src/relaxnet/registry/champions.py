"""Which version of a registered model is used: the aliases ``champion`` and ``previous``, and how they move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import InvalidInputError, TrackingError
from relaxnet.tracking.uri import one_line

from .lock import SUFFIX
from .register import Registered

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from relaxnet.tracking.tracker import Tracker

    from .lock import StillHeld

CHAMPION, PREVIOUS = "champion", "previous"
STUDY = "study"  # tag of a version


@dataclass(frozen=True)
class Entry:
    """A registered model: its versions by number, the newest first, and the version of each alias."""

    name: str
    versions: Mapping[str, Registered]
    aliases: Mapping[str, str]

    def by_alias(self, alias: str) -> Registered | None:
        """Version that carries an alias."""
        number = self.aliases.get(alias)
        return self.versions.get(number) if number else None

    def aliases_of(self, version: str) -> list[str]:
        """Aliases that a version carries."""
        return sorted(alias for alias, number in self.aliases.items() if number == version)


def entries(tracker: Tracker, study: str) -> list[Entry]:
    """All registered models with a version of the study, by name."""
    with tracker.calls("list the registered models") as client:
        names, token = list[str](), None
        while True:
            page = client.search_registered_models(page_token=token)
            names += [str(model.name) for model in page if not str(model.name).endswith(SUFFIX)]
            token = page.token
            if not token:
                break
        found = [_entry(client, name) for name in sorted(names)]
    return [entry for entry in found if any(v.tags.get(STUDY) == study for v in entry.versions.values())]


def find_entry(tracker: Tracker, name: str) -> Entry:
    """A registered model; an `InvalidInputError` if there is none of the name."""
    with tracker.calls(f"find the model {name}") as client:
        # MLflow's filter has no way to escape a quote
        if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise InvalidInputError("model", name, "made of letters, digits, '_', '.' and '-'")
        if not client.search_registered_models(f"name = '{name}'"):
            raise InvalidInputError("model", name, "in the registry: the stage register puts it there")
        return _entry(client, name)


def _entry(client: MlflowClient, name: str) -> Entry:
    versions = client.search_model_versions(f"name = '{name}'", max_results=10_000)
    versions = sorted(versions, key=lambda version: int(version.version), reverse=True)
    aliases = {str(alias): str(number) for alias, number in client.get_registered_model(name).aliases.items()}
    return Entry(name, {str(version.version): _registered(version) for version in versions}, aliases)


def _registered(version: Any) -> Registered:
    tags = {str(key): str(value) for key, value in version.tags.items()}
    label = tags.get("candidate", "")
    return Registered(version.name, str(version.version), "", label, str(version.run_id), str(version.source), tags)


def chosen_version(entry: Entry, version: str | None, alias: str) -> Registered:
    """Version by its number, or else by an alias.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    if version is not None:
        if version not in entry.versions:
            raise InvalidInputError(
                "version", version, f"one of {', '.join(entry.versions) or '(none)'} of {entry.name}"
            )
        return entry.versions[version]
    found = entry.by_alias(alias)
    if found is None:
        there = ", ".join(sorted(entry.aliases)) or "it has none"
        first = "; the first `relaxnet promote` makes one" if alias == CHAMPION else ""
        raise InvalidInputError("alias", alias, f"an alias of {entry.name} ({there}){first}")
    return found


def make_champion(tracker: Tracker, entry: Entry, version: str, still_held: StillHeld) -> None:
    """Give a version the alias ``champion``; the one that had it, if any, becomes ``previous``.

    Raises
    ------
    TrackingError
        If an alias has changed since the entry was read, the lock is lost, or the store refuses: nothing is changed
        then, or else the message says what is.
    """
    still_held()
    with tracker.calls(f"make version {version} the champion of {entry.name}") as client:
        before = {alias: entry.aliases.get(alias) for alias in (CHAMPION, PREVIOUS)}
        now = _entry(client, entry.name).aliases
        for alias, number in before.items():
            if now.get(alias) != number:
                raise TrackingError(f"{entry.name}: {alias} has changed meanwhile; nothing is changed here")
        try:
            if before[CHAMPION]:
                client.set_registered_model_alias(entry.name, PREVIOUS, before[CHAMPION])
            client.set_registered_model_alias(entry.name, CHAMPION, version)
        except BaseException:
            _restore(client, entry.name, before)
            raise


def _restore(client: MlflowClient, name: str, before: Mapping[str, str | None]) -> None:
    """Put aliases back, after one could not be moved."""
    try:
        for alias, number in before.items():
            if number:
                client.set_registered_model_alias(name, alias, number)
            else:
                client.delete_registered_model_alias(name, alias)
    except Exception as error:  # of MLflow, its transports or the database: the store is failing
        were = ", ".join(f"{alias} {number or '(none)'}" for alias, number in before.items())
        raise TrackingError(
            f"{name}: the store failed while aliases were moved, and they could not be put back; they were {were} "
            f"({one_line(error)})"
        ) from error


def versions_to_swap(entry: Entry) -> tuple[Registered, Registered]:
    """Champion and previous champion, which are to change places.

    Raises
    ------
    InvalidInputError
        If one of them is missing, or both are the same version.
    """
    champion, previous = (chosen_version(entry, None, alias) for alias in (CHAMPION, PREVIOUS))
    if champion.version == previous.version:
        raise InvalidInputError("alias", PREVIOUS, f"another version than the champion of {entry.name}")
    return champion, previous


def lines(entry: Entry) -> Iterator[tuple[str, Registered]]:
    """Aliases with their versions: champion, previous, then the others."""
    order = (CHAMPION, PREVIOUS)
    for alias in sorted(entry.aliases, key=lambda alias: (order.index(alias) if alias in order else len(order), alias)):
        found = entry.by_alias(alias)
        if found:
            yield alias, found
