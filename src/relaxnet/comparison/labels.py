"""How targets and numbers are written for people: symbols, units of display, digits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SYMBOLS = {"beta": "β", "x": "x", "dh_j_per_mol": "Δh*", "ln_a": "ln(A/s)"}
"""Symbols of the paper, in the order in which targets are shown."""

_DISPLAY_UNITS = {"J/mol": ("kJ/mol", 1e-3), "1": ("", 1.0)}
_FEW = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class TargetLabel:
    """A target's name in files, symbol, unit on the page, and the factor from the files' unit to that."""

    name: str
    symbol: str
    unit: str
    factor: float

    def axis(self) -> str:
        """Text for an axis or a heading: symbol and unit, a dash in parentheses where there is none."""
        return f"{self.symbol} ({self.unit or '–'})"

    def error(self, value: float) -> str:
        """``value``, given in the files' unit, in the unit of display, always with three digits."""
        return number(value * self.factor, pad=True)

    def value(self, value: float, digits: int = 3) -> str:
        """``value``, given in the files' unit, as a number in the unit of display."""
        return number(value * self.factor, digits)

    def amount(self, value: float) -> str:
        """``value``, given in the files' unit, as a number with its unit: "10 kJ/mol"."""
        return f"{self.value(value)} {self.unit}".strip()


def target_label(name: str, unit: str) -> TargetLabel:
    """Label of a target; unknown names and units are shown as they are."""
    display, factor = _DISPLAY_UNITS.get(unit, (unit, 1.0))
    return TargetLabel(name, SYMBOLS.get(name, name), display, factor)


def in_order(targets: Iterable[str]) -> list[str]:
    """Targets in the order of the page: well-known ones first, others after them by name."""
    known = list(SYMBOLS)
    return sorted(targets, key=lambda t: (known.index(t) if t in known else len(known), t))


def number(value: float, digits: int = 3, *, pad: bool = False) -> str:
    """Write ``digits`` significant digits, zeros at the end only with ``pad``, exponents only when needed."""
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
