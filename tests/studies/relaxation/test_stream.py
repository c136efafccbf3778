from dataclasses import replace

import numpy as np
import pytest

from relaxnet.datasets.split import SplitConfig, split
from relaxnet.datasets.targets import Scaling
from relaxnet.studies.relaxation.dataset import SUBSETS
from relaxnet.studies.relaxation.dataset.regions import draw
from relaxnet.studies.relaxation.emulator import Emulator
from relaxnet.studies.relaxation.emulator.axes import AXES
from relaxnet.studies.relaxation.physics import simulate_many
from relaxnet.studies.relaxation.samples import stream
from relaxnet.studies.relaxation.samples.stream import EmulatedStream, kept_emulator
from relaxnet.studies.relaxation.samples.targets import TARGETS

GRID_K = np.linspace(100.0, 1800.0, 60)
COARSE = tuple(
    replace(axis, spacing=spacing, low=max(axis.low, low))
    for axis, spacing, low in zip(AXES, (0.02, 0.8, 0.1), (60.0, 0.2, 0.2), strict=True)
)


@pytest.fixture(scope="module")
def emulator():
    return Emulator.build(axes=COARSE)


class Asked:
    """In place of an emulator: keeps what it is asked for."""

    def signals(self, sets, workers):
        self.sets = sets
        return self

    def on_grid(self, grid_k, dtype, workers):
        return np.zeros((len(self.sets), 6, len(grid_k)), dtype)


@pytest.mark.parametrize("subset", sorted(SUBSETS))
def test_quartets_are_drawn_from_the_region_of_the_subset(subset):
    asked = Asked()
    _, sets = EmulatedStream(asked, subset, GRID_K).draw(np.random.default_rng(1), 400)
    np.testing.assert_array_equal(sets, draw(subset, np.random.default_rng(1), 400))
    np.testing.assert_array_equal(sets, asked.sets)


def test_what_is_drawn_are_signals_of_the_targets(emulator):
    source = EmulatedStream(emulator, "C", GRID_K)
    drawn, targets = source.draw(np.random.default_rng(3), 20)
    inputs = drawn["signals"]
    assert inputs.shape == (20, 60, 6)
    assert inputs.dtype == np.float32
    exact = simulate_many(targets).on_grid(GRID_K).transpose(0, 2, 1)
    height = np.maximum(1.0, exact.max(axis=(1, 2)))
    assert np.median(np.abs(inputs - exact).max(axis=(1, 2)) / height) < 2e-2  # a coarse table
    again, _ = source.draw(np.random.default_rng(3), 20)
    np.testing.assert_array_equal(again["signals"], inputs)


def test_batches_are_seeded_and_differ(emulator):
    from relaxnet.training.batches import from_stream

    source = EmulatedStream(emulator, "C", GRID_K)
    batches = from_stream(source, Scaling(np.zeros(4), np.full(4, 1e6)), samples=50, batch_size=16, seed=[1, 2])
    assert len(batches) == 4
    assert batches[3][0]["signals"].shape == (2, 60, 6)
    assert batches[0][1].dtype == np.float32
    np.testing.assert_array_equal(batches[1][0]["signals"], batches[1][0]["signals"])
    assert (batches[0][1] != batches[1][1]).any()


def test_the_project_keeps_its_emulator(tmp_path, monkeypatch):
    built = []
    build = Emulator.build

    def small(**options):
        built.append(options)
        return build(axes=COARSE, **options)

    monkeypatch.setattr(stream.Emulator, "build", small)
    first = kept_emulator(tmp_path)
    second = kept_emulator(tmp_path)
    assert len(built) == 1
    np.testing.assert_array_equal(first.table, second.table)
    (table,) = tmp_path.glob("emulator/*/table.npy")
    table.write_bytes(b"")  # damaged: built again
    np.testing.assert_array_equal(kept_emulator(tmp_path).table, first.table)
    assert len(built) == 2
    assert table.stat().st_size


@pytest.mark.slow
def test_training_from_the_stream_is_reproducible(emulator, rng):
    from relaxnet.core.backend import prepare_backend
    from relaxnet.models.blocks.architectures import build
    from relaxnet.training.config import OptimizerConfig, TrainConfig
    from relaxnet.training.loop import train
    from relaxnet.training.losses import TargetLoss

    source = EmulatedStream(emulator, "C", GRID_K)
    stored_inputs, stored_targets = source.draw(rng, 60)

    class Stored:
        targets = stored_targets

        def __init__(self):
            self.input_shapes = {"signals": (60, 6)}

        def inputs(self, index):
            return {"signals": stored_inputs["signals"][index]}

    config = TrainConfig(
        network={"points": 20, "hidden": [8]},
        optimizer=OptimizerConfig(name="adam", learning_rate=1e-3, schedule="constant"),
        batch_size=16,
        epochs=2,
        seed=1,
    )
    parts = split(60, SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1))
    losses = []
    for chosen in (source, source, None):
        prepare_backend(1)
        network = build("perceptron", config.network, Stored().input_shapes, 4)
        trained = train(network, Stored(), parts, TARGETS, TargetLoss([1.0] * 4), config, stream=chosen)
        losses.append(trained.history["loss"])
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]  # the stored quartets were not what it trained on
