"""Which stage of the pipeline trains a model, where it is not ``train``."""

BACKBONES = ("vgg16", "resnet50", "densenet121")

TRAINED_BY = {
    **{f"{name}-source": "pretrain" for name in BACKBONES},
    **{f"{name}-{part}": "transfer" for name in BACKBONES for part in ("head", "fine")},
}
