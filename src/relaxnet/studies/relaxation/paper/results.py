"""The figures that the MCNN paper prints, as data.

Source: Materials Chemistry and Physics 329 (2025) 130107, Section 3.2 "Absolute errors" with its Fig. 9, for
the six subsets and the final loss weights (``w_ln_a`` = 0.1, the paper's w_log(A)).  What the text does not state of a
subset is not listed.
"""

from relaxnet.reporting.references import ReferenceFigure, References

ALL = frozenset({"LU", "RU", "LB", "RB", "C", "G"})
RU, LB, C, G = (frozenset({name}) for name in ("RU", "LB", "C", "G"))
DH = "dh_j_per_mol"

ARTICLE = "Materials Chemistry and Physics 329 (2025) 130107"

PAPER = References(
    name="paper",
    citation=f"{ARTICLE}, Section 3.2 and Fig. 9",
    note="It is compared with the models trained with its final loss weights (w_ln_a = 0.1: the paper’s w_log(A)). Its "
    "own networks were trained on 70 % of all quartets of a subset (about 142 000; 94 000 for G), 18501 temperatures, "
    "for 200 epochs of SGD. For ln(A/s) it prints ranges of thresholds, 1–2 and 8–10; the wider end is compared.",
    figures=(
        ReferenceFigure("beta", 0.02, ALL, 0.90, "90 %", "Fig. 9c: 90 % of all estimates are below 0.02"),
        ReferenceFigure("beta", 0.05, G, 0.98, "98 %", "Fig. 9c: about 2 % of the errors of G are above 0.05"),
        ReferenceFigure("beta", 0.05, RU, 0.99, "99 %", "Fig. 9c: less than 1 % of the errors of RU are above 0.05"),
        ReferenceFigure("x", 0.02, ALL - G, 0.99, "99 %", "Fig. 9e: over 99 % are below 0.02 in all subsets but G"),
        ReferenceFigure("x", 0.02, G, 0.97, "97 %", "Fig. 9e: 97 % of the estimates of G are below 0.02"),
        ReferenceFigure(DH, 1e4, ALL - RU - G, 0.20, "20 %", "Fig. 9d: 10 kJ/mol for about 20 % in most models"),
        ReferenceFigure(DH, 1e4, RU, 0.70, "70 %", "Fig. 9d: 10 kJ/mol for 70 % of the estimates of RU"),
        ReferenceFigure("ln_a", 2.0, C, 0.10, "10–20 %", "Fig. 9f: 1-2 for 10-20 % of the samples of C"),
        ReferenceFigure("ln_a", 10.0, LB, 0.50, "50 %", "Fig. 9f: 8-10 for 50 % of LB (there also LD)"),
    ),
    loss_weights={"ln_a": 0.1},
)
