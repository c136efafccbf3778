"""Tasks for executors, in a module of their own so that workers can import them."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relaxnet.core.errors import InvalidInputError

AT_IMPORT = dict(os.environ)
prepared = []


def prepare():
    prepared.append(os.environ.get("RELAXNET_TEST"))


def fail():
    raise InvalidInputError("backend", "none", "installed")


# One beta: processes start sooner.
SETS = np.array([[-79.21, 318443.9, 0.4 + 0.01 * number, 0.71] for number in range(50)])


@dataclass(frozen=True)
class Number:
    value: int

    def __call__(self):
        return str(self.value).encode()


@dataclass(frozen=True)
class Process(Number):
    def __call__(self):
        time.sleep(0.02)
        return str(os.getpid()).encode()


@dataclass(frozen=True)
class Refused(Number):
    def __call__(self):
        raise InvalidInputError("value", self.value, "another")


@dataclass(frozen=True)
class Broken(Number):
    def __call__(self):
        raise ZeroDivisionError("division\nby zero")


@dataclass(frozen=True)
class Deadly(Number):
    def __call__(self):
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class DeadlyOnce(Number):
    marker: Path

    def __call__(self):
        if not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__()


@dataclass(frozen=True)
class Variable(Number):
    """What it sees of the environment, when it is imported and when it is called."""

    name: str

    def __call__(self):
        return {"imported": AT_IMPORT.get(self.name), "called": os.environ.get(self.name), "process": os.getpid()}


@dataclass(frozen=True)
class Prepared(Number):
    def __call__(self):
        return os.getpid(), prepared.copy()


@dataclass(frozen=True)
class Unpicklable(Number):
    def __call__(self):
        return lambda: None


class StubbornError(Exception):
    """Cannot be rebuilt by pickle."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}\nand more")


@dataclass(frozen=True)
class Stubborn(Number):
    def __call__(self):
        raise StubbornError("this", "that")


@dataclass(frozen=True)
class Endless(Number):
    """Leaves its process id behind and stays busy."""

    folder: Path

    def __call__(self):
        (self.folder / str(os.getpid())).touch()
        while True:
            pass
