"""A study that the workflow has never heard of: how wide a spot is and how it fades, from an image and a rate."""

import keras
import numpy as np
import pandas as pd

from relaxnet.core.config import Config
from relaxnet.datasets.judge import Check, judge
from relaxnet.datasets.targets import Axis, Target, Targets
from relaxnet.datasets.validation import ValidationReport
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network
from relaxnet.reporting.spec import Descriptor, ReportSpec
from relaxnet.workflow.params import StudyParams
from relaxnet.workflow.study import Study

TIME_S = np.linspace(0.0, 3.0, 12)
FADING = Target("fading", "1", None, (0.05,), axis=Axis("time", "s", tuple(TIME_S.tolist())))
TARGETS = Targets((Target("width", "px", (1.0, 4.0), (0.2, 0.5)), FADING))


class ToyParams(StudyParams):
    simulate: dict[str, int]


class Spots:
    """Images of a spot, and the rate at which it fades."""

    def __init__(self, file):
        self.layout, self.facts = {"pixels": 16}, {"unit": "px"}
        self.images, self.rates, self.targets = np.load(file).values()
        self.input_shapes = {"image": self.images.shape[1:], "rate": (1,)}

    def inputs(self, index):
        return {"image": self.images[index].astype("float32"), "rate": self.rates[index].astype("float32")}


def simulate(subset, params, workspace):
    generator, count = np.random.default_rng(params.simulate["seed"]), params.simulate["spots"]
    width, rate = generator.uniform(1, 4, (count, 1)), generator.uniform(0.2, 2.0, (count, 1))
    x, y = np.mgrid[-8:8, -8:8]
    image = np.exp(-(x**2 + y**2) / (2 * width[:, :, None] ** 2)) + generator.normal(0, 0.02, (count, 16, 16))
    targets = np.hstack([width, np.exp(-rate * TIME_S) / width])
    (workspace / subset).mkdir(parents=True, exist_ok=True)
    np.savez(workspace / subset / "spots.npz", images=image[..., None], rates=rate, targets=targets)
    return workspace / subset


def validate(subset, params, data):
    table = pd.DataFrame({"spot": range(params.simulate["spots"]), "width": Spots(data / "spots.npz").targets[:, 0]})
    limits = {"column": "width", "min_value": 1.0, "max_value": 4.0}
    checks = [Check("Widths are those asked for", "1 to 4", "ExpectColumnValuesToBeBetween", limits, "range", "px")]
    results = tuple(judge(table, checks, "spot"))
    return ValidationReport(subset, results[0].success, "spot", "spots", {"Spots": len(table)}, (), results, {}, {})


class Options(Config):
    filters: int


def build(options, input_shapes, outputs):
    inputs = {name: keras.Input(shape, name=name) for name, shape in input_shapes.items()}
    preprocess = keras.Model(inputs, [keras.layers.Identity(name=f"view_{name}")(x) for name, x in inputs.items()])
    image, rate = (keras.Input(view.shape[1:], name=view.name) for view in preprocess.outputs)
    features = keras.layers.Conv2D(options.filters, 5, strides=2, activation="relu", name="conv")(image)
    features = keras.layers.Concatenate()([keras.layers.Flatten()(features), rate])
    head = keras.layers.Dense(outputs, name="head")(keras.layers.Dense(32, activation="relu", name="dense")(features))
    return Network(preprocess, keras.Model([image, rate], head, name="toy"))


CNN2D = Architecture(Options, build)

STUDY = Study(
    name="toy",
    origin=f"{__name__}:STUDY",
    params=ToyParams,
    simulate=simulate,
    validate=validate,
    targets=lambda model: TARGETS,
    source=lambda data, recipe, layout: Spots(data / "spots.npz"),
    report=ReportSpec(
        "Spot networks",
        "spot",
        "spots",
        descriptors=(Descriptor("brightness", "brightness (–)"),),
        means=("brightness",),
    ),
    measures=lambda tested, params: pd.DataFrame({"brightness": tested.source.images[tested.index].sum((1, 2, 3))}),
)
