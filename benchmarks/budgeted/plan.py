"""The plan of a benchmark: measured once, so that a continued one keeps it; as many steps as fit into a budget."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import write_json

PLAN = "plan.json"
SIDE_BY_SIDE = 1.65  # what two trainings of a thread each do, against one


class Speed(NamedTuple):
    """Seconds of the processor, one thread: of a step, of an estimate, and until the first step is done."""

    step: float
    image: float
    start: float


def kept_plan(folder: Path, begun: Mapping[str, Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The plan of a folder, made once; ``begun`` is what all rows of its journal have in common.

    Raises
    ------
    DataFileError
        If the folder was begun with something else.
    """
    file = folder / PLAN
    if file.exists():
        plan = dict(json.loads(file.read_text()))
        other = [f"{key} {plan.get(key)}, now {value}" for key, value in begun.items() if plan.get(key) != value]
        if other:
            raise DataFileError(f"{file}: begun with {'; '.join(other)}: give another --folder")
        return plan
    plan = {**begun, **make()}
    print(f"{plan['steps']} steps for every training", flush=True)
    write_json(file, plan)
    return plan


def steps_within(budget_hours: float, candidates: range, hours: Callable[[int], float]) -> int:
    """The most of the ``candidates`` for the number of steps whose trainings fit into the budget.

    Raises
    ------
    InvalidInputError
        If not even the least number fits.
    """
    fitting = bisect_right(candidates, budget_hours, key=hours)  # more steps take longer
    if not fitting:
        least = f"at least {hours(candidates[0]):.1f} hours, for {candidates[0]} steps of each training"
        raise InvalidInputError("budget", budget_hours, least)
    return candidates[fitting - 1]


def measured(body: Any, views: Any, targets: Any, began: float) -> Speed:
    """Speed of a network's body on one batch: of the steps the median of three, after two.

    ``began`` is when its building did, by `time.process_time`.
    """
    import time

    import numpy as np

    ends = []
    body.compile("adam", "mse")
    for _ in range(5):
        body.train_on_batch(views, targets)
        ends.append(time.process_time())
    step = float(np.median(np.diff(ends)[1:]))
    body.predict_on_batch(views)
    asked = time.process_time()
    body.predict_on_batch(views)
    return Speed(step, (time.process_time() - asked) / len(targets), ends[0] - began)
