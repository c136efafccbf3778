"""Coulomb matrices, levels by GFN2-xTB, and spectra."""
