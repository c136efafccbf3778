"""What the subcommands share."""

from __future__ import annotations

from relaxnet.core.errors import RelaxnetError


class UsageError(RelaxnetError):
    """The command line cannot be understood."""
