"""Stiffness of isotropic phases, its bounds, and homogenisation of periodic cells."""
