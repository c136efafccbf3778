"""The real materials, as the report is told of them: a file of estimates that one stage writes and another reads."""

from relaxnet.reporting.spec import ExternalCases

EXTERNAL = ExternalCases(
    file="materials.csv",
    case="material",
    inside="inside_plane",
    title="Real materials",
    text="Signals simulated from the published parameters of real materials, with added noise, and estimated by every "
    "model of the whole plane (subset G).",
)
