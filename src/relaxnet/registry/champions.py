"""Which version of a registered model is used: the aliases ``champion`` and ``previous``, and how they move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relaxnet.core.errors import InvalidInputError, TrackingError

from .lock import SUFFIX
from .register import Registered

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from relaxnet.tracking.tracker import Tracker

    from .lock import StillHeld

CHAMPION, PREVIOUS = "champion", "previous"


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


def entries(tracker: Tracker, beginning: str) -> list[Entry]:
    """All registered models whose names begin so, by name; locks are none."""
    with tracker.calls("list the registered models") as client:
        found = client.search_registered_models(f"name LIKE '{beginning}%'", max_results=1000)
        names = sorted(str(model.name) for model in found)
        return [_entry(client, name) for name in names if name.startswith(beginning) and not name.endswith(SUFFIX)]


def find_entry(tracker: Tracker, name: str) -> Entry:
    """A registered model; an `InvalidInputError` if there is none of the name."""
    with tracker.calls(f"find the model {name}") as client:
        # in quotes that MLflow's filter cannot escape: a name is checked before
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
        raise InvalidInputError("alias", alias, f"an alias of {entry.name} ({there})")
    return found


def make_champion(tracker: Tracker, entry: Entry, version: str, still_held: StillHeld) -> None:
    """Give a version the alias ``champion``; the one that had it becomes ``previous``.

    Raises
    ------
    TrackingError
        If the champion has changed meanwhile, the lock is lost, or the store refuses.
    """
    still_held()
    before = entry.aliases.get(CHAMPION)
    with tracker.calls(f"make version {version} the champion of {entry.name}") as client:
        now = client.get_registered_model(entry.name).aliases.get(CHAMPION)
        if (str(now) if now else None) != before:
            raise TrackingError(f"{entry.name}: version {now} has become champion meanwhile; nothing is changed here")
        # in this order: wherever it is cut off, the champion is one of the two and the former one is not lost
        if before:
            client.set_registered_model_alias(entry.name, PREVIOUS, before)
        client.set_registered_model_alias(entry.name, CHAMPION, version)


def swap_back(tracker: Tracker, entry: Entry, still_held: StillHeld) -> tuple[Registered, Registered]:
    """Let ``champion`` and ``previous`` change places, and return the new and the former champion.

    Raises
    ------
    InvalidInputError
        If one of them is missing, or both are the same version.
    TrackingError
        If the lock is lost, or the store refuses.
    """
    champion, previous = (chosen_version(entry, None, alias) for alias in (CHAMPION, PREVIOUS))
    if champion.version == previous.version:
        raise InvalidInputError("alias", PREVIOUS, f"another version than the champion of {entry.name}")
    still_held()
    with tracker.calls(f"roll back {entry.name}") as client:
        client.set_registered_model_alias(entry.name, CHAMPION, previous.version)
        client.set_registered_model_alias(entry.name, PREVIOUS, champion.version)
    return previous, champion


def lines(entry: Entry) -> Iterator[tuple[str, Registered]]:
    """Aliases with their versions, the champion first."""
    order = (CHAMPION, PREVIOUS)
    for alias in sorted(entry.aliases, key=lambda alias: (order.index(alias) if alias in order else -1, alias)):
        found = entry.by_alias(alias)
        if found:
            yield alias, found
