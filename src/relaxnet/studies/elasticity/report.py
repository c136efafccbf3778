"""How evaluations and reports present this study."""

from relaxnet.reporting.spec import Descriptor, ReportSpec, SseColumn

from .course.claims import CLAIMS
from .physics.constants import CONSTANTS

REPORT = ReportSpec(
    title="Comparison of elasticity networks",
    sample="cell",
    samples="cells",
    headline=(("C11", 0.5), ("C12", 0.5), ("C44", 0.5), ("C66", 0.5)),
    sse=(
        SseColumn(
            "sse_constants",
            of="constants",
            axis="SSE of constants (scaled units²)",
            text="Constants: over the nine, in standard deviations of the training part.",
            targets=CONSTANTS,
        ),
    ),
    claims=CLAIMS,
    descriptors=(
        Descriptor("volume_fraction", "volume fraction of the stiff phase (–)"),
        Descriptor("anisotropy", "ln(C11 / C22) (–)"),
    ),
)
