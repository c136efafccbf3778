"""How the comparison page presents this study: symbols and units of the paper, texts, the real materials."""

from __future__ import annotations

from relaxnet.reporting.comparison import Descriptor, ExternalCases, Group, LeftOut, Pair, SseColumn, Study, TargetStyle
from .paper.claims import CLAIMS
from .paper.results import PAPER
from .samples.targets import PAIRS

STUDY = Study(
    title="Comparison of relaxation networks",
    sample="quartet",
    samples="quartets",
    targets={
        "beta": TargetStyle("β", "1"),
        "x": TargetStyle("x", "1"),
        "dh_j_per_mol": TargetStyle("Δh*", "J/mol", "kJ/mol", 1e-3),
        "ln_a": TargetStyle("ln(A/s)", "1"),
    },
    sse=(
        SseColumn(
            "sse_parameters",
            of="parameters",
            axis="SSE of parameters (normalised units²)",
            text="Of the parameters: over the four normalised targets.",
        ),
        SseColumn(
            "sse_signals",
            of="signals",
            axis="SSE of signals (cp_n², –)",
            text="Of the signals: between the six scans given and the six simulated from the estimates, those outside "
            "the physical range moved to its edge. Estimates that were not simulated are counted and take no part in "
            "the signals’ SSE.",
            gaps="not simulated",
        ),
    ),
    pairs=tuple(Pair(x, y, name, "SSE of the pair (normalised units²)") for name, (x, y) in PAIRS.items()),
    descriptors=(
        Descriptor("cp_n_max", "cp_n,max (–)"),
        Descriptor("dt_hw_k", "ΔT_hw (K)"),
        Descriptor("cp_n_max_per_dt_hw_per_k", "cp_n,max / ΔT_hw (1/K)"),
    ),
    groups=(
        Group("edge", "edge of the plane", "the outermost values of Δh* or ln A in the subset"),
        Group("edge_shape", "edge of x or β", "the least or greatest x or β"),
    ),
    references=PAPER,
    claims=CLAIMS,
    left_out=LeftOut(
        reason="because their peaks are too steep",
        text="Quartets with a steeper peak than the limit on cp_n,max are rare in practice.",
    ),
    external=ExternalCases(
        file="materials.csv",
        case="material",
        inside="inside_plane",
        title="Real materials",
        text="Signals simulated with the published parameters of real materials, noise added.",
        model="G",
    ),
)
