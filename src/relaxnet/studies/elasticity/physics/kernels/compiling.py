"""How the kernels of the homogenisation are compiled and kept; IEEE arithmetic in the order of the source."""

from functools import partial

from relaxnet.core import compiling

kernel = partial(compiling.kernel, __package__)
announced = partial(compiling.announced, __package__, "the homogenisation", "some 10 s")
