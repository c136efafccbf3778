"""A worker of a search, as a process of its own: ``worker.py STORAGE LOG TRIALS SECONDS_A_STEP [GRID]``."""

import os
import sys
import time
from pathlib import Path

from relaxnet.core.console import run_cleanly
from relaxnet.search.config import PrunerConfig, SamplerConfig
from relaxnet.search.run import Search
from relaxnet.search.space import ParameterConfig
from relaxnet.search.spec import SearchSpec

SPACE = {"x": ParameterConfig(low=-2.0, high=2.0), "kind": ParameterConfig(choices=("a", "b"))}
GRID = {"x": ParameterConfig(choices=(-2, -1, 0, 1, 2)), "kind": ParameterConfig(choices=("a", "b"))}
STEPS = 5


def spec(grid=False):
    name = "grid" if grid else "tpe"
    space = GRID if grid else SPACE
    sampler, pruner = SamplerConfig(name=name, startup_trials=3), PrunerConfig(name="none")
    return SearchSpec(f"killed-{name}", space, fingerprint="1", sampler=sampler, pruner=pruner, steps=STEPS)


def place(text):
    return text if "://" in text else Path(text)


def main():
    storage, log, trials, seconds, *grid = sys.argv[1:]
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(text):
        os.write(file, f"{time.time():.3f} {os.getpid()} {text}\n".encode())

    def objective(trial):
        note(f"begin {trial.number}")
        for step in range(STEPS):
            time.sleep(float(seconds))
            trial.report(step, trial.params["x"] ** 2 + 1 / (step + 1))
        note(f"end {trial.number}")
        return trial.params["x"] ** 2

    search = Search(spec(bool(grid)), place(storage), lambda number, notes: note(f"orphan {number}"))
    search.work(objective, trials=None if grid else int(trials))
    search.close()
    note("done")


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
