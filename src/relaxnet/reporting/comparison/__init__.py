"""The comparison of trained models: one page, its tables as files, published figures beside them."""

from .collect import History, read_history
from .page import write_comparison

__all__ = ["History", "read_history", "write_comparison"]
