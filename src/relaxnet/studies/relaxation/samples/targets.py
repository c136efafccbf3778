"""The four targets with the limits of the paper's Table 3 (the reserve of 1.2 widens every range)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relaxnet.datasets.targets import Target, Targets

if TYPE_CHECKING:
    from relaxnet.workflow.params import ModelConfig

RESERVE = 1.2
_SHAPE_LIMITS = (0.2 / RESERVE, 1.0 * RESERVE)
# Order as in a dataset's parameter columns.  Table 3 prints the limits of ln A the wrong way round.
TARGETS = Targets(
    (
        Target("ln_a", "1", limits=(-630 * RESERVE, -18 / RESERVE), thresholds=(1.0, 2.0, 8.0, 10.0), symbol="ln(A/s)"),
        Target("dh_j_per_mol", "J/mol", limits=(2e5 / RESERVE, 12e5 * RESERVE), thresholds=(1e4, 5e4), symbol="Δh*",
               display_unit="kJ/mol", display_factor=1e-3),
        Target("x", "1", limits=_SHAPE_LIMITS, thresholds=(0.02, 0.05)),
        Target("beta", "1", limits=_SHAPE_LIMITS, thresholds=(0.02, 0.05, 0.1), symbol="β"),
    )
)  # fmt: skip

PAIRS = {
    "sse_dh_ln_a": ("dh_j_per_mol", "ln_a"),
    "sse_dh_x": ("dh_j_per_mol", "x"),
    "sse_dh_beta": ("dh_j_per_mol", "beta"),
    "sse_x_beta": ("x", "beta"),
}
"""The pairs of parameters of the paper's maps (Figs 10 and 11), by the column that holds their SSE."""


def targets_of(_model: ModelConfig) -> Targets:
    """Targets of a model: the same four for all of the study."""
    return TARGETS
