"""Study *elasticity*: stiffness of periodic two-phase cells from images of their microstructure."""
