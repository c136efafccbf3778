"""The study *elasticity*: networks that estimate the stiffness of two-phase microstructures from their images."""
