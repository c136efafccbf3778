"""What a user should know although nothing is wrong."""

import sys


def notice(message: str) -> None:
    """Say it in one line on stderr."""
    print(f"relaxnet: {' '.join(message.split())}", file=sys.stderr)
