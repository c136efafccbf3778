"""Form of ``metrics.json``, the numbers that an evaluation writes for one model."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import ConfigDict, Field, FiniteFloat, NonNegativeInt, create_model

from relaxnet.core.config import Config

METRICS = "metrics.json"
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(Config):
    model_config = ConfigDict(extra="ignore", frozen=True)  # an evaluation may add what this page does not show


class TargetRecord(_Record):
    """Errors of one target, in ``unit``; ``skill``, ``r2``, ``nrmse`` are None if it does not vary in the test data."""

    unit: str
    mae: NonNegative
    rmse: NonNegative
    median_ae: NonNegative
    baseline_mae: NonNegative
    baseline_rmse: NonNegative
    skill: FiniteFloat | None
    r2: FiniteFloat | None
    nrmse: NonNegative | None = None
    within: dict[str, Share]
    baseline_within: dict[str, Share]
    quantiles: dict[str, NonNegative] = Field(default_factory=dict)


class CountsRecord(_Record):
    """Numbers of test samples."""

    test: NonNegativeInt
    evaluated: NonNegativeInt
    left_out: NonNegativeInt = 0


class SseRecord(_Record):
    """Mean and median of a sum of squared errors."""

    mean: NonNegative
    median: NonNegative


class TrainingRecord(_Record):
    """Cost of a training: ``n_parameters`` weights in the network, ``n_trainable`` of them free to change."""

    epochs: NonNegativeInt
    seconds: NonNegative
    n_parameters: NonNegativeInt
    n_trainable: NonNegativeInt
    samples: NonNegativeInt


class FitRecord(_Record):
    """A plain fit to some samples of a test set: mean absolute errors by target, of all fits but those that failed."""

    fitted: NonNegativeInt
    failed: NonNegativeInt
    mae: dict[str, NonNegative]


class SetRecord(_Record):
    """Errors on one test set: ``folder`` and ``md5`` of its files, as DVC knows them, and counts of its samples.

    ``fit`` is a plain fit to some of them, where one was made.
    """

    folder: str
    md5: str
    samples: CountsRecord
    targets: dict[str, TargetRecord]
    fit: FitRecord | None = None


class MetricsRecord(_Record):
    """Content of ``metrics.json`` that is the same in all studies.

    ``tests`` holds the errors on each test set.  ``region`` is where in the state space those sets lie, by
    default the subset that the model is trained on; only models of one region are compared with each other.
    ``means`` are those of what only the study measures.
    """

    model: str
    architecture: str
    subset: str
    region: str = ""
    loss: str
    loss_weights: dict[str, NonNegative]
    profile: str
    samples: CountsRecord
    targets: dict[str, TargetRecord]
    tests: dict[str, SetRecord] = Field(default_factory=dict)
    edges: dict[str, dict[str, dict[str, FiniteFloat | None]]] = Field(default_factory=dict)
    means: dict[str, FiniteFloat | None] = Field(default_factory=dict)
    descriptors: dict[str, dict[str, FiniteFloat | None]] = Field(default_factory=dict)
    training: TrainingRecord
    run_id: str
    run_url: str = ""

    @property
    def place(self) -> str:
        """The region that the model is tested on."""
        return self.region or self.subset

    def sum_of_squares(self, name: str) -> SseRecord:
        """Look up one of the study's sums of squared errors."""
        record: SseRecord = getattr(self, name)
        return record


def metrics_record(samples: str, sums: Iterable[str]) -> type[MetricsRecord]:
    """Form of a study's ``metrics.json``: counts under its noun for samples, and its sums of squared errors."""
    alias = Field(alias=samples)
    training = create_model("TrainingRecord", __base__=TrainingRecord, samples=(NonNegativeInt, alias))
    test = create_model("SetRecord", __base__=SetRecord, samples=(CountsRecord, alias))
    entries: dict[str, Any] = dict.fromkeys(sums, (SseRecord, ...))
    entries |= {"tests": (dict[str, test], Field(default_factory=dict))}  # type: ignore[valid-type]
    return create_model(
        "MetricsRecord", __base__=MetricsRecord, samples=(CountsRecord, alias), training=(training, ...), **entries
    )
