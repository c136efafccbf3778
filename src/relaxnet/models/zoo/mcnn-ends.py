"""The MCNN that also reads T_i and T_j, the ends of the significant segments, which the paper's drops."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn(ends=True)
