"""Options of a benchmark of equal optimiser steps."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .journal import RESULTS


def options(description: str, study: str, **samples: int) -> Any:
    """What the command line says: ``budget``, ``folder``, which is made, ``page``, ``tables``, and numbers of samples.

    ``samples`` are the latter's defaults, by the name of the option.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, default=8.0, help="hours, at most (default: 8)")
    for name, count in samples.items():
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{name} to train on (default: {count})")
    parser.add_argument("--folder", type=Path, default=RESULTS / study)
    parser.add_argument("--page", type=Path, help="Markdown page with the marks between which the tables go")
    parser.add_argument("--tables", action="store_true", help="only write what the journal has")
    found = parser.parse_args()
    found.folder.mkdir(parents=True, exist_ok=True)
    return found
