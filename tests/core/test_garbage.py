"""Commands do not look through everything that they have imported again and again."""

import subprocess
import sys

SCRIPT = """
import atexit, gc
atexit.register(lambda: print(gc.get_count()[0], gc.get_freeze_count()))  # called last
from relaxnet.core.console import run_cleanly
collections = []
def action():
    gc.callbacks.append(lambda *about: collections.append(about))
    kept = [{"number": [number]} for number in range(200_000)]
    print(len(collections))
run_cleanly(action)
"""


def test_collections_are_rare_and_none_is_left_for_the_end():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    collections, young, frozen = map(int, done.stdout.split())
    assert collections <= 2 * 41  # begin and end; with Python's thresholds 2 * 572
    assert young < 100
    assert frozen > 1000
