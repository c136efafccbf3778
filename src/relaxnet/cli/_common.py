"""The subcommands of ``relaxnet``, one module each."""

from typing import Any

from relaxnet.core.errors import RelaxnetError

Commands = Any  # argparse's own type of a set of subparsers is private


class UsageError(RelaxnetError):
    """The command line cannot be understood."""


__all__ = ["Commands", "UsageError"]
