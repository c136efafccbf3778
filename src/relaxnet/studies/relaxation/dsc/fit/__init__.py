"""The fit: from heating scans, each with its own thermal history, to an estimate with its uncertainty."""

from .engine import fit
from .options import FitOptions

__all__ = ["FitOptions", "fit"]
