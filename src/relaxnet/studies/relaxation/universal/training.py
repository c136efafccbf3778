"""Train the two networks on freshly simulated glasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .calibration import calibrated
from .config import NetworkConfig, UniversalConfig
from .curves import Curves, Draw, measured, on_axis, simulate_batches
from .estimator import UniversalEstimator, network_of
from .networks import guess_network, scan_network
from .refinement import guess_targets
from .store import as_onnx

if TYPE_CHECKING:
    import keras

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

COMPONENTS = 48
_BASIS_CURVES = 20_000  # enough for the basis
_KEPT_BACK = 0.03  # share of the glasses on which the networks are judged
_WARM_UP = 0.05  # of the steps


@dataclass(frozen=True, eq=False)
class Trained:
    """The two networks, and how well they do on glasses kept back.

    ``model_error`` is the rms error of emulated signals; ``guess_error`` (5,) that of the guesses in the units of the
    network's output; ``calibration`` what makes 90 % intervals hold 90 %, see `calibration.calibrated`;
    ``mean`` (4,) the mean of the parameters drawn.
    """

    scan: keras.Model
    guess: keras.Model
    model_error: float
    guess_error: Float
    calibration: dict[str, list[float]]
    mean: Float


def train(config: UniversalConfig, draw: Draw, workers: int) -> Trained:
    """Simulate glasses and train both networks; the same config gives the same networks, on one number of threads."""
    import keras

    with tqdm(total=config.glasses, desc="simulate", unit="glass", mininterval=2.0) as bar:
        batches = simulate_batches(draw, config.glasses, config.seed, workers, bar.update)
    generator = np.random.default_rng([config.seed, *b"measure"])
    kept = max(1, round(_KEPT_BACK * len(batches)))
    curves, inputs, targets = [], [], []
    for batch in tqdm(batches, desc="measure", unit="batch", mininterval=2.0):
        curves.append(on_axis(batch, generator))
        layout, states = measured(batch, generator)
        inputs.append(layout.guess_inputs())
        targets.append(guess_targets(layout, states))
    keras.utils.set_random_seed(config.seed)
    scan, model_error = _train_scan(config.scan, _joined(curves[kept:]), _joined(curves[:kept]))
    known = np.concatenate(inputs[kept:]), np.concatenate(targets[kept:])
    unseen = np.concatenate(inputs[:kept]), np.concatenate(targets[:kept])
    guess, guess_error = _train_guess(config.guess, known, unseen)
    mean = np.concatenate([batch.sets for batch in batches]).mean(axis=0)
    # as they will be used, and in an eighth of the time that Keras takes
    networks = {"guess": network_of(as_onnx(guess)), "scan": network_of(as_onnx(scan))}
    estimator = UniversalEstimator(**networks, facts={"model_error": model_error})
    calibration = calibrated(estimator, draw, config.seed, workers)
    return Trained(scan, guess, model_error, guess_error, calibration, mean)


def _joined(parts: list[Curves]) -> Curves:
    return Curves(*(np.concatenate([getattr(part, name) for part in parts]) for name in Curves.__dataclass_fields__))


def _train_scan(config: NetworkConfig, curves: Curves, unseen: Curves) -> tuple[keras.Model, float]:
    """The network that emulates scans, trained on the components of a basis; its rms error on unseen scans."""
    import keras
    from keras import ops

    mean = curves.signals.mean(axis=0, dtype=np.float64)
    some = curves.signals[:: max(1, len(curves.signals) // _BASIS_CURVES)] - mean
    _, _, basis = np.linalg.svd(some, full_matrices=False)
    basis = basis[:COMPONENTS]
    components = (curves.signals - mean) @ basis.T
    # the outputs, the roots of the spread of each component, lie between equal weights and those of the signal
    scale = np.sqrt(components.std(axis=0))
    model = scan_network(mean, basis * scale[:, None], config.width, config.depth)
    inner = keras.Model(model.inputs, model.get_layer("components").output)
    importance = (scale**2).astype(np.float32)

    def loss(true: Any, estimate: Any) -> Any:
        return 100.0 * ops.sum(ops.square(true - estimate) * importance, axis=-1)

    targets = (components / scale).astype(np.float32)
    _fit(inner, config, loss, curves.features, targets, curves.weight, "train scans")
    usual = unseen.weight > 0.17  # up to the height of 6
    error = model.predict(unseen.features, batch_size=4096, verbose=0) - unseen.signals
    return model, float(np.sqrt(np.mean(error[usual] ** 2)))


def _train_guess(
    config: NetworkConfig, known: tuple[Float32, Float], unseen: tuple[Float32, Float]
) -> tuple[keras.Model, Float]:
    """The network that guesses, its outputs scaled by their spread; its rms error on unseen glasses."""
    import keras

    inputs, targets = known
    mean, spread = targets.mean(axis=0), targets.std(axis=0)
    centre, size = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    model = guess_network(config.width, config.depth)
    scaled = ((targets - mean) / spread).astype(np.float32)
    _fit(model, config, "mse", (inputs - centre) / size, scaled, np.ones(len(inputs), np.float32), "train guesses")
    whole = keras.Input(model.input_shape[1:], name="picture")
    values = keras.layers.Rescaling((1.0 / size).tolist(), (-centre / size).tolist())(whole)
    outputs = keras.layers.Rescaling(spread.tolist(), mean.tolist())(model(values))
    model = keras.Model(whole, outputs, name="guess")
    error = model.predict(unseen[0], batch_size=4096, verbose=0) - unseen[1]
    return model, np.sqrt(np.mean(error**2, axis=0))


def _fit(
    model: keras.Model, config: NetworkConfig, loss: Any, inputs: Float32, targets: Float32, weight: Float32, text: str
) -> None:
    """Adam with warm-up and a rate that falls along a cosine to 0."""
    import keras

    steps = -(-len(inputs) // config.batch_size) * config.epochs
    warm_up = max(1, round(_WARM_UP * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.Adam(rate, beta_2=0.99)
    # several steps a call: what Python does between them takes a third of the time
    model.compile(optimizer, loss=loss, jit_compile=False, steps_per_execution=10)
    with tqdm(total=config.epochs, desc=text, unit="epoch", mininterval=2.0) as bar:
        tick = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: bar.update())
        model.fit(
            inputs, targets, sample_weight=weight, batch_size=config.batch_size, epochs=config.epochs, verbose=0,
            callbacks=[tick],
        )  # fmt: skip
