"""The MCNN with a piecewise cubic through each significant segment, and asinh on the views."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn()
