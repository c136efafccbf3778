"""The universal network as an estimator that the workflow's tests take: quartets in, parameters out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.processes import usable_processors
from relaxnet.datasets.targets import Scaling, Targets

from ..samples.targets import TARGETS
from ..scan_source import SAMPLES
from .estimator import UniversalEstimator

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Tester:
    """What the workflow's measures ask of an estimator."""

    network: UniversalEstimator
    train_mean: Float
    targets: Targets = TARGETS
    layout: Mapping[str, Any] | None = None

    @property
    def scaling(self) -> Scaling:
        """Scaling of the targets by their limits."""
        return self.targets.scaling(self.train_mean[None])

    def estimate(self, inputs: Mapping[str, Any]) -> Float:
        """Parameters of samples, shape (n, 4); the noise is found from the data."""
        return self.network.estimate(list(inputs[SAMPLES]), workers=usable_processors()).parameters
