"""What the subcommands share."""

from collections.abc import Iterable
from pathlib import Path

from relaxnet.core.errors import InvalidInputError, RelaxnetError
from relaxnet.core.files import check_writable


class UsageError(RelaxnetError):
    """The command line cannot be understood."""


def check_outputs(outputs: Iterable[Path | None], read: Iterable[Path]) -> None:
    """Raise unless each output can be written and is none of the files that are read.

    Raises
    ------
    DataFileError
        For one that cannot be written.
    InvalidInputError
        For a file that is read.
    """
    sources = [path for path in read if path.exists()]
    for path in filter(None, outputs):
        check_writable(path)
        if path.exists() and any(path.samefile(source) for source in sources):
            raise InvalidInputError("output", path, "another file than those that are read")
