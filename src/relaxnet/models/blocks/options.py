"""Types of options that several architectures share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Dropout = Annotated[float, Field(ge=0, lt=1)]
"""Share of a layer's outputs that are dropped while training."""

Noise = Annotated[float, Field(ge=0, le=1)]
"""Standard deviation of noise on the views while training."""
