"""The comparison of trained models: one page, its tables as files, and the paper's figures beside them."""

from .collect import Comparison, ModelResult, collect
from .page import write_comparison

__all__ = ["Comparison", "ModelResult", "collect", "write_comparison"]
