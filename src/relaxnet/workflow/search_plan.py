"""What a search is about to do, checked: what its trials change, and what their values depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.notices import notice
from relaxnet.models.blocks.architectures import architecture_names, find_architecture
from relaxnet.search.run import Search
from relaxnet.search.spec import SearchSpec
from relaxnet.tracking.tracker import Tracker

from .fit import checked_loss, recipe_identity, result_code
from .heldout import chosen_by
from .params import StudyParams
from .project import Project
from .recipe import Recipe, changed, check_space, with_config
from .score import relative_rmse
from .search_config import SCORE_OBJECTIVE, SearchConfig, read_searches
from .study import Study
from .train import check_models
from .trial import run_trial
from .validate import ensure_tests_validated, ensure_validated

_OBJECTIVE = f"{__package__}.search"  # it imports this module
RUN = "run_id"  # note of a study, and of a trial: its run in MLflow


@dataclass(frozen=True)
class Plan:
    """A search that was checked: what its trials change, and what its study depends on.

    ``place`` is where its config stands, for the error messages.
    """

    study: Study[Any]
    project: Project
    params: StudyParams
    config: SearchConfig
    name: str
    place: str
    base: Recipe
    data_hash: str
    spec: SearchSpec

    @property
    def storage(self) -> Path | str:
        """The journal, unless the config has the address of a database."""
        return self.config.storage or self.project.workspace / "optuna-journal.log"

    def open(self, tracker: Tracker) -> Search:
        """Open the study; whose trial is run again has its run closed."""

        def close(number: int, notes: Mapping[str, Any]) -> None:
            notice(f"{self.name}: trial {number} was not finished: it is run again")
            if RUN in notes:
                tracker.end_dead(notes[RUN])

        return Search(self.spec, self.storage, close)


def make_plan(study: Study[Any], project: Project, params: StudyParams, name: str | None) -> Plan:
    """Check all that can be checked before the first trial.

    Raises
    ------
    InvalidInputError, ValidationFailedError
    """
    check_models(study, params)
    if name is None:
        return plan_of(study, project, params, params.search, f"search-{params.search.subset}", "search")
    return plan_of(study, project, params, _named(project, params, name), name, name)


def plan_of(
    study: Study[Any], project: Project, params: StudyParams, config: SearchConfig, label: str, place: str
) -> Plan:
    """Plan of a search that is configured anywhere: its name, and how the fields of errors begin."""
    base = searched_recipe(study, params, config, place)
    hashes = ensure_validated(project, config.subset), ensure_tests_validated(study, project, base.model)
    targets = study.targets(base.model)
    spec = SearchSpec(
        label,
        config.space,
        fingerprint=value_fingerprint(study, params, base, config, " ".join(map(str, hashes))),
        sampler=config.sampler,
        pruner=config.pruning,
        objectives=(SCORE_OBJECTIVE,) if config.objectives == SCORE_OBJECTIVE else targets.names,
        steps=config.epochs,
    )
    return Plan(study, project, params, config, label, place, base, hashes[0], spec)


def _named(project: Project, params: StudyParams, name: str) -> SearchConfig:
    searches = read_searches(project, params)
    if name not in searches:
        raise InvalidInputError("search", name, f"one of {', '.join(searches)} of {project.searches}")
    return searches[name]


def searched_recipe(study: Study[Any], params: StudyParams, config: SearchConfig, place: str = "search") -> Recipe:
    """Recipe that the trials change; ``place`` begins the fields of the errors.

    Raises
    ------
    InvalidInputError
        For an architecture without the sizes that are searched, or a space with a setting that does not exist.
    """
    always = {name: parameter for name, parameter in config.space.items() if not parameter.when}
    paths = {path for name, parameter in always.items() for path in parameter.paths(name)}
    # of an architecture that is searched itself, the space is checked
    sizes = (
        set() if "architecture" in paths else {p.removeprefix("network.") for p in paths if p.startswith("network.")}
    )

    def searchable(name: str) -> bool:
        return sizes <= set(find_architecture(name, f"{place}.architecture").options.model_fields)

    if not searchable(config.architecture):
        allowed = ", ".join(filter(searchable, architecture_names()))
        raise InvalidInputError(f"{place}.architecture", config.architecture, f"one of {allowed}")
    models = params.models.values()
    model = next((model for model in models if model.subset == config.subset), next(iter(models)))
    weights = dict.fromkeys(study.targets(model).names, 1.0)
    own = {
        "subset": config.subset,
        "architecture": config.architecture,
        "loss_weights": weights,
        "start": None,
        "set": {},
    }
    base = Recipe("search", model.model_copy(update=own), params.training(config.architecture))
    base = with_config(base, epochs=config.epochs)
    check_space(base, params, config.space, f"{place}.space", lambda found: checked_loss(study, found))
    return base


def value_fingerprint(
    study: Study[Any], params: StudyParams, base: Recipe, config: SearchConfig, data_hash: str
) -> str:
    """Everything but the searched values that the value of a trial depends on."""
    chosen = [p.choices or () for name, p in config.space.items() if "architecture" in p.paths(name)]
    architectures = dict.fromkeys([base.model.architecture, *(str(name) for names in chosen for name in names)])
    content = [
        data_hash,
        recipe_identity(study, base, None),
        [[name, params.networks.get(name), result_code(study, name)] for name in architectures],
        code_fingerprint(changed.__module__, Search.__module__, run_trial.__module__, alone=(__name__, _OBJECTIVE)),
        base.config.model_dump(mode="json"),
        params.split.model_dump(mode="json"),
        evaluation_fingerprint(study, params),
    ]
    return json.dumps(content, sort_keys=True)


def evaluation_fingerprint(study: Study[Any], params: StudyParams) -> str:
    """Which samples a score is taken over, and how it is computed."""
    own = set(type(params).model_fields) - set(StudyParams.model_fields) - {"simulate"}
    sections = params.model_dump(mode="json", include=own)
    rule = (study.evaluated.__module__,) if study.evaluated else ()
    code = code_fingerprint(relative_rmse.__module__, chosen_by.__module__, *rule, alone=(Study.__module__,))
    return f"{json.dumps(sections, sort_keys=True)}|{code}"
