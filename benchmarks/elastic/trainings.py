"""The networks of the benchmark, and how each is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relaxnet.training.config import OptimizerConfig

NETWORKS = "relaxnet.studies.elasticity.networks"
BACKBONES = ("vgg16", "resnet50", "densenet121")
FLEXIBLE = f"{NETWORKS}.cnn:flexible"
BEST = {"filters": 32, "kernel": 5, "dropout": 0.2}  # of the course's grid
HEAD_RATE, FINE_RATE = 1e-3, 1e-4  # the course's, of a new head and of all behind it


@dataclass(frozen=True)
class Training:
    """A network with the learning rate of Adam, constant or with a cosine schedule, on cells or on symmetric copies."""

    architecture: str
    options: Mapping[str, Any] = field(default_factory=dict)
    rate: float = 1e-3
    cosine: bool = False
    copies: bool = False

    def optimizer(self, rate: float | None = None) -> OptimizerConfig:
        """Its optimiser, with another rate if that is given."""
        from relaxnet.training.config import OptimizerConfig

        course: dict[str, Any] = {"schedule": "cosine", "warmup": 0.1} if self.cosine else {"schedule": "constant"}
        return OptimizerConfig(name="adam", learning_rate=self.rate if rate is None else rate, **course)


TRAININGS = {
    "baseline": Training(f"{NETWORKS}.cnn:baseline"),
    "tuned": Training(FLEXIBLE, BEST),
    "tuned-cosine": Training(FLEXIBLE, BEST, cosine=True),
    "tuned-copies": Training(FLEXIBLE, BEST, cosine=True, copies=True),
    # VGG16, without normalisation, stays at the mean at a larger rate
    "vgg16": Training(f"{NETWORKS}.backbones:vgg16", rate=1e-4),
    "resnet50": Training(f"{NETWORKS}.backbones:resnet50"),
    "densenet121": Training(f"{NETWORKS}.backbones:densenet121"),
    "equivariant": Training(
        f"{NETWORKS}.equivariant:equivariant", {"filters": [16, 32, 64], "dense": 64}, rate=3e-3, cosine=True
    ),
    "boosting": Training(f"{NETWORKS}.boosting:boosting", {"trees": 300, "leaves": 15}),
    "hill": Training(f"{NETWORKS}.voigt_reuss:voigt_reuss"),
    "flexible": Training(FLEXIBLE, BEST),  # in searches, which set its options
}
SOLVED = ("boosting", "hill")
PLAIN = ("baseline", "tuned", "tuned-cosine", "tuned-copies", "equivariant")
TIMED = {name: name for name in ("baseline", "tuned", "equivariant", *BACKBONES)} | dict.fromkeys(
    ("tuned-cosine", "tuned-copies", "flexible"), "tuned"
)
"""By whose time a training is estimated; the networks of the searches have at most the size of `BEST`."""


def words() -> str:
    """How the networks are trained, for the page."""
    found: dict[str, list[str]] = {}
    for name, training in TRAININGS.items():
        if name not in SOLVED and name != "flexible":
            course = "cosine schedule with a tenth of warm-up" if training.cosine else "constant"
            cells = ", symmetric copies of the cells" if training.copies else ""
            found.setdefault(f"{training.rate:g}, {course}{cells}", []).append(name)
    listed = "; ".join(f"{', '.join(names)}: {how}" for how, names in found.items())
    return (
        f"Adam everywhere. Learning rates: {listed}. A new head alone has {HEAD_RATE:g}, all of a network behind it "
        f"{FINE_RATE:g}, both constant."
    )
