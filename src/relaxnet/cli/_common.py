"""What the subcommands share."""

from relaxnet.core.errors import RelaxnetError


class UsageError(RelaxnetError):
    """The command line cannot be understood."""
