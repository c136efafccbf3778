"""Hyper-parameter search with Optuna: resumable, reproducible, pruned."""

from .records import SearchResult, TrialRecord
from .run import Objective, Report, TrialPruned, run_search
from .space import Choice, Float, Integer, Space

__all__ = [
    "Choice",
    "Float",
    "Integer",
    "Objective",
    "Report",
    "SearchResult",
    "Space",
    "TrialPruned",
    "TrialRecord",
    "run_search",
]
