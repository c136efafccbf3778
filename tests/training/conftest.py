import numpy as np
import pytest

from relaxnet.datasets.split import SplitConfig, split
from relaxnet.datasets.targets import Target, Targets
from relaxnet.models.blocks.architectures import build
from relaxnet.training.config import LossConfig, OptimizerConfig, TrainConfig
from relaxnet.training.losses import make_loss

OPTIONS = {"filters": [3], "kernel": 5, "pool": 4, "dense": 6, "dropout": 0.2}


class Ramps:
    """A source of another study than relaxation: shifted ramps, whose shift and slope are to be estimated."""

    def __init__(self, samples=60, points=64):
        self.layout, self.facts = {"time_s": {"first": 0.0, "last": 63.0, "points": 64}}, {}
        generator = np.random.default_rng(5)
        self.targets = np.column_stack([generator.uniform(20, 40, samples), generator.uniform(200, 400, samples)])
        self.input_shapes = {"ramps": (points, 2)}

    def inputs(self, index):
        shift, slope = (self.targets[index, column, None, None] for column in (0, 1))
        t = np.arange(self.input_shapes["ramps"][0])[None, :, None] - 4 * np.arange(2)
        return {"ramps": (1 / (1 + np.exp(-(t - shift) * slope / 1000))).astype(np.float32)}


@pytest.fixture
def source():
    return Ramps()


@pytest.fixture
def targets():
    return Targets((Target("shift", "K", (0.0, 60.0), (1.0,)), Target("slope", "1/K", (0.0, 600.0))))


@pytest.fixture
def loss(targets):
    return make_loss(LossConfig(), targets.column_weights({"shift": 1.0, "slope": 1.0}))


@pytest.fixture
def parts(source):
    return split(len(source.targets), SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))


@pytest.fixture
def config():
    return TrainConfig(
        network=OPTIONS,
        optimizer=OptimizerConfig(name="adam", learning_rate=1e-2, schedule="cosine"),
        batch_size=8,
        epochs=6,
        seed=3,
    )


@pytest.fixture
def network(source):
    return build("cnn", OPTIONS, source.input_shapes, 2)
