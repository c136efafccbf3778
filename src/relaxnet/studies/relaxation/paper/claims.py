"""Statements of the MCNN paper on its results, each with the rule by which it is judged.

Source: Materials Chemistry and Physics 329 (2025) 130107, Sections 3.2 and 3.3.  Only models of the final loss weights
(w_ln_a = 0.1) count.  Shares of test quartets differ where they are more than two standard errors apart.
"""

from collections.abc import Callable, Mapping

import numpy as np

from relaxnet.reporting.records import MetricsRecord
from relaxnet.reporting.references import Claim, Finding

from .results import ALL, DH, PAPER, RU, G

Models = Mapping[str, MetricsRecord]
STANDARD_ERRORS = 2.0
MUCH_LESS_SKILL = 0.2
STRONG_CORRELATION = 0.5


def _final(models: Models) -> dict[str, MetricsRecord]:
    """Models with the paper's final loss weights."""
    weights = PAPER.loss_weights.items()
    return {name: model for name, model in models.items() if all(model.loss_weights.get(t) == w for t, w in weights)}


def _within(model: MetricsRecord, target: str, threshold: str) -> tuple[float, float]:
    """Share of the evaluated quartets, and its standard error."""
    share = model.targets[target].within[threshold]
    return share, float(np.sqrt(share * (1 - share) / model.samples.evaluated))


def _difference(one: tuple[float, float], other: tuple[float, float]) -> int:
    """Sign of the difference of two shares; 0 within two standard errors."""
    difference = one[0] - other[0]
    return int(np.sign(difference)) if abs(difference) > STANDARD_ERRORS * np.hypot(one[1], other[1]) else 0


def _x_better_than_beta(models: Models) -> Finding:
    pairs = {name: (_within(m, "x", "0.02"), _within(m, "beta", "0.02")) for name, m in _final(models).items()}
    signs = {_difference(*pair) for pair in pairs.values()}
    text = ", ".join(f"{name} {100 * x[0]:.1f} / {100 * beta[0]:.1f}" for name, (x, beta) in pairs.items())
    holds = False if -1 in signs else True if 1 in signs else None
    return Finding(holds, f"x / β within 0.02 (%): {text}")


def _position_worse_than_shape(models: Models) -> Finding:
    found = {}
    for name, model in _final(models).items():
        skills = {target: model.targets[target].skill for target in (DH, "ln_a", "x", "beta")}
        known = {target: skill for target, skill in skills.items() if skill is not None}
        if len(known) == len(skills):  # no target of the model is constant
            found[name] = max(known[DH], known["ln_a"]), min(known["x"], known["beta"])
    text = ", ".join(f"{name} {position:.2f} / {shape:.2f}" for name, (position, shape) in found.items())
    holds = all(position < shape - MUCH_LESS_SKILL for position, shape in found.values()) if found else None
    return Finding(
        holds, f"skill, better of Δh* and ln A / worse of x and β (much: {MUCH_LESS_SKILL:g} or more lower): {text}"
    )


def _extreme(subsets: frozenset[str], target: str, threshold: str, unit: str, sign: int) -> Callable[[Models], Finding]:
    """Rule: in ``subsets`` more (sign 1) or fewer (-1) estimates are within a threshold than in every other subset."""

    def judge(models: Models) -> Finding:
        final = _final(models)
        shares = {name: _within(m, target, threshold) for name, m in final.items()}
        text = f"within {unit} (%): " + ", ".join(f"{name} {100 * share:.1f}" for name, (share, _) in shares.items())
        if {m.subset for m in final.values()} != ALL:
            return Finding(None, text)
        there = [shares[name] for name, m in final.items() if m.subset in subsets]
        others = [shares[name] for name, m in final.items() if m.subset not in subsets]
        signs = {sign * _difference(one, other) for one in there for other in others}
        return Finding(False if -1 in signs else True if signs == {1} else None, text)

    return judge


def _edges_worse(models: Models) -> Finding:
    ratios = {}
    for name, model in _final(models).items():
        ratio = model.edges.get("edge", {}).get("sse_parameters", {}).get("ratio")
        if model.subset != "G" and ratio is not None:
            ratios[name] = ratio
    text = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    holds = all(ratio > 1 for ratio in ratios.values()) if ratios else None
    return Finding(holds, f"SSE of the parameters, edge of the plane / inside (worse: above 1 in each): {text}")


def _no_correlation(models: Models) -> Finding:
    strongest = {}
    for name, model in _final(models).items():
        found = [(key, rho) for rhos in model.descriptors.values() for key, rho in rhos.items()]
        known = [abs(rho) for key, rho in found if rho is not None and key in model.targets]
        if known:
            strongest[name] = max(known)
    text = ", ".join(f"{name} {rho:.2f}" for name, rho in strongest.items())
    holds = all(rho < STRONG_CORRELATION for rho in strongest.values()) if strongest else None
    rule = f"none: below {STRONG_CORRELATION:g} in each"
    return Finding(holds, f"strongest rank correlation of an absolute error with a descriptor ({rule}): {text}")


CLAIMS = (
    Claim("x is estimated better than β.", "Section 3.2, Fig. 9c and e", _x_better_than_beta),
    Claim("Δh* and ln A are estimated much worse than x and β.", "Section 3.2", _position_worse_than_shape),
    Claim("Δh* is estimated best in RU.", "Section 3.2, Fig. 9d", _extreme(RU, DH, "10000", "10 kJ/mol", 1)),
    Claim(
        "β is estimated worse in RU and G than in the others.",
        "Section 3.2, Fig. 9c",
        _extreme(RU | G, "beta", "0.02", "0.02", -1),
    ),
    Claim("x is estimated worst in G.", "Section 3.2, Fig. 9e", _extreme(G, "x", "0.02", "0.02", -1)),
    Claim("Errors are larger at the edge of a subset.", "Section 3.3", _edges_worse),
    Claim("No absolute error follows a descriptor of the peak.", "Section 3.3, Fig. 8e", _no_correlation),
)
