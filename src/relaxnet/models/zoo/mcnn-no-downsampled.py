"""The MCNN without its downsampling branch."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn(branches=("attention", "raw"))
