"""ImageNet backbones with a new head: VGG16, ResNet50 and DenseNet121 of ``keras.applications``."""

from typing import NamedTuple

import keras

from relaxnet.core.config import Config
from relaxnet.datasets.source import Shapes
from relaxnet.models.blocks.architectures import Architecture
from relaxnet.models.blocks.network import Network, Width

from .views import inputs
from .weights import load_weights

CHANNEL_MEANS = (103.939, 116.779, 123.68)  # of ImageNet in 0 ... 255, blue to red
CHANNEL_MEANS_1, CHANNEL_SPREADS_1 = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # in 0 ... 1, red to blue

MOMENTUM = 0.9
"""Of the moving statistics of batch normalisation: with the 0.99 of Keras they still hold most of their start after the
few dozen steps that a training here may have, and estimates are made with them."""


class BackboneOptions(Config):
    """What the backbone starts from, whether it is trained, and the width of the head.

    ``weights`` is ``none`` (random; those of another model come by ``start``), ``imagenet``, or a file: ``.weights.h5``
    or ``.h5`` of the backbone alone, or ``.keras`` with a layer of its name.  A ``frozen`` backbone is computed once.
    """

    weights: str = "none"
    frozen: bool = False
    dense: Width = 16


class Backbone(NamedTuple):
    """Name in ``keras.applications`` and of the layer, and how its pre-processing scales a grey value of 0 ... 1.

    ``preprocess_input`` of Keras as scale and offset of each channel: that of VGG16 and ResNet50 subtracts means from
    0 ... 255 (and swaps colours, which grey has not), that of DenseNet121 standardises 0 ... 1.
    """

    kind: str
    name: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    def build(self, options: BackboneOptions, input_shapes: Shapes, outputs: int) -> Network:
        """Grey to three channels, scaling, backbone, global average pooling, dense 16 + ReLU, dense."""
        given = inputs(input_shapes, self.name)
        size, _, _ = input_shapes["image"]
        colours = keras.layers.Concatenate(name="colours")([given["image"]] * 3)
        scaled = keras.layers.Rescaling(list(self.scale), list(self.offset), name="scaled")(colours)
        application = getattr(keras.applications, self.kind)
        backbone = application(weights=None, include_top=False, input_shape=(size, size, 3))
        backbone.name = self.name
        forget_faster(backbone)
        load_weights(backbone, self.kind, options.weights)
        if options.frozen:
            backbone.trainable = False
            preprocess = keras.Model(given, [backbone(scaled)], name="views")
            view = keras.Input(preprocess.outputs[0].shape[1:], name="view")
            features = view
        else:
            preprocess = keras.Model(given, [scaled], name="views")
            view = keras.Input((size, size, 3), name="view")
            features = backbone(view)
        features = keras.layers.GlobalAveragePooling2D(name="pool")(features)
        features = keras.layers.Dense(options.dense, activation="relu", name="dense")(features)
        estimate = keras.layers.Dense(outputs, name="estimate")(features)
        return Network(preprocess, keras.Model([view], estimate, name=f"{self.name}_head"))


def forget_faster(model: keras.Model) -> None:
    """Give all batch normalisations of a model moving statistics of the last dozens of batches, see `MOMENTUM`."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = MOMENTUM


def _subtracting(kind: str, name: str) -> Backbone:
    return Backbone(kind, name, (255.0,) * 3, tuple(-mean for mean in CHANNEL_MEANS))


def _standardising(kind: str, name: str) -> Backbone:
    shifts = tuple(-mean / spread for mean, spread in zip(CHANNEL_MEANS_1, CHANNEL_SPREADS_1, strict=True))
    return Backbone(kind, name, tuple(1.0 / spread for spread in CHANNEL_SPREADS_1), shifts)


vgg16 = Architecture(BackboneOptions, _subtracting("VGG16", "vgg16").build)
resnet50 = Architecture(BackboneOptions, _subtracting("ResNet50", "resnet50").build)
densenet121 = Architecture(BackboneOptions, _standardising("DenseNet121", "densenet121").build)
