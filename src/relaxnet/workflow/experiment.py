"""How a study's runs look in MLflow: their experiment, parameters, descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from relaxnet.tracking.tracker import Tracker
from relaxnet.tracking.views import View

from .params import ModelConfig, StudyParams
from .project import Project
from .study import Study
from .unfinished import end_dead

if TYPE_CHECKING:
    from .recipe import Recipe  # imports Keras, which commands on the registry do without

SCORE = "validation.relative_rmse"  # metric that searches and the registry go by


@contextmanager
def open_experiment(
    study: Study[Any], project: Project, params: StudyParams, *, existing: bool = False
) -> Iterator[Tracker]:
    """Tracker of the study's experiment, in which no run of a killed training is left open.

    With ``existing`` the experiment must be there, and opening it changes nothing.
    """
    view = View("tags.kind = 'train'", ("subset", "architecture"), (SCORE, *study.headline))
    tracker = Tracker(
        project.root,
        study.name,
        folder=project.folder,
        profile=params.profile,
        description=study.description,
        view=view,
        existing=existing,
    )
    with tracker:
        if not existing:
            end_dead(project.workspace, tracker)
        yield tracker


def run_params(study: Study[Any], params: StudyParams, recipe: Recipe) -> dict[str, Any]:
    """Flat parameters of a run, as the compare page of MLflow groups by them; lists as one number each."""
    model, config = recipe.model, recipe.config
    optimizer = config.optimizer.model_dump(exclude_none=True)
    others = config.model_dump(exclude={"network", "optimizer"}, exclude_none=True)
    return {
        "model": recipe.name,
        "architecture": model.architecture,
        "subset": model.subset,
        **{f"w_{target}": weight for target, weight in model.loss_weights.items()},
        "loss": model.loss.name,
        **_flat("loss", model.loss.options),
        **_flat("", {key: value for key, value in model.model_dump().items() if key not in ModelConfig.model_fields}),
        **({"start": model.start.model, "frozen": ", ".join(model.start.freeze)} if model.start else {}),
        "profile": params.profile,
        **(study.data_params(params) if study.data_params else {}),
        **_flat("split", params.split.model_dump()),
        **_flat("net", config.network),
        "optimizer": optimizer.pop("name"),
        **optimizer,
        **_flat("", others),
    }


def model_note(study: Study[Any], project: Project, params: StudyParams, recipe: Recipe, samples: int) -> str:
    """Markdown for the run of a trained model."""
    model = recipe.model
    weights = ", ".join(f"{target} {weight:g}" for target, weight in model.loss_weights.items())
    return (
        f"Model **{recipe.name}**: `{model.architecture}` trained on {samples} {study.report.samples} of subset "
        f"{model.subset}, profile {params.profile}; loss {model.loss.text} with loss weights {weights}.\n\n"
        f"Data `data/{study.name}/{model.subset}`, validated in "
        f"`reports/{study.name}/validation/{model.subset}.html`; choices in `{project.params.name}` at the commit in "
        f"the tags. Test figures and maps are among the artifacts, all models side by side in "
        f"`reports/{study.name}/comparison/index.html`."
    )


def _flat(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    """``{"filters": [4, 8]}`` as ``net_filters_1 = 4, net_filters_2 = 8``: numbers that a plot can take."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}_{key}" if prefix else key
        if isinstance(value, dict):
            flat |= _flat(name, value)
        elif isinstance(value, list | tuple):
            flat |= {f"{name}_{number}": entry for number, entry in enumerate(value, start=1)}
        else:
            flat[name] = value
    return flat
