"""How evaluations and reports present this study: order of the paper, texts, test sets."""

from relaxnet.reporting.spec import Descriptor, EvidenceNote, EvidenceSet, Group, LeftOut, Pair, ReportSpec, SseColumn

from .external import EXTERNAL
from .paper.claims import CLAIMS
from .paper.results import PAPER
from .region_map import REGIONS
from .samples.targets import PAIRS, TARGETS

EVIDENCE = (
    EvidenceSet(
        "lattice",
        head="lattice",
        where="on the lattice",
        text="Quartets that were not in training, but whose pairs of Δh* and ln A were: this is how the paper tests.",
        published=True,
    ),
    EvidenceSet(
        "between",
        head="between",
        where="between its points",
        text="Quartets of the same region at any Δh*, ln A, x and β, not only those of the lattice; without noise.",
    ),
    EvidenceSet(
        "between_noisy",
        head="between, with noise",
        where="between its points with noise",
        text="The same quartets, with the noise and the thermal lag of a measurement.",
    ),
)
NOTE = EvidenceNote(
    "What the lattice hides",
    "Quartets of a subset share their pairs of Δh* and ln A: 2000 quartets of G lie on 80 pairs, and a random split "
    "puts quartets of every pair into training and test. In an experiment beside this pipeline (docs/leak.md; python "
    "benchmarks/leak.py: one architecture, 1400 quartets, no noise), a network trained on G’s lattice erred in Δh* "
    "by 15 kJ/mol (median) on pairs of its training, by 28 on pairs left out, and by 147 between the points of the "
    "lattice; a split by pairs therefore shows little of it. Its errors grow with the distance in ln A from the "
    "nearest pair, not with that in Δh*: neighbours along Δh* have almost the same T_g. Trained on as many quartets "
    "drawn evenly from the plane, it errs by 31 kJ/mol between the points, wherever they lie.",
)
REPORT = ReportSpec(
    title="Comparison of relaxation networks",
    sample="quartet",
    samples="quartets",
    order=("beta", "x", "dh_j_per_mol", "ln_a"),
    headline=(("beta", 0.02), ("x", 0.02), ("dh_j_per_mol", 1e4), ("ln_a", 10.0)),
    sse=(
        SseColumn(
            "sse_parameters",
            of="parameters",
            axis="SSE of parameters (scaled units²)",
            text="Parameters: over the four scaled targets.",
            targets=TARGETS.names,
        ),
        SseColumn(
            "sse_signals",
            of="signals",
            axis="SSE of signals (cp_n², –)",
            text="Signals: between the six given scans and those simulated from the estimates, which are moved to the "
            "edge of the physical range where they lie outside. Estimates that were not simulated are counted and "
            "excluded.",
            gaps="not simulated",
        ),
    ),
    pairs=tuple(Pair(x, y, name, "SSE of the pair (scaled units²)") for name, (x, y) in PAIRS.items()),
    descriptors=(
        Descriptor("cp_n_max", "cp_n,max (–)"),
        Descriptor("dt_hw_k", "ΔT_hw (K)"),
        Descriptor("cp_n_max_per_dt_hw_per_k", "cp_n,max / ΔT_hw (1/K)"),
    ),
    groups=(
        Group("edge", "edge of the plane", "quartets at the minimum or maximum Δh* or ln A of the subset"),
        Group("edge_shape", "edge of x or β", "quartets at the minimum or maximum x or β"),
    ),
    references=PAPER,
    claims=CLAIMS,
    left_out=LeftOut(
        reason="because their peaks are too steep",
        text="Quartets with a peak above the limit on cp_n,max are rare in practice.",
    ),
    external=EXTERNAL,
    regions=REGIONS,
    evidence=EVIDENCE,
    evidence_note=NOTE,
    plain_fit="least-squares fit",
)
