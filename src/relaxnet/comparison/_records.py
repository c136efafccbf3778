"""Form of ``metrics.json``, the numbers that an evaluation writes for one model."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, FiniteFloat, NonNegativeInt

from ..config import Config

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(Config):
    model_config = ConfigDict(extra="ignore", frozen=True)  # an evaluation may add what this page does not show


class TargetRecord(_Record):
    """Errors of one target, in ``unit``."""

    unit: str
    mae: NonNegative
    rmse: NonNegative
    median_ae: NonNegative
    baseline_mae: NonNegative
    baseline_rmse: NonNegative
    skill: FiniteFloat
    r2: FiniteFloat
    within: dict[str, Share]
    baseline_within: dict[str, Share]


class QuartetsRecord(_Record):
    """Numbers of test quartets."""

    test: NonNegativeInt
    evaluated: NonNegativeInt
    left_out: NonNegativeInt


class SseRecord(_Record):
    """Mean and median of a sum of squared errors."""

    mean: NonNegative
    median: NonNegative


class TrainingRecord(_Record):
    """Cost of a training."""

    epochs: NonNegativeInt
    seconds: NonNegative
    parameters: NonNegativeInt
    quartets: NonNegativeInt


class MetricsRecord(_Record):
    """Content of ``metrics.json``."""

    model: str
    architecture: str
    subset: str
    weights: dict[str, NonNegative]
    profile: str
    quartets: QuartetsRecord
    targets: dict[str, TargetRecord]
    sse_parameters: SseRecord
    sse_signals: SseRecord
    training: TrainingRecord
    run_id: str
