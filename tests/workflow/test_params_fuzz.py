"""Every key of the params with every kind of nonsense: told by name in one line, or on the list of what is allowed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.workflow.params import RegisterConfig, check_params, load_params
from relaxnet.workflow.study import find_study

ROOT = Path(__file__).parents[2]
PARAMS = read_yaml(ROOT / "params.yaml")
GRIDS = read_yaml(ROOT / "pipelines" / "relaxation" / "grids" / "params.yaml")
STUDY = find_study("relaxation")

BAD = {
    "text": "nonsense", "number as text": "3", "empty text": "", "lines": "a\nb", "nan": float("nan"), "inf": float("inf"),
    "negative": -1, "zero": 0, "fraction": 0.5, "huge": 10**30, "2**40": 2**40, "huge fraction": 1e300, "true": True,
    "null": None, "list": [], "list of text": ["x"], "mapping": {}, "mapping of more": {"more": 1},
}  # fmt: skip
EXTRA = "another_key"

# Reviewed: what may stand at these keys although it is on the list above.  `*`: any profile, model, architecture ...
ALLOWED = {
    r"split\.seed|compare\.noise_seed|search\.sampler_seed|.*\.seed": {"zero"},
    r"profiles\.\w+\.search\.timeout_s": {"fraction"},
}


def plain(content: Any) -> Any:
    """A copy in which no part is shared, as aliases in the file are."""
    return json.loads(json.dumps(content))


def paths(content: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where all keys and elements stand, the inner ones of all levels too."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def at(content: Any, path: tuple) -> Any:
    for part in path:
        content = content[part]
    return content


def spoilt(content: Any) -> Iterator[tuple[tuple, str, Any]]:
    """The path, the kind of nonsense, and the content with it: one change a time."""
    for path in paths(content):
        before = at(content, path)
        for kind, value in BAD.items():
            if type(value) is type(before) and value == before:
                continue
            changed = plain(content)
            at(changed, path[:-1])[path[-1]] = value
            yield path, kind, changed
        if isinstance(before, dict):
            changed = plain(content)
            at(changed, path)[EXTRA] = 1
            yield (*path, EXTRA), "extra key", changed


def judged(content: Any, check) -> tuple[list[str], set[tuple[str, str]]]:
    """What is wrong, and what was accepted."""
    wrong, accepted = [], set()
    for path, kind, changed in spoilt(content):
        dotted = ".".join(map(str, path))
        try:
            check(changed)
        except (InvalidInputError, DataFileError) as error:
            line = str(error)
            field = getattr(error, "field", line)
            exact = field == dotted or field.startswith(f"{dotted}.")
            parent = dotted.startswith(f"{field}.") and str(path[-1]) in line
            # of a section that is shared and in profiles; of the names of profiles, which another key refers to
            elsewhere = "(missing)" in line and f".{dotted}." in field or (dotted, field) == ("profiles", "profile")
            if not (exact or parent or elsewhere) or "\n" in line or len(line) > 400:
                wrong.append(f"{dotted}, {kind}: {line}")
        except Exception as error:
            wrong.append(f"{dotted}, {kind}: {type(error).__name__} {error}")
        else:
            accepted.add((dotted, kind))
    return wrong, accepted


def check_accepted(accepted, allowed):
    unexpected = [
        pair for pair in sorted(accepted)
        if not any(re.fullmatch(pattern, pair[0]) and pair[1] in kinds for pattern, kinds in allowed.items())
    ]  # fmt: skip
    assert not unexpected, "accepted:\n" + "\n".join(map(str, unexpected))
    stale = [
        (pattern, kind) for pattern, kinds in allowed.items() for kind in kinds
        if not any(re.fullmatch(pattern, path) and kind == found for path, found in accepted)
    ]  # fmt: skip
    assert not stale


def test_every_key_of_the_params():
    content = plain(PARAMS)
    for profile in content["profiles"].values():
        del profile["networks"]  # below, with Keras
        profile["networks"] = {}
    wrong, accepted = judged(content, lambda changed: check_params(RelaxationParams, changed))
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)
    check_accepted(accepted, ALLOWED)
