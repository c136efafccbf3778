"""Files of DSC instruments: one module a maker, one way in."""

from .options import ReadOptions
from .reading import check_usable, read_file

__all__ = ["ReadOptions", "check_usable", "read_file"]
