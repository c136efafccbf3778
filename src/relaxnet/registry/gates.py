"""What a model must meet to become champion: each gate says what was found, what is allowed, and whether it passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from relaxnet.core.text import number, percent
from relaxnet.evaluation.paired import paired_difference

from .evidence import Evidence, Report
from .gate_config import GateConfig
from .probe import Probe

FEWEST = 30  # samples; with fewer the bootstrap interval is too narrow


@dataclass(frozen=True)
class Gate:
    """Outcome of one gate, in words, and in figures where it has any."""

    name: str
    passed: bool
    found: str
    allowed: str
    figures: Mapping[str, float] = field(default_factory=dict)  # by the names of MLflow metrics

    @property
    def refusal(self) -> str:
        """Why it refuses, in one line."""
        return f"{self.name}: {self.found}; must be {self.allowed}"


def compared(challenger: Evidence, champion: Evidence | None, config: GateConfig) -> Iterator[Gate]:
    """Gates on the errors: better than the champion, no target much worse, fit for use.

    Without a champion the challenger must be better than estimating the mean.
    """
    name = challenger.compared_on
    ours = challenger.sets[name]
    if champion is None:
        score = float(ours.relative().mean())
        found = f"{number(score)} of the error of estimating the mean, on {name}; there is no champion"
        yield Gate("better", score < 1, found, "below 1", {"relative_error": score})
    else:
        found = _difference_of_sets(challenger, champion)
        allowed = "the same for challenger and champion"
        yield Gate("same test set", not found, found or f"{name}, {challenger.md5[name]}", allowed)
        if not found:
            yield from _against(challenger, champion, config)
    enough = len(ours.sample) >= FEWEST
    yield Gate("size of the test set", enough, f"{len(ours.sample)} samples, of {name}", f"at least {FEWEST}")
    for distorted in challenger.distorted:
        errors = challenger.sets[distorted]
        shares = {target: errors.mean(target) / spread for target, spread in errors.spread.items() if spread > 0}
        if not shares:
            yield Gate(f"distortions, {distorted}", False, "no target varies on it", "a set on which targets vary")
            continue
        worst = max(shares, key=lambda target: shares[target])
        symbol = challenger.targets[worst].short
        found = f"error of {symbol} {number(shares[worst])} of that of estimating the mean, the largest of all targets"
        passed, allowed = shares[worst] <= config.distorted, f"at most {number(config.distorted)}"
        yield Gate(f"distortions, {distorted}", passed, found, allowed, {f"worst_share.{distorted}": shares[worst]})


def _difference_of_sets(challenger: Evidence, champion: Evidence) -> str:
    """What makes the sets of the two incomparable; empty if nothing does."""
    name = challenger.compared_on
    if name not in champion.sets:
        return f"the champion was not judged on {name}"
    if champion.md5[name] != challenger.md5[name]:
        return f"{name}: {challenger.md5[name]} and, of the champion, {champion.md5[name]}"
    ours, theirs = ([(t.name, t.unit) for t in found.targets.items] for found in (challenger, champion))
    if sorted(ours) != sorted(theirs):
        return f"targets {ours} and, of the champion, {theirs}"
    samples = (challenger.sets[name].sample, champion.sets[name].sample)
    if not np.array_equal(*samples):
        return f"{len(samples[0])} samples of {name} and, of the champion, {len(samples[1])} other ones"
    return ""


def _against(challenger: Evidence, champion: Evidence, config: GateConfig) -> Iterator[Gate]:
    name = challenger.compared_on
    ours, theirs = challenger.sets[name], champion.sets[name]
    difference = paired_difference(
        ours, theirs, confidence=config.confidence, resamples=config.resamples, seed=config.seed
    )
    found = (
        f"relative error {number(float(ours.relative().mean()))} against {number(float(theirs.relative().mean()))} of "
        f"the champion: difference {number(difference.mean)}, {percent(config.confidence)} interval "
        f"{number(difference.low)} to {number(difference.high)}, on {name}"
    )
    figures = {"difference": difference.mean, "difference.low": difference.low, "difference.high": difference.high}
    yield Gate("better", difference.high < 0, found, "wholly below 0", figures)
    for target in challenger.targets.items:
        mean, other = ours.mean(target.name), theirs.mean(target.name)
        margin = config.margins.get(target.name, config.margin)
        found = f"{target.error_text(mean)} against {target.error_text(other)} {target.shown_unit}".rstrip()
        worse = mean / other - 1 if other else float(mean > 0)
        text = f"{found}, {percent(abs(worse))} {'more' if worse > 0 else 'less'}"
        allowed = f"at most {percent(margin)} more"
        figures = {f"mae.{target.name}": mean, f"champion_mae.{target.name}": other}
        yield Gate(f"error of {target.short}", worse <= margin, text, allowed, figures)


def validated(reports: Mapping[str, Report], trained_on: str) -> Gate:
    """Gate on the reports on the data, by their names; ``trained_on`` is the MD5 of the one in the lineage."""
    red = sorted(name for name, report in reports.items() if not report.success)
    known = trained_on in {report.md5 for report in reports.values()}
    if red:
        found = f"not passed: {', '.join(red)}"
    else:
        found = f"passed: {', '.join(sorted(reports)) or 'none'}" + ("" if known else "; not the one of the training")
    return Gate("validation", known and not red, found, "passed for all data of the model")


def committed(commit: str, branches: Sequence[str]) -> Gate:
    """Gate on the commit in the lineage (empty if there is none), and the branches that hold it."""
    dirty = commit.endswith("-dirty")
    short = f"{commit[:12]}{', with changes that are not committed' if dirty else ''}"
    if commit and not dirty:
        short += f", on {branches[0]}" if branches else ", on no branch of this checkout"
    allowed = "a commit on a branch, without changes to it"
    return Gate("commit", bool(commit) and not dirty and bool(branches), short or "unknown", allowed)


def probed(probe: Probe, config: GateConfig) -> Iterator[Gate]:
    """Gates on what a fresh process found."""
    found = probe.error or f"{probe.rows} {'row' if probe.rows == 1 else 'rows'} of finite estimates for its example"
    yield Gate("loads and predicts", not probe.error, found, "loaded from the registry alone, with finite estimates")
    if not probe.error:
        latency = f"{number(probe.latency_ms)} ms for its example"
        limit = f"at most {number(config.latency_ms)} ms"
        yield Gate("latency", probe.latency_ms <= config.latency_ms, latency, limit, {"latency_ms": probe.latency_ms})
        size, limit = f"{number(probe.size_mb)} MB", f"at most {number(config.size_mb)} MB"
        yield Gate("size", probe.size_mb <= config.size_mb, size, limit, {"size_mb": probe.size_mb})
