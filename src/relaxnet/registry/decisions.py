"""Decisions on promotions, kept as runs of the study's experiment: who, when, what the gates found, what was done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .gates import Gate
from .lock import who

if TYPE_CHECKING:
    from relaxnet.tracking.tracker import Tracker

KIND = "decision"
UNFINISHED = "unfinished"
_GATES_LENGTH = 7500  # MLflow takes 8000 characters


@dataclass(frozen=True)
class Decision:
    """What was decided about a version; ``before`` is the champion's version until then, empty if there was none."""

    action: str  # promote, rollback
    model: str
    version: str
    label: str
    before: str
    outcome: str  # promoted, refused, forced, rolled back, unfinished; dry run, which is not kept
    reason: str = ""
    who: str = ""
    at: str = ""
    gates: tuple[Gate, ...] = ()
    run_id: str = ""


class Record:
    """A decision under way: its run, and the outcome that it will have."""

    def __init__(self, run: Any, decision: Decision) -> None:
        self._run, self.decision = run, decision

    def judged(self, gates: Sequence[Gate]) -> None:
        """Write down what the gates found, before anything is changed."""
        self.decision = replace(self.decision, gates=tuple(gates))
        figures = {f"gate.{name}": value for gate in gates for name, value in gate.figures.items()}
        self._run.log_metrics(figures)
        self._write()

    def conclude(self, outcome: str) -> Decision:
        """Say what became of it."""
        self.decision = replace(self.decision, outcome=outcome)
        self._write()
        return self.decision

    def _write(self) -> None:
        self._run.set_tags(_tags(self.decision))
        self._run.describe(_note(self.decision))


@contextmanager
def recorded(tracker: Tracker, decision: Decision) -> Iterator[Record]:
    """Open a run for a decision; until it is concluded, the run says that it is unfinished."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    begun = replace(decision, who=who(), at=now, outcome=UNFINISHED)
    name = f"{decision.action} {decision.model} version {decision.version}"
    with tracker.run(name, tags={"kind": KIND, **_tags(begun)}) as run:
        yield Record(run, replace(begun, run_id=run.run_id))


def decisions(tracker: Tracker) -> list[Decision]:
    """All decisions of the tracker's experiment, the newest first."""
    with tracker.calls("read the decisions") as client:
        runs, token = [], None
        while True:
            page = client.search_runs([tracker.experiment_id], f"tags.kind = '{KIND}'", page_token=token)
            runs.extend(page)
            token = page.token
            if not token:
                return [_read(run) for run in runs]


def _tags(decision: Decision) -> dict[str, str]:
    values = asdict(decision)
    gates, _ = values.pop("gates"), values.pop("run_id")
    tags = {f"{KIND}.{key}": str(value) for key, value in values.items()}
    if gates:
        tags[f"{KIND}.gates"] = _short(gates)
    return tags


def _short(gates: Sequence[dict[str, Any]]) -> str:
    """JSON of the gates without their figures, which are metrics, cut to what a tag may hold."""
    plain = [{key: value for key, value in gate.items() if key != "figures"} for gate in gates]
    limit = 400
    while len(text := json.dumps(plain, ensure_ascii=False)) > _GATES_LENGTH and limit > 20:
        limit //= 2
        plain = [{**gate, "found": gate["found"][:limit], "allowed": gate["allowed"][:limit]} for gate in plain]
    return text


def _read(run: Any) -> Decision:
    tags = run.data.tags
    fields = [name for name in Decision.__dataclass_fields__ if name not in ("gates", "run_id")]
    try:
        gates = tuple(Gate(**gate) for gate in json.loads(tags.get(f"{KIND}.gates", "[]")))
    except (ValueError, TypeError):  # edited by hand
        gates = ()
    return Decision(**{name: tags.get(f"{KIND}.{name}", "") for name in fields}, gates=gates, run_id=run.info.run_id)


def _note(decision: Decision) -> str:
    rows = [
        f"| {gate.name} | {'passed' if gate.passed else '**refused**'} | {gate.found} | {gate.allowed} |"
        for gate in decision.gates
    ]
    table = ["| gate | verdict | found | allowed |", "|---|---|---|---|", *rows] if rows else []
    reason = f" Reason: {decision.reason}" if decision.reason else ""
    before = decision.before or "none"
    head = f"**{decision.outcome}** by {decision.who}, {decision.at}; champion before: {before}.{reason}"
    return "\n".join([head, "", *table])
