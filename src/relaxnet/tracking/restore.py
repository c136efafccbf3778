"""``python -m relaxnet.tracking.restore EXPERIMENT``: bring a deleted experiment of this folder's project back."""

import argparse
import sys
from pathlib import Path

from relaxnet.core.console import run_cleanly
from relaxnet.core.errors import TrackingError

from ._environment import prepare
from .tracker import Tracker
from .uri import redacted, tracking_uri


def restore(experiment: str) -> None:
    """Bring it back, with its runs and models.

    Raises
    ------
    TrackingError
        If the store cannot be used, or has no such experiment.
    """
    root = Path.cwd()
    uri = tracking_uri(root)
    prepare()
    from ._store import open_store

    if open_store(uri, root).get_experiment_by_name(experiment) is None:
        raise TrackingError(f"MLflow store {redacted(uri)}: has no experiment {experiment}")
    with Tracker(root, experiment):
        pass  # opening it restores it


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment")
    restore(parser.parse_args().experiment)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
