"""The MCNN as the paper prints it: one cubic fitted to each significant segment, signals as they are."""

from relaxnet.models.blocks.mcnn import mcnn

ARCHITECTURE = mcnn(method="polynomial", compress=False)
