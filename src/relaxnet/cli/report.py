"""``relaxnet report``: what the pipeline made, in a few lines, and where to look."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import read_json
from ._common import Commands

_COLUMNS = (("beta", "0.02"), ("x", "0.02"), ("dh_j_per_mol", "10000"), ("ln_a", "10"))
_HEADINGS = ("beta <= 0.02", "x <= 0.02", "dh <= 10 kJ/mol", "ln A <= 10")


def add_parser(commands: Commands) -> None:
    """Add ``relaxnet report``."""
    parser = commands.add_parser("report", help="what the pipeline made, and where to look")
    parser.add_argument("--folder", type=Path, default=Path(), help="of the project (default: here)")
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> None:
    root: Path = arguments.folder
    found = sorted((root / "reports" / "evaluation").glob("*/metrics.json"))
    if not found:
        raise DataFileError(f"{root / 'reports' / 'evaluation'}: no evaluation found: run `make repro` first")
    print("\nTest quartets estimated within (percent):")
    print(f"  {'model':6s} {'w_lnA':>6s}" + "".join(f"{heading:>17s}" for heading in _HEADINGS))
    for path in found:
        try:
            print(_row(read_json(path)))
        except (KeyError, TypeError) as error:
            raise DataFileError(f"{path}: not an evaluation of this version ({error!r})") from None
    registered = root / "reports" / "registered.json"
    if registered.exists():
        best = read_json(registered)
        print(f"\nRegistered: {best['name']} version {best['version']} @{best['alias']} (model {best['model']})")
    print("\nWhere to look:")
    for what, where in (
        ("comparison page", "reports/comparison/index.html"),
        ("paper's figures", "reports/paper/index.html"),
        ("data validation", "reports/validation/C.html (one page a subset)"),
        ("search", "reports/search/trials.csv"),
        ("all runs", "make ui, then http://127.0.0.1:5000 (experiment relaxation: select the runs, Compare)"),
    ):
        print(f"  {what:16s} {where}")


def _row(metrics: dict[str, Any]) -> str:
    shares = [100 * metrics["targets"][target]["within"][threshold] for target, threshold in _COLUMNS]
    start = f"  {metrics['model']:6s} {metrics['weights']['ln_a']:6g}"
    return start + "".join(f"{share:17.1f}" for share in shares)
