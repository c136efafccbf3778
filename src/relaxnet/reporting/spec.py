"""What evaluation and reports must be told of a study: names, texts, what to measure, figures to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from relaxnet.datasets.targets import Target, Targets

from .references import Claim, References


@dataclass(frozen=True)
class SseColumn:
    """A sum of squared errors: a column of ``estimates.csv``, its mean and median in ``metrics.json``.

    Attributes
    ----------
    name : str
        Of the column, and of the entry in ``metrics.json``.
    of : str
        What it sums the errors of, in the plural: "parameters".
    axis : str
        Text of the figure's axis, with the unit.
    text : str
        A sentence on how it is made.
    targets : tuple of str
        Targets whose scaled errors it sums, each vector as the mean over its axis; without any the study measures it.
    gaps : str
        Head of the column that counts empty values; by default an empty value is refused.
    """

    name: str
    of: str
    axis: str
    text: str
    targets: tuple[str, ...] = ()
    gaps: str = ""


@dataclass(frozen=True)
class Pair:
    """Two targets whose plane is mapped, and the column of ``estimates.csv`` with their sum of squared errors.

    Attributes
    ----------
    x, y : str
        Targets, no vectors.
    sse : str
    axis : str
        Text for its colours, with the unit.
    """

    x: str
    y: str
    sse: str
    axis: str


@dataclass(frozen=True)
class Descriptor:
    """What describes a sample: a column of ``estimates.csv`` (empty where unknown), and its label with the unit."""

    name: str
    label: str


@dataclass(frozen=True)
class Group:
    """Samples whose errors are set against the others': an entry of ``edges`` in ``metrics.json``.

    Attributes
    ----------
    name : str
    title : str
        Head of its columns: "edge of the plane".
    text : str
        A sentence on which samples these are.
    """

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class LeftOut:
    """Test samples that count in no error, marked True in a column of ``estimates.csv``.

    Attributes
    ----------
    reason : str
        Ends the sentence "... were left out".
    text : str
        A sentence or two on them.
    column : str
    """

    reason: str
    text: str
    column: str = "left_out"


@dataclass(frozen=True)
class ExternalCases:
    """Cases from outside the dataset, estimated by one model: a file with a row for each case and scalar target.

    Attributes
    ----------
    file : str
        In the folder of the evaluations, with the columns ``case``, ``target``, ``true``, ``estimate``, ``inside``.
    case, inside : str
        Columns: the case's name (the column's name is its noun, too), and whether it lies inside the training range.
    title, text : str
        Heading and a sentence on where they come from.
    model : str
        The model that estimated them.
    """

    file: str
    case: str
    inside: str
    title: str
    text: str
    model: str


@dataclass(frozen=True)
class ReportSpec:
    """How a study's evaluations and reports look.

    Attributes
    ----------
    title : str
        Of the page.
    sample, samples : str
        Noun for one sample and for several.  ``sample`` is also the column of ``estimates.csv`` that identifies it;
        ``samples`` holds the counts in ``metrics.json``.
    order : tuple of str
        Targets in the order of the page; those not listed come last.
    headline : tuple of (target, threshold)
        Shares of samples that a table of few columns shows; by default the first threshold of each target.
    sse : tuple of SseColumn
        Shown in this order; may be empty.
    pairs : tuple of Pair
        Planes to map errors over.
    descriptors : tuple of Descriptor
    groups : tuple of Group
    references : References, optional
        Published figures to stand beside those of the models.
    claims : tuple of Claim
        What the publication says beyond its figures.
    left_out : LeftOut, optional
        If the evaluation leaves samples out.
    external : ExternalCases, optional
        If there are any.
    """

    title: str
    sample: str
    samples: str
    order: tuple[str, ...] = ()
    headline: tuple[tuple[str, float], ...] = ()
    sse: tuple[SseColumn, ...] = ()
    pairs: tuple[Pair, ...] = ()
    descriptors: tuple[Descriptor, ...] = ()
    groups: tuple[Group, ...] = ()
    references: References | None = None
    claims: tuple[Claim, ...] = ()
    left_out: LeftOut | None = None
    external: ExternalCases | None = None

    def ordered(self, targets: Targets) -> list[Target]:
        """Targets in the order of the page."""
        places = {name: place for place, name in enumerate(self.order)}
        return sorted(targets.items, key=lambda target: places.get(target.name, len(places)))

    def headlines(self, targets: Targets) -> list[tuple[Target, float]]:
        """Targets and thresholds of a table of few columns."""
        if self.headline:
            return [(targets[name], threshold) for name, threshold in self.headline]
        return [(target, target.thresholds[0]) for target in self.ordered(targets) if target.thresholds]
