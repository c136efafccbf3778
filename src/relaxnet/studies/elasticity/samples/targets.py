"""The nine constants as targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relaxnet.datasets.targets import Target, Targets

from ..physics.constants import CONSTANTS

if TYPE_CHECKING:
    from relaxnet.workflow.params import ModelConfig

THRESHOLDS_GPA = (0.1, 0.5, 2.0)


def constants(unit_gpa: float | None = None) -> Targets:
    """Targets, scaled by their spread, or by ``unit_gpa`` alone."""
    limits = None if unit_gpa is None else (0.0, unit_gpa)
    return Targets(tuple(Target(name, "GPa", limits, THRESHOLDS_GPA) for name in CONSTANTS))


def targets_of(model: ModelConfig) -> Targets:
    """Targets of a model: names, units and thresholds are the same for all."""
    return constants(getattr(model, "unit_gpa", None))
