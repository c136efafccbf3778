"""What the subcommands share."""

import math
import re
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


def rate_option(option: str, text: str | None) -> float | None:
    """Rate in K/min from ``10``, ``10K/min`` or ``1000 K/s``."""
    from relaxnet.studies.relaxation.physics.program import check_rate

    if text is None:
        return None
    match = re.fullmatch(r"\s*([^\s/K]+)\s*(K/min|K/s)?\s*", text)
    try:
        value = float(match[1]) if match else math.nan
    except ValueError:
        value = math.nan
    if not match or math.isnan(value):
        raise InvalidInputError(option, text, "a rate such as 10 (K/min) or 1000K/s")
    return check_rate(option, value * (60.0 if match[2] == "K/s" else 1.0))


def whole_option(option: str, text: str | None) -> int | None:
    """A whole number from 1."""
    if text is not None and not (re.fullmatch(r"[0-9]{1,6}", text) and int(text) >= 1):
        raise InvalidInputError(option, text, "a whole number from 1")
    return int(text) if text is not None else None
