"""The MCNN without its attention branch."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn(branches=("downsampled", "raw"))
