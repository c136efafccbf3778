"""``python -m relaxnet``: the same as the ``relaxnet`` command."""

import sys

from relaxnet.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
