"""What a page on a publication shows, beside its text: tables of words, and claims with their judgement."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .records import MetricsRecord
from .references import Claim

DASH = "–"
"""In place of a value that there is not."""


class Table(NamedTuple):
    """Heads and rows of text; the first ``texts`` columns hold words."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


def claims_table(claims: Sequence[Claim], models: Mapping[str, MetricsRecord]) -> Table:
    """Statements, whether they hold for the models, and the numbers."""
    words = {True: "yes", False: "no", None: "undecided"}
    found = [(claim, claim.judge(models)) for claim in claims]
    rows = [
        [claim.text, claim.source, words[finding.holds], finding.evidence.replace("-0.", "−0.")]
        for claim, finding in found
    ]
    return Table(["Statement", "where", "holds here", "evidence"], rows, texts=4)
