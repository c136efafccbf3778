"""The MCNN without its raw branch."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn(branches=("attention", "downsampled"))
