"""How targets and numbers are written for people: symbols, units of display, digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .spec import TargetStyle

_FEW = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class TargetLabel:
    """A target's name and unit in files, its symbol and unit on the page, and the factor from one unit to the other."""

    name: str
    file_unit: str
    symbol: str
    unit: str
    factor: float
    digits: int

    def axis(self) -> str:
        """Text for an axis or a heading: symbol and unit, a dash in parentheses where there is none."""
        return f"{self.symbol} ({self.unit or '–'})"

    def error(self, value: float) -> str:
        """``value``, given in the files' unit, in the unit of display, always with all digits of an error."""
        return number(value * self.factor, self.digits, pad=True)

    def value(self, value: float) -> str:
        """``value``, given in the files' unit, in the unit of display, with one digit more than an error."""
        return number(value * self.factor, self.digits + 1)

    def amount(self, value: float) -> str:
        """``value``, given in the files' unit, as a number with its unit: "10 km"."""
        return f"{number(value * self.factor, self.digits)} {self.unit}".strip()


def target_label(name: str, unit: str, styles: Mapping[str, TargetStyle]) -> TargetLabel:
    """Label of a target; one without a style is shown as it is."""
    style = styles.get(name, TargetStyle(name, unit))
    display = unit if style.display_unit is None else style.display_unit
    return TargetLabel(name, unit, style.symbol, "" if display == "1" else display, style.factor, style.digits)


def in_order(targets: Iterable[str], styles: Mapping[str, TargetStyle]) -> list[str]:
    """Targets in the order of the page: those with a style first, others after them by name."""
    known = list(styles)
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


def begin_sentence(text: str) -> str:
    """``text`` with a capital letter at its start, the rest as it is."""
    return text[:1].upper() + text[1:]
