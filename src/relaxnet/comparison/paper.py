"""The figures that the MCNN paper prints, as data.

Source: Materials Chemistry and Physics 329 (2025) 130107, Section 3.2 "Absolute errors" with its Fig. 9, for
the six subsets and the final weights (w_lnA = 0.1).  What the text does not state of a subset is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass

CITATION = "Materials Chemistry and Physics 329 (2025) 130107"
WEIGHT_LN_A = 0.1
TRAINING = "70 % of all quartets of a subset (about 142 000; 94 000 for G), 18501 temperatures, 200 epochs of SGD"
ALL = frozenset({"LU", "RU", "LB", "RB", "C", "G"})
RU, LB, C, G = (frozenset({name}) for name in ("RU", "LB", "C", "G"))
DH = "dh_j_per_mol"


@dataclass(frozen=True)
class PrintedFigure:
    """Share of estimates (0..1) that the paper prints as lying within ``threshold`` of the truth.

    ``share`` is the lower end where a range is printed; ``threshold`` (in the target's unit) its upper end.
    """

    target: str
    threshold: float
    subsets: frozenset[str]
    share: float
    text: str
    source: str  # in Section 3.2


PRINTED = (
    PrintedFigure("beta", 0.02, ALL, 0.90, "90 %", "Fig. 9c: 90 % of all estimates are below 0.02"),
    PrintedFigure("beta", 0.05, G, 0.98, "98 %", "Fig. 9c: about 2 % of the errors of G are above 0.05"),
    PrintedFigure("beta", 0.05, RU, 0.99, "99 %", "Fig. 9c: less than 1 % of the errors of RU are above 0.05"),
    PrintedFigure("x", 0.02, ALL - G, 0.99, "99 %", "Fig. 9e: over 99 % are below 0.02 in all subsets but G"),
    PrintedFigure("x", 0.02, G, 0.97, "97 %", "Fig. 9e: 97 % of the estimates of G are below 0.02"),
    PrintedFigure(DH, 1e4, ALL - RU - G, 0.20, "20 %", "Fig. 9d: 10 kJ/mol for about 20 % in most models"),
    PrintedFigure(DH, 1e4, RU, 0.70, "70 %", "Fig. 9d: 10 kJ/mol for 70 % of the estimates of RU"),
    PrintedFigure("ln_a", 2.0, C, 0.10, "10–20 %", "Fig. 9f: 1-2 for 10-20 % of the samples of C"),
    PrintedFigure("ln_a", 10.0, LB, 0.50, "50 %", "Fig. 9f: 8-10 for 50 % of LB (there also LD)"),
)


def printed_figure(target: str, threshold: float, subset: str, weight_ln_a: float | None) -> PrintedFigure | None:
    """Figure that the paper prints for this target, threshold and subset, if it does.

    Only for models trained with the weight of ln A that the printed figures belong to.
    """
    if weight_ln_a != WEIGHT_LN_A:
        return None
    for figure in PRINTED:
        if figure.target == target and figure.threshold == threshold and subset in figure.subsets:
            return figure
    return None
