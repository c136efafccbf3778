"""How the study's runs look in MLflow: their experiment, parameters, descriptions."""

from __future__ import annotations

from typing import Any

from relaxnet.studies.relaxation.params import Params, SignalTrainConfig, SubsetModelConfig
from relaxnet.tracking import Tracker
from .tasks import Paths

EXPERIMENT = "relaxation"
DESCRIPTION = """\
Networks that estimate ln A, dh, x and beta of the TNM model from six heating scans.

Tag `kind` says what a run is:

| kind | what |
|---|---|
| `train` | one of the models in `params.yaml`, with its test (`dvc repro`) |
| `search`, `trial` | an Optuna search and its trials |
| `architectures`, `architecture` | the study of architectures and its trainings (`make architectures`) |

Filter with `tags.kind = 'train'`, group by `architecture`, `subset` or `w_lnA`, or select runs and *Compare*: the
parameters are flat, so that parallel coordinates can take any of them. `validation.relative_rmse` (below 1: better than
the mean) is what search and registry go by; `test.<target>.within_<threshold>` are the paper's figures.
"""

_SHORT = {"dh_j_per_mol": "dh", "ln_a": "lnA", "x": "x", "beta": "beta"}


def open_experiment(paths: Paths, params: Params) -> Tracker:
    """Tracker of the study's experiment."""
    return Tracker(paths.root, EXPERIMENT, profile=params.profile, description=DESCRIPTION)


def run_params(name: str, model: SubsetModelConfig, params: Params, config: SignalTrainConfig) -> dict[str, Any]:
    """Flat parameters of a run, as the compare page of MLflow groups by them; lists as one number each."""
    return {
        "model": name,
        "architecture": model.architecture,
        "subset": model.subset,
        **{f"w_{_SHORT[target]}": weight for target, weight in model.weights.items()},
        "loss": "weighted_mean_square",
        "profile": params.profile,
        "quartets": params.simulate.quartets_per_subset,
        "data_seed": params.simulate.seed,
        **_flat("split", params.split.model_dump()),
        **_flat("grid", config.grid.model_dump()),
        "stream": config.stream,
        **_flat("net", config.network),
        "optimizer": config.optimizer.name,
        "learning_rate": config.optimizer.learning_rate,
        "schedule": config.optimizer.schedule,
        "warmup": config.optimizer.warmup,
        **({"beta_2": config.optimizer.beta_2} if config.optimizer.beta_2 is not None else {}),
        "batch_size": config.batch_size,
        "epochs": config.epochs,
        "xla": config.xla,
        "precision": config.precision,
        "seed": config.seed,
    }


def model_description(name: str, model: SubsetModelConfig, params: Params, quartets: int) -> str:
    """Markdown for the run of a trained model."""
    weights = ", ".join(f"{_SHORT[target]} {weight:g}" for target, weight in model.weights.items())
    return (
        f"Model **{name}**: `{model.architecture}` trained on {quartets} quartets of subset {model.subset}, profile "
        f"{params.profile}; weights of the loss: {weights}.\n\n"
        f"Data `data/{model.subset}`, validated in `reports/validation/{model.subset}.html`; choices in `params.yaml` "
        f"at the commit in the tags. Test figures and maps are among the artifacts, all models side by side in "
        f"`reports/comparison/index.html`."
    )


def _flat(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    """``{"filters": [4, 8]}`` as ``net_filters_1 = 4, net_filters_2 = 8``: numbers that a plot can take."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, list | tuple):
            flat |= {f"{prefix}_{key}_{number}": entry for number, entry in enumerate(value, start=1)}
        else:
            flat[f"{prefix}_{key}"] = value
    return flat
