"""A model in a project's store, without its training."""

from relaxnet.models.blocks.architectures import build
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.training.estimator import Estimator
from relaxnet.workflow.fit import checked_loss
from relaxnet.workflow.recipe import recipe


def store_untrained(project, params, name, source=None):
    """Store the network of a model with its first weights; by default it reads its signals as a training of C does."""
    chosen = recipe(params, name)
    targets, loss = checked_loss(STUDY, chosen)
    source = source or STUDY.source(project.data / "C", chosen, None)
    network = build(chosen.model.architecture, chosen.config.network, source.input_shapes, loss.outputs())
    estimator = Estimator.from_scaled(
        network.whole(), targets, targets.scaling(source.targets), loss, layout=source.layout,
        train_mean=source.targets.mean(axis=0),
        metadata={"architecture": chosen.model.architecture, "facts": dict(source.facts)},
    )  # fmt: skip
    estimator.save(project.models / name)
    return estimator
