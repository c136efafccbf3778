"""The few numbers of a model that are shown first, for ``dvc metrics``."""

from collections.abc import Iterable, Mapping
from typing import Any

DIGITS = 4


def headline(tests: Mapping[str, Mapping[str, Any]], sets: Iterable[str]) -> dict[str, dict[str, float]]:
    """Mean absolute error of each target on some of the test sets, to four digits, in the target's own unit.

    ``tests`` are those of ``metrics.json``: for each set its ``targets`` with their ``mae``.

    Examples
    --------
    >>> headline({"lattice": {"targets": {"x": {"mae": 0.00512345}}}, "between": {"targets": {}}}, ["lattice"])
    {'lattice': {'x': 0.005123}}
    """
    return {
        name: {target: float(f"{values['mae']:.{DIGITS}g}") for target, values in tests[name]["targets"].items()}
        for name in sets
    }
