"""Train one recipe on one dataset: all that the weights of a network depend on, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from relaxnet.core.backend import prepare_backend
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.datasets.source import Part, Source
from relaxnet.datasets.split import Split, split_source
from relaxnet.datasets.targets import Targets
from relaxnet.models.blocks.architectures import architecture_module, build
from relaxnet.models.blocks.network import Network
from relaxnet.training.estimator import NETWORK_FILE, Estimator
from relaxnet.training.loop import Trained, train
from relaxnet.training.losses import TargetLoss, make_loss
from relaxnet.training.start import start_from

Watch = Callable[[Network, int, Mapping[str, float]], None]
"""Gets the network as it is after an epoch, the number of the epoch, from 0, and its metrics."""

if TYPE_CHECKING:
    from .params import StudyParams
    from .project import Project
    from .recipe import Recipe
    from .study import Study


@dataclass(frozen=True)
class Task:
    """A recipe with its data made ready.

    ``start`` is the folder of the model to start from; ``split`` is the fingerprint of the whole split, of which a
    recipe may use a share of the training part only.
    """

    recipe: Recipe
    source: Source
    parts: Split
    targets: Targets
    loss: TargetLoss
    data_hash: str
    start: Path | None
    split: str

    @classmethod
    def prepare(cls, study: Study[Any], project: Project, params: StudyParams, recipe: Recipe, data_hash: str) -> Task:
        """Open the recipe's data, lay out its inputs, as the model to start from reads them, and its split.

        Raises
        ------
        DataFileError
            If the data or the model to start from cannot be read, or do not belong together.
        """
        model = recipe.model
        targets, loss = checked_loss(study, recipe)
        folder, start = project.data / model.subset, start_folder(project, params, recipe)
        source = study.source(folder, recipe, None)
        if start:
            layout = Estimator.load(start).layout
            if set(layout) != set(source.layout):
                raise DataFileError(f"{start}: reads {', '.join(layout)}: must read {', '.join(source.layout)}")
            source = study.source(folder, recipe, layout)
        parts = split_source(source, params.split)
        used = parts if recipe.config.share is None else parts.limited(recipe.config.share, recipe.config.seed)
        return cls(recipe, source, used, targets, loss, data_hash, start, parts.fingerprint())

    def identity(self, study: Study[Any]) -> dict[str, str]:
        """What the result depends on beside the training's configuration."""
        return {"recipe": recipe_identity(study, self.recipe, self.start), "data": self.data_hash, "split": self.split}


def start_folder(project: Project, params: StudyParams, recipe: Recipe) -> Path | None:
    """Folder of the stored model that a recipe starts from: one of the params, or any other."""
    start = recipe.model.start
    if start is None:
        return None
    return project.models / start.model if start.model in params.models else project.folder / start.model


def checked_loss(study: Study[Any], recipe: Recipe) -> tuple[Targets, TargetLoss]:
    """Targets and loss of a recipe.

    Raises
    ------
    InvalidInputError
        If the loss does not exist, does not fit the targets, or a target has no weight.
    """
    targets = study.targets(recipe.model)
    return targets, make_loss(recipe.model.loss, targets.column_weights(recipe.model.loss_weights))


def recipe_identity(study: Study[Any], recipe: Recipe, start: Path | None) -> str:
    """The model's entry in the params, its targets, the weights it starts from, the backend, all code of its result."""
    weights = start / NETWORK_FILE if start else None
    stored = hashlib.sha256(weights.read_bytes()).hexdigest() if weights and weights.exists() else ""
    content = [
        recipe.model.model_dump(mode="json"),
        study.targets(recipe.model).to_json(),
        stored,
        keras.backend.backend(),
        result_code(study, recipe.model.architecture),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]


def result_code(study: Study[Any], architecture: str) -> str:
    """Fingerprint of all code that the result of a training depends on."""
    return code_fingerprint(__name__, architecture_module(architecture), *study.sample_modules())


def fit(
    study: Study[Any], task: Task, workspace: Path, *, watch: Watch | None = None, **options: Any
) -> tuple[Estimator, Trained]:
    """Build and train a network; a stream may keep files in ``workspace``, ``options`` go to `train`.

    ``watch`` is called after each epoch; it may raise to stop.
    """
    recipe, source, parts = task.recipe, task.source, task.parts
    model, config = recipe.model, recipe.config
    prepare_backend(config.seed)
    network = build(model.architecture, config.network, source.input_shapes, task.loss.outputs())
    if network.solve and task.loss.outputs() != task.targets.width:
        allowed = f"a loss with one output for each target value: {model.architecture} is solved, not trained"
        raise InvalidInputError("loss", model.loss.text, allowed)
    started = False
    if model.start and task.start:
        if network.solve:
            raise InvalidInputError("start", model.start.model, f"absent: {model.architecture} is solved, not trained")
        scaling = task.targets.scaling(source.targets[parts.train])
        started = start_from(network, task.start, model.start.freeze, scaling, model.start.new)
    if watch:
        options["on_epoch"] = partial(watch, network)
    stream = study.stream(recipe, Part(source, parts.train), workspace) if study.stream else None
    if stream and config.share is not None:
        raise InvalidInputError("share", config.share, "null for a stream: it draws new samples for every epoch")
    trained = train(
        network, source, parts, task.targets, task.loss, config,
        stream=stream,
        augment=study.augment(recipe, source) if study.augment else None,
        started=started, identity=task.identity(study), label=recipe.name, **options,
    )  # fmt: skip
    estimator = Estimator.from_scaled(
        trained.model,
        task.targets,
        trained.scaling,
        task.loss,
        layout=source.layout,
        train_mean=source.targets[parts.train].mean(axis=0),
        metadata={
            "model": recipe.name,
            "architecture": model.architecture,
            "subset": model.subset,
            "loss": model.loss.text,
            "loss_weights": model.loss_weights,
            "facts": dict(source.facts),
            "data_md5": task.data_hash,
            "split": task.split,
        },
    )
    return estimator, trained
