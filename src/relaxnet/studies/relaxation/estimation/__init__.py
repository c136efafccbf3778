"""Yardsticks of estimation: the Cramér-Rao bound, and the plain least-squares fit that an estimator must beat."""

from .bound import Bound, cramer_rao
from .coordinates import Coordinates
from .plain_fit import FitResult, fit, fit_many
from .scans import MeasuredScans, Scan, measured_scans, simulate_scans

__all__ = [
    "Bound", "Coordinates", "FitResult", "MeasuredScans", "Scan", "cramer_rao", "fit", "fit_many", "measured_scans",
    "simulate_scans",
]  # fmt: skip
