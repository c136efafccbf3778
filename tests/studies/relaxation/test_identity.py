"""What a result depends on: stored results of anything else must not be taken for it."""

import dataclasses
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel
from stored import store_untrained

from relaxnet.core.config import parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.fingerprint import code_fingerprint, imported_files
from relaxnet.datasets.targets import Targets
from relaxnet.models.blocks.architectures import architecture_module
from relaxnet.search.space import ParameterConfig
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.training.config import LossConfig, StartConfig
from relaxnet.training.estimator import NETWORK_FILE
from relaxnet.workflow.fit import Task, fit, recipe_identity
from relaxnet.workflow.grid import GridConfig, plan
from relaxnet.workflow.recipe import recipe
from relaxnet.workflow.search import search
from relaxnet.workflow.search_plan import searched_recipe, value_fingerprint


def test_identity_of_a_recipe_knows_its_entry_targets_and_start(params, tmp_path):
    base = recipe(params, "C")
    weighted = replace(
        base, model=base.model.model_copy(update={"loss_weights": {**base.model.loss_weights, "x": 2.0}})
    )
    targets = STUDY.targets(base.model)
    fewer = replace(STUDY, targets=lambda model: Targets(targets.items[:2]))
    found = {
        recipe_identity(STUDY, base, None),
        recipe_identity(STUDY, weighted, None),
        recipe_identity(fewer, base, None),
    }
    for weights in (b"some", b"other"):
        (tmp_path / NETWORK_FILE).write_bytes(weights)
        found.add(recipe_identity(STUDY, base, tmp_path))
    assert len(found) == 5
    assert recipe_identity(STUDY, base, None) in found


# A change of one leaf of the params: where the next value will not do, one that is allowed.
OTHERS = {
    "architecture": "mcnn-ends",
    "subset": "G",
    "optimizer.name": "sgd",
    "optimizer.schedule": "constant",
    "optimizer.beta_2": 0.9,
    "loss.name": "smooth_l1",
    "start": StartConfig(model="LU"),
    "train.precision": "mixed_bfloat16",
    "train.share": 0.5,
    "grid.span": "full",
    "split.train": 0.5,
    "split.validation": 0.25,
    "set": {"batch_size": 7},
    "settings": {"C": {"batch_size": 7}},
}


def leaves(node, path=""):
    """All values of a config, by path."""
    if isinstance(node, BaseModel) and not isinstance(node, ParameterConfig):
        node = dict(node)
    if not isinstance(node, Mapping) or not node:
        yield path, node
    else:
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else key)


def altered(node, path, done=""):
    """Copy of a config with another value at ``path``."""
    if not path:
        allowed = (other for name, other in OTHERS.items() if done.endswith(f".{name}"))
        return another(node) if isinstance(node, ParameterConfig) else next(allowed, None) or another(node)
    key = next(key for key in dict(node) if f"{path}.".startswith(f"{key}."))
    other = altered(dict(node)[key], path[len(key) + 1 :], f"{done}.{key}")
    return node.model_copy(update={key: other}) if isinstance(node, BaseModel) else {**node, key: other}


def another(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + (1 if isinstance(value, int) else 0.25)
    if isinstance(value, str):
        return f"{value}2"
    if isinstance(value, ParameterConfig):
        return value.model_copy(update={"choices": value.choices[:1]} if value.choices else {"high": value.low})
    return [another(value[0]), *value[1:]] if isinstance(value, list | tuple) else "given"


def unchanged(params, identity):
    """Leaves of the params that the identity does not know."""
    first = identity(params)
    names = {name for name, _ in leaves(params)}
    return {name for name in names if identity(altered(params, name)) == first}


@pytest.fixture
def free(params):
    """Params in which any one setting of optimiser and loss may change."""
    optimizer = params.train.optimizer.model_copy(update={"beta_2": None, "warmup": 0.0})
    loss = LossConfig(name="huber", options={"delta": 1.0})
    models = {name: model.model_copy(update={"loss": loss}) for name, model in params.models.items()}
    train = params.train.model_copy(update={"optimizer": optimizer})
    return params.model_copy(update={"models": models, "train": train})


def expected(params, *prefixes):
    """Leaves at or below the paths."""
    return {
        name
        for name, _ in leaves(params)
        if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
    }


# What no value depends on but by the data, whose hash is known: names, sizes of the data, other stages and models; and
# what the sizes of the architecture replace.
OTHER_MODELS = tuple(f"models.{name}" for name in ("LU", "RU", "LB", "RB", "G", "C-w1"))
ELSEWHERE = ("profile", "simulate", "register_", "promote", "train.network", *OTHER_MODELS)


def other_networks(params, *used):
    return [f"networks.{name}" for name in params.networks if name not in used]


def fingerprint(params, data="data"):
    return value_fingerprint(STUDY, params, searched_recipe(STUDY, params, params.search), params.search, data)


def test_a_trial_is_known_by_all_params_that_its_value_depends_on(free):
    space = free.search.space | {"architecture": ParameterConfig(choices=("mcnn-spline", "mcnn-ends"))}
    params = free.model_copy(update={"search": free.search.model_copy(update={"space": space})})
    of_the_search = ("architecture", "loss_weights", "set", "start", "subset")  # the search has its own
    by_name = ("space", "sampler", "pruner", "objectives")  # in the study's name, see `SearchSpec`
    amount = ("trials", "timeout_s", "workers", "storage")
    reviewed = [
        *ELSEWHERE,
        "settings",
        "train.epochs",
        *(f"models.C.{name}" for name in of_the_search),
        *(f"search.{name}" for name in (*by_name, *amount)),
        *other_networks(params, "mcnn-spline", "mcnn-ends"),
    ]
    found = unchanged(params, fingerprint)
    assert found == expected(params, *reviewed) - {"search.space.architecture"}
    assert len({fingerprint(params, data) for data in "ab"}) == 2


def test_a_training_of_a_grid_is_known_by_all_params_that_its_outcome_depends_on(project, free):
    space = {"architecture": {"choices": ["mcnn-spline"]}, "w_x": {"set": "loss_weights.x", "choices": [1.0]}}
    config = parse(GridConfig, {"model": "C", "epochs": 2, "space": space})
    changed_by_the_grid = ("models.C.architecture", "models.C.loss_weights.x", "train.epochs", "train.threads")
    reviewed = [*ELSEWHERE, "search", *changed_by_the_grid, *other_networks(free, "mcnn-spline")]
    for data, report in ((project.data, project.validation), (project.data / "test", project.validation / "test")):
        shutil.copytree(data / "C", data / "G")
        shutil.copy(report / "C.json", report / "G.json")
    store_untrained(project, free, "LU")

    def identity(params):
        (cell,) = plan(STUDY, project, params, config, "small")
        return cell.fingerprint()

    assert unchanged(free, identity) == expected(free, *reviewed)
    base = plan(STUDY, project, free, config, "small")[0]
    others = (dataclasses.replace(base, data_hash="b"), dataclasses.replace(base, code="b"))
    assert len({cell.fingerprint() for cell in (base, *others)}) == 3


def test_a_training_is_known_by_all_of_its_models_entry_and_the_split(project, free):
    shutil.copytree(project.data / "C", project.data / "G")
    store_untrained(project, free, "LU")

    def identity(params):
        return Task.prepare(STUDY, project, params, recipe(params, "C"), "data").identity(STUDY)

    first = identity(free)
    assert identity(free) == first
    for name in expected(free, "models.C", "split") - {"split.test"}:  # the test part is what the others leave
        params = altered(free, name)
        assert identity(params) != first, name


@pytest.fixture
def read_modules(monkeypatch):
    """Call a function, and name the modules whose code it fingerprints: all that it reads, and reads nothing else."""

    def run(function):
        code_fingerprint.cache_clear()
        found, read_bytes = set(), Path.read_bytes
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", lambda path: found.add(path) or read_bytes(path))
            function()
        code_fingerprint.cache_clear()
        return found

    return run


# What a search or a grid imports, and no value depends on: it says, shows, checks, or where and by whom it is done.
NO_VALUE = (
    "relaxnet._version", "relaxnet.core._dask", "relaxnet.core._processes", "relaxnet.core.environment",
    "relaxnet.core.executors", "relaxnet.core.interrupts", "relaxnet.core.notices", "relaxnet.datasets.validation",
    "relaxnet.evaluation.figures", "relaxnet.registry.gate_config", "relaxnet.reporting", "relaxnet.search.importance",
    "relaxnet.tracking",
    "relaxnet.workflow.experiment",
    "relaxnet.workflow.grid_config", "relaxnet.workflow.logged", "relaxnet.workflow.packing",
    "relaxnet.workflow.params", "relaxnet.workflow.project", "relaxnet.workflow.records", "relaxnet.workflow.train",
    "relaxnet.workflow.search_config", "relaxnet.workflow.search_report", "relaxnet.workflow.unfinished",
    "relaxnet.workflow.validate",
)  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "others"),
    [("search", ()), ("grid_cell", ("relaxnet.search", "relaxnet.workflow.search", "relaxnet.workflow.trial"))],
)
def test_a_value_is_known_by_all_code_that_it_depends_on(stage, others, project, params, read_modules):
    config = parse(GridConfig, {"model": "C", "epochs": 2, "space": {"seed": {"choices": [1]}}})
    identities = {
        "search": lambda: fingerprint(params),
        "grid_cell": lambda: plan(STUDY, project, params, config, "small")[0].fingerprint(),
    }
    known = read_modules(identities[stage])
    used = imported_files(
        f"relaxnet.workflow.{stage}",
        architecture_module("mcnn-spline"),
        *STUDY.sample_modules(),
        STUDY.evaluated.__module__,
    )
    needed = {name: file for name, file in used.items() if not name.startswith(NO_VALUE)}
    missing = {name for name, file in needed.items() if file not in known}
    assert not {name for name in missing if not name.startswith(others)}
    assert needed["relaxnet.search.space"] in known


def test_a_mistake_in_any_model_stops_a_search_before_it_begins(project, params):
    wrong = params.models["LU"].model_copy(update={"loss_weights": {"x": 1.0}})
    params = params.model_copy(update={"models": {**params.models, "LU": wrong}})
    with pytest.raises(InvalidInputError, match="loss_weights"):
        search(STUDY, project, params)
    assert not project.reports.joinpath("search").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": StartConfig(model="C")}, "start = C: must be absent: pca-ridge is solved"),
        ({"loss": LossConfig(name="quantiles")}, "loss = quantiles.*: must be a loss with one"),
    ],
)
def test_a_solved_network_takes_no_start_and_no_further_outputs(project, params, change, message):
    solved = params.models["C"].model_copy(update={"architecture": "pca-ridge", **change})
    params = params.model_copy(update={"models": {**params.models, "C": params.models["C"], "ridge": solved}})
    store_untrained(project, params, "C")
    task = Task.prepare(STUDY, project, params, recipe(params, "ridge"), "data")
    with pytest.raises(InvalidInputError, match=message):
        fit(STUDY, task, project.workspace)
