"""Configs of small datasets of cells, for tests."""

from relaxnet.core.config import parse
from relaxnet.studies.elasticity.dataset.config import SimulateConfig

VALUES = {
    "cells": 12,
    "seed": 3,
    "size": 16,
    "phases": {"e_soft_gpa": 1.0, "nu_soft": 0.35, "nu_stiff": 0.25, "contrast": [5.0, 50.0]},
    "volume_fraction": [0.3, 0.7],
    "morphologies": {"gaussian": 2, "inclusions": 1, "voronoi": 1, "laminate": 1, "checkerboard": 1},
}


def config(**changes):
    return parse(SimulateConfig, VALUES | changes, "simulate")
