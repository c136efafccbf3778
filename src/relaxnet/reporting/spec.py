"""What evaluation and reports must be told of a study: names, texts, what to measure, figures to compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from relaxnet.datasets.targets import Target, Targets

from .references import Claim, References

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class SseColumn:
    """A sum of squared errors: a column of ``estimates.csv``, its mean and median in ``metrics.json``.

    It sums the scaled errors of its ``targets``, each vector as the mean over its axis; without any the study measures
    it.  ``gaps`` is the head of the column that counts empty values; by default an empty value is refused.
    """

    name: str  # of the column, and of the entry in metrics.json
    of: str  # what it sums the errors of, in the plural: "parameters"
    axis: str  # text of the figure's axis, with the unit
    text: str  # a sentence on how it is made
    targets: tuple[str, ...] = ()
    gaps: str = ""


@dataclass(frozen=True)
class Pair:
    """Two targets, no vectors, whose plane is mapped, and the column with their sum of squared errors."""

    x: str
    y: str
    sse: str
    axis: str  # text for its colours, with the unit


@dataclass(frozen=True)
class Descriptor:
    """What describes a sample: a column of ``estimates.csv`` (empty where unknown), and its label with the unit."""

    name: str
    label: str


@dataclass(frozen=True)
class Group:
    """Samples whose errors are set against the others': an entry of ``edges`` in ``metrics.json``."""

    name: str
    title: str  # head of its columns: "edge of the plane"
    text: str  # a sentence on which samples these are


@dataclass(frozen=True)
class LeftOut:
    """Test samples that count in no error, marked True in a column of ``estimates.csv``."""

    reason: str  # ends the sentence "... were left out"
    text: str  # a sentence or two on them
    column: str = "left_out"


@dataclass(frozen=True)
class EvidenceSet:
    """A set of test samples, shared by all models of a region: an entry of ``tests`` in ``metrics.json``.

    The sets of a report are listed from the mildest to the hardest; models of a region are ranked by the last one that
    they all have.
    """

    name: str
    head: str  # of its column
    where: str  # how a sentence says that something holds there: "on the lattice"
    text: str  # a sentence or two on how its samples are drawn
    published: bool = False  # the published figures are of samples drawn like these


class EvidenceNote(NamedTuple):
    """What a study found out once about its test sets, beside the evidence of the models at hand."""

    title: str
    text: str  # some sentences, with the command that measures the numbers


@dataclass(frozen=True)
class RegionMap:
    """A figure that shows where the regions lie that the models are trained for; drawn by the study."""

    title: str
    text: str  # a sentence on what it shows
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class ExternalCases:
    """Cases from outside the dataset: a file with a row for each model, case and scalar target.

    It is in the folder of the evaluations, with the columns ``model``, ``target``, ``true``, ``estimate`` and the two
    named here: ``case``, the case's name (the column's name is its noun, too), and ``inside``, whether it lies inside
    the training range.
    """

    file: str
    case: str
    inside: str
    title: str
    text: str  # a sentence on where they come from, and which models estimate them


@dataclass(frozen=True)
class ReportSpec:
    """How a study's evaluations and reports look; what is empty or None is left out of them.

    ``sample`` and ``samples`` are the nouns for one and for several.  ``sample`` is also the column of
    ``estimates.csv`` that identifies it; ``samples`` holds the counts in ``metrics.json``.
    """

    title: str
    sample: str
    samples: str
    order: tuple[str, ...] = ()  # of the targets on the page; those not listed come last
    headline: tuple[tuple[str, float], ...] = ()  # targets and thresholds; by default the first of each target
    sse: tuple[SseColumn, ...] = ()
    pairs: tuple[Pair, ...] = ()
    descriptors: tuple[Descriptor, ...] = ()
    groups: tuple[Group, ...] = ()
    means: tuple[str, ...] = ()  # columns that the study measures, whose means over the samples are metrics of a model
    references: References | None = None
    claims: tuple[Claim, ...] = ()
    left_out: LeftOut | None = None
    external: ExternalCases | None = None
    regions: RegionMap | None = None
    evidence: tuple[EvidenceSet, ...] = ()
    evidence_note: EvidenceNote | None = None
    plain_fit: str = ""  # head of the errors of a plain fit to the samples of a test set, where a study makes one

    def ordered(self, targets: Targets) -> list[Target]:
        """Targets in the order of the page."""
        places = {name: place for place, name in enumerate(self.order)}
        return sorted(targets.items, key=lambda target: places.get(target.name, len(places)))

    def headlines(self, targets: Targets) -> list[tuple[Target, float]]:
        """Targets and thresholds of a table of few columns."""
        if self.headline:
            return [(targets[name], threshold) for name, threshold in self.headline]
        return [(target, target.thresholds[0]) for target in self.ordered(targets) if target.thresholds]
