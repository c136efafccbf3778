"""What is wrong in a config is told by its key, with what would be right."""

from collections.abc import Mapping
from typing import Annotated

import pytest
from pydantic import Field

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import InvalidInputError


class Ramp(Config):
    to_c: float
    k_per_min: float


class Hold(Config):
    hours: float


class Program(Config):
    start_c: float = 0.0
    steps: tuple[Ramp | Hold, ...] = ()
    named: Annotated[Mapping[str, Ramp], Field(max_length=2)] = Field(default_factory=dict)
    last_: Hold | None = Field(default=None, alias="last")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"strat_c": 1.0}, "program.strat_c = 1.0: must be absent; known keys: start_c, steps, named, last"),
        ({"named": {"a": {"to": 1.0}}}, "program.named.a.to = 1.0: must be absent; known keys: to_c, k_per_min"),
        ({"last": {"hour": 1.0, "hours": 1.0}}, "program.last.hour = 1.0: must be absent; known keys: hours"),
        ({"steps": [{"hours": 1.0}, {"hours": 1.0, "minutes": 2}]},
         "program.steps.1.minutes = 2: must be absent; known keys: to_c, k_per_min, hours"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_told_with_those_that_there_are(values, line):
    with pytest.raises(InvalidInputError) as caught:
        parse(Program, values, "program")
    assert str(caught.value) == line
