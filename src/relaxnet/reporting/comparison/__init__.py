"""The comparison of trained models: one page, its tables as files, published figures beside them."""

from .collect import Comparison, ModelResult, collect
from .histories import History, read_history
from .page import write_comparison

__all__ = ["Comparison", "History", "ModelResult", "collect", "read_history", "write_comparison"]
