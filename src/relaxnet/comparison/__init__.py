"""The comparison of trained models: one page, its tables as files, published figures beside them.

Nothing here knows which study it serves: that is told by a ``Study``.
"""

from ._csv import read_history
from .collect import Comparison, ModelResult, collect
from .page import write_comparison
from .references import ReferenceFigure, References
from .study import ExternalCases, LeftOut, SseColumn, Study, TargetStyle

__all__ = [
    "Comparison",
    "ExternalCases",
    "LeftOut",
    "ModelResult",
    "ReferenceFigure",
    "References",
    "SseColumn",
    "Study",
    "TargetStyle",
    "collect",
    "read_history",
    "write_comparison",
]
