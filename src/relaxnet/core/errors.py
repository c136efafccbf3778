"""Exceptions of relaxnet; the command line prints their one line and exits with ``exit_status``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

_LONGEST_VALUE = 120


class RelaxnetError(Exception):
    """Base of every error that relaxnet raises on purpose."""

    exit_status = 2


class InvalidInputError(RelaxnetError, ValueError):
    """A value outside its allowed range: the field as the user knows it, what was given, what is allowed, in words."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        self.field, self.value, self.allowed = field, value, allowed
        super().__init__(f"{field} = {_short(value)}: must be {allowed}")

    def __reduce__(self) -> tuple[type[InvalidInputError], tuple[str, object, str]]:
        return type(self), (self.field, self.value, self.allowed)  # workers send it home


class DataFileError(RelaxnetError):
    """A data file that is missing, truncated, damaged or of another kind."""


class MissingFileError(DataFileError):
    """A data file that is not there."""


class ExecutionError(RelaxnetError):
    """Workers that cannot be reached, or that died."""


class MissingExtraError(RelaxnetError):
    """What is asked for needs packages that are not installed."""


class BackendError(RelaxnetError):
    """Keras, or its backend, cannot be used."""


class ValidationFailedError(RelaxnetError):
    """A dataset broke one of its expectations."""


class TrackingError(RelaxnetError):
    """The MLflow tracking store cannot be used."""


class RefusedError(RelaxnetError):
    """A promotion that its gates refuse."""

    exit_status = 3


class SearchStorageError(RelaxnetError):
    """The database of a search cannot be used."""


class TrainingError(RelaxnetError):
    """Training cannot go on (for example, the loss is no longer finite)."""


@contextmanager
def within(place: str) -> Iterator[None]:
    """Begin the field of an `InvalidInputError` with the place where it was found: ``models.C`` and ``loss``.

    Examples
    --------
    >>> with within("models.C"):
    ...     raise InvalidInputError("loss", "cubic", "one of mse, mae")
    Traceback (most recent call last):
    relaxnet.core.errors.InvalidInputError: models.C.loss = cubic: must be one of mse, mae
    """
    try:
        yield
    except InvalidInputError as error:
        raise InvalidInputError(f"{place}.{error.field}", error.value, error.allowed) from None


def require_extra(what: str, extra: str, *modules: str) -> None:
    """Raise `MissingExtraError` unless ``modules``, which the extra of that name brings, are installed."""
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError(f'{what} needs more: pip install ".[{extra}]" in a checkout')


def first_line(error: BaseException) -> str:
    r"""First line of an error's message, or the name of its type where it has none.

    Examples
    --------
    >>> first_line(ValueError("no number\nat line 2")), first_line(KeyboardInterrupt())
    ('no number', 'KeyboardInterrupt')
    """
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)


def _short(value: object) -> str:
    """Text of a value in one line of bounded length, whatever was given."""
    try:
        text = str(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = "a number of thousands of digits"
    if not text.isprintable():
        text = repr(text)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 4]} ..."
