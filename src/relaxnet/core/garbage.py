"""How often Python looks for garbage."""

import atexit
import gc
from functools import cache

_THRESHOLDS = 10_000, 20, 50  # objects; collections of younger generations


@cache
def collect_rarely() -> None:
    """Look for garbage less often, and not at all when the process ends.

    TensorFlow and its like are a million objects that last: with Python's thresholds a stage of some seconds spends a
    third of its time on looking through them again and again, 2 s of it at its end, for no memory saved.
    """
    gc.set_threshold(*_THRESHOLDS)
    atexit.register(gc.freeze)
