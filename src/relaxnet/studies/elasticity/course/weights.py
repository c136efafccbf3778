"""What the weights of a model were before its own training, in words: results are labelled by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dataset.config import SimulateConfig

if TYPE_CHECKING:
    from ..params import ElasticityParams


SOLVED = ("voigt_reuss", "boosting")


def weights_before(params: ElasticityParams, name: str) -> str:
    """Random, ImageNet's, those of a file, or of another model with its data; the first link of a chain counts.

    Models are followed through `start`; of their data the training part is counted.  Those that are solved, not
    trained, begin with nothing.
    """
    model = params.models[name]
    if model.architecture.rpartition(":")[2] in SOLVED:
        return "–"
    if model.start is not None:
        if model.start.model not in params.models:
            return f"{model.start.model}"
        before = weights_before(params, model.start.model)
        source = params.models[model.start.model]
        if source.subset == model.subset:
            return before
        config = params.simulate[source.subset]
        # of a folder the params do not say
        cells = round(params.split.train * config.cells) if isinstance(config, SimulateConfig) else "the"
        return f"{cells} cells of subset {source.subset}" if before == "random" else f"{before}, {source.subset}"
    weights = str(params.network_settings(name).get("weights", "none"))
    return {"none": "random", "imagenet": "ImageNet"}.get(weights, weights)
