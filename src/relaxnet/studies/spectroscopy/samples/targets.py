"""The spectrum of a molecule as a target: one vector along the energy, of any broadening and number of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relaxnet.datasets.targets import Axis, Target, Targets

from ..physics.spectra import WINDOW_EV, Grid

if TYPE_CHECKING:
    from relaxnet.workflow.params import ModelConfig

SPECTRUM = "spectrum"
THRESHOLDS_PER_EV = (0.05, 0.1, 0.2)


def energy_grid(points: int) -> Grid:
    """So many even steps over the window."""
    return Grid(*WINDOW_EV, points)


def spectrum(points: int) -> Targets:
    """One target of ``points`` values in states per eV, trained on as it stands: the losses of the report see it so."""
    energies = tuple(round(float(energy), 9) for energy in energy_grid(points).energies_ev)
    axis = Axis("energy", "eV", energies)
    return Targets((Target(SPECTRUM, "1/eV", (0.0, 1.0), THRESHOLDS_PER_EV, axis=axis),))


def targets_of(model: ModelConfig) -> Targets:
    """Targets of a model: its number of points decides them."""
    points: Any = getattr(model, "points", None)
    return spectrum(points)
