"""What the MCNN paper says of its results in words, each with the rule by which the models are asked about it.

Source: Materials Chemistry and Physics 329 (2025) 130107, Sections 3.2 and 3.3.  Only models of the final weights
(w_lnA = 0.1) are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..comparison import Claim, Finding, MetricsRecord
from .paper import PAPER

Models = Mapping[str, MetricsRecord]
WEAK_CORRELATION = 0.5
DH = "dh_j_per_mol"


def _final(models: Models) -> dict[str, MetricsRecord]:
    """Models with the paper's final weights, by subset."""
    weights = PAPER.weights
    return {m.subset: m for m in models.values() if all(m.weights.get(name) == w for name, w in weights.items())}


def _within(model: MetricsRecord, target: str, threshold: str) -> float:
    return 100 * model.targets[target].within[threshold]


def _x_better_than_beta(models: Models) -> Finding:
    pairs = {name: (_within(m, "x", "0.02"), _within(m, "beta", "0.02")) for name, m in _final(models).items()}
    text = ", ".join(f"{name} {x:.0f} / {beta:.0f}" for name, (x, beta) in pairs.items())
    return Finding(all(x > beta for x, beta in pairs.values()) if pairs else None, f"x / β within 0.02 (%): {text}")


def _position_worse_than_shape(models: Models) -> Finding:
    def skill(model: MetricsRecord, *targets: str) -> list[float]:
        return [model.targets[target].skill for target in targets]

    found = {name: (skill(m, DH, "ln_a"), skill(m, "x", "beta")) for name, m in _final(models).items()}
    text = ", ".join(f"{name} {max(position):.2f} / {min(shape):.2f}" for name, (position, shape) in found.items())
    holds = all(max(position) < min(shape) for position, shape in found.values()) if found else None
    return Finding(holds, f"skill, better of Δh* and ln A / worse of x and β: {text}")


def _extreme(subset: str, target: str, threshold: str, unit: str, choose: Callable) -> Callable[[Models], Finding]:
    """Rule: ``subset`` has the largest (``max``) or smallest (``min``) share of estimates within a threshold."""

    def judge(models: Models) -> Finding:
        shares = {name: _within(m, target, threshold) for name, m in _final(models).items()}
        text = f"within {unit} (%): " + ", ".join(f"{name} {share:.1f}" for name, share in shares.items())
        known = subset in shares and len(shares) > 1
        return Finding(shares[subset] == choose(shares.values()) if known else None, text)

    return judge


def _edges_worse(models: Models) -> Finding:
    ratios = {
        name: ratio
        for name, model in _final(models).items()
        if name != "G" and (ratio := model.edges.get("edge", {}).get("sse_parameters", {}).get("ratio")) is not None
    }
    text = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    holds = all(ratio > 1 for ratio in ratios.values()) if ratios else None
    return Finding(holds, f"SSE of the parameters, edge / inside of the plane: {text}")


def _no_correlation(models: Models) -> Finding:
    strongest = {}
    for name, model in _final(models).items():
        found = [(key, rho) for rhos in model.descriptors.values() for key, rho in rhos.items()]
        strongest[name] = max((abs(r) for key, r in found if r is not None and key in model.targets), default=None)
    known = {name: rho for name, rho in strongest.items() if rho is not None}
    text = ", ".join(f"{name} {rho:.2f}" for name, rho in known.items())
    holds = all(rho < WEAK_CORRELATION for rho in known.values()) if known else None
    return Finding(holds, f"strongest rank correlation of an absolute error with a descriptor: {text}")


CLAIMS = (
    Claim("x is estimated better than β.", "Section 3.2, Fig. 9c and e", _x_better_than_beta),
    Claim("Δh* and ln A are estimated much worse than x and β.", "Section 3.2", _position_worse_than_shape),
    Claim("Δh* is estimated best in RU.", "Section 3.2, Fig. 9d", _extreme("RU", DH, "10000", "10 kJ/mol", max)),
    Claim("β is estimated worst in RU.", "Section 3.2, Fig. 9c", _extreme("RU", "beta", "0.02", "0.02", min)),
    Claim("x is estimated worst in G.", "Section 3.2, Fig. 9e", _extreme("G", "x", "0.02", "0.02", min)),
    Claim("Errors are larger at the edge of a subset.", "Section 3.3", _edges_worse),
    Claim("No absolute error follows a descriptor of the peak.", "Section 3.3, Fig. 8e", _no_correlation),
)
