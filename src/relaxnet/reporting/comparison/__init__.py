"""The comparison of trained models: one page, its tables as files, published figures beside them.

Nothing here knows which study it serves: that is told by a ``Study``.
"""

from ._csv import read_history
from ._records import MetricsRecord
from .collect import Comparison, ModelResult, collect
from .page import write_comparison
from ..references import Claim, Finding, ReferenceFigure, References
from ..spec import Descriptor, ExternalCases, Group, LeftOut, Pair, SseColumn, Study, TargetStyle

__all__ = [
    "Claim",
    "Comparison",
    "Descriptor",
    "ExternalCases",
    "Finding",
    "Group",
    "LeftOut",
    "MetricsRecord",
    "ModelResult",
    "Pair",
    "ReferenceFigure",
    "References",
    "SseColumn",
    "Study",
    "TargetStyle",
    "collect",
    "read_history",
    "write_comparison",
]
