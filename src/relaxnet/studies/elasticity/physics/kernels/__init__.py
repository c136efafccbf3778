"""Numba kernels of the homogenisation."""
