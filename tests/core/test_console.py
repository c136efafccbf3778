"""The one way out of every command, where the output has no reader."""

import subprocess
import sys

import pytest

PRINT = """
import sys
from relaxnet.core.console import run_cleanly
sys.exit(run_cleanly(lambda: print("line\\n" * int(sys.argv[1]))))
"""


@pytest.mark.parametrize("lines", [1, 100_000])
def test_output_that_nobody_reads_ends_in_silence(lines):
    words = [sys.executable, "-c", PRINT, str(lines)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 141)
