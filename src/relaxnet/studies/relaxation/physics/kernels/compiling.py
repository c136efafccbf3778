"""How the kernels of the simulator are compiled and kept, and how it is told.

None of them may be given ``fastmath``: IEEE arithmetic in the order of the source gives the same bits whatever the
processor, the width of its registers and the place of the arrays in memory.  A compiler that may reorder or fuse does
so otherwise in vector code than in scalar code, and chooses between the two at run time.
"""

from functools import partial

from relaxnet.core import compiling

kernel = partial(compiling.kernel, __package__)
cache_folder = partial(compiling.cache_folder, __package__)
announced = partial(compiling.announced, __package__, "the simulator", "some 20 s")
