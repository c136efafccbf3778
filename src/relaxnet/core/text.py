"""How numbers and lists are written for people."""

from collections.abc import Iterable

_FEW = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def number(value: float, digits: int = 3, *, pad: bool = False) -> str:
    """Write ``digits`` significant digits, zeros at the end only with ``pad``, exponents only when needed.

    Examples
    --------
    >>> number(0.12345), number(1234.5, 3), number(2.0, pad=True)
    ('0.123', '1234', '2.00')
    """
    if value == 0:
        return "0"
    text = f"{value:#.{digits}g}".removesuffix(".") if pad else f"{value:.{digits}g}"
    if "e" in text and 1 <= abs(value) < 1e6:
        text = f"{value:.0f}"
    return text.replace("-", "−", 1) if value < 0 else text


def percent(share: float) -> str:
    """Write a share in 0..1 as percent with one decimal."""
    return f"{100 * share:.1f} %"


def listed(names: Iterable[str]) -> str:
    """Join names as in ``a, b and c``."""
    *head, last = list(names)
    return f"{', '.join(head)} and {last}" if head else last


def count_word(count: int, noun: str) -> str:
    """Begin a sentence with ``Seven networks``, ``One network`` or ``12 networks``."""
    return f"{_FEW[count] if count < len(_FEW) else count} {noun}{'' if count == 1 else 's'}"


def begin_sentence(text: str) -> str:
    """``text`` with a capital letter at its start, the rest as it is."""
    return text[:1].upper() + text[1:]
