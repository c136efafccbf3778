"""Molecules as training samples: Coulomb matrices in, spectra out."""
