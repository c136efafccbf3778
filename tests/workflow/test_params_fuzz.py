"""Every key of the params with every kind of nonsense: told by name in one line, or on the list of what is allowed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.search.space import cells
from relaxnet.studies.relaxation.params import RelaxationParams, SubsetSearchConfig
from relaxnet.workflow.grid import GridConfig, changed_recipe
from relaxnet.workflow.params import RegisterConfig, check_params, load_params
from relaxnet.workflow.search_config import parse_searches
from relaxnet.workflow.search_plan import searched_recipe
from relaxnet.workflow.study import find_study
from relaxnet.workflow.train import check_models

ROOT = Path(__file__).parents[2]
PARAMS = read_yaml(ROOT / "params.yaml")
SEARCHES = read_yaml(ROOT / "pipelines" / "relaxation" / "searches" / "params.yaml")
GRIDS = read_yaml(ROOT / "pipelines" / "relaxation" / "grids" / "params.yaml")
COMMITTED = check_params(RelaxationParams, PARAMS)
STUDY = find_study("relaxation")

BAD = {
    "text": "nonsense", "number as text": "3", "empty text": "", "lines": "a\nb", "nan": float("nan"),
    "inf": float("inf"), "negative": -1, "zero": 0, "fraction": 0.5, "huge": 10**30, "2**40": 2**40,
    "huge fraction": 1e300, "true": True, "null": None, "list": [], "list of text": ["x"], "mapping": {},
    "mapping of more": {"more": 1},
}  # fmt: skip
EXTRA = "another_key"

# Reviewed: what may stand at these keys although it is on the list above.
ALLOWED = {
    r".*\.(seed|noise_seed|sampler_seed|tuning_seed)": {"zero"},
    r"simulate": {"mapping"},  # nothing for all profiles
    r"search\.(pruner|sampler)": {"mapping"},  # the usual one
    r"search\.(pruner|workers)": {"null"},  # the usual one, as many as processors
    r"validate\.(area_tolerance_k|end_tolerance|usual_share)": {"fraction"},
    r"(validate\.usual|evaluate\.largest)_cp_n_max": {"huge", "2**40", "huge fraction"},  # nothing is left out
    r"evaluate\.signal_step_c": {"fraction"},
    r"(compare|test)\.noise": {"zero", "fraction"},
    r"test\.lag_k": {"zero"},
    r"register\.name": {"text", "number as text"},
    r"register\.alias": {"text"},
    r"promote": {"mapping"},  # the usual limits
    r"promote\.(confidence|latency_ms|size_mb|distorted)": {"fraction"},
    r"promote\.margin": {"zero", "fraction"},
    r"profiles\.\w+\.search\.timeout_s": {"fraction"},
    r"profiles\.\w+\.train\.grid\.step_c": {"fraction"},
    r"profiles\.\w+\.train\.optimizer\.learning_rate": {"fraction"},
    r"profiles\.\w+\.train\.optimizer\.warmup": {"zero", "fraction"},
    r"profiles\.\w+\.train\.optimizer\.beta_2": {"null", "fraction"},
    r"profiles\.\w+\.universal\.\w+\.learning_rate": {"fraction"},
    r"profiles\.\w+\.train\.augment": {"mapping"},
    r"profiles\.\w+\.train\.augment\.(noise|lag_k)": {"zero", "fraction"},
    r"profiles\.\w+\.train\.threads": {"null"},  # all processors
}


ALLOWED_BELOW = {
    r"models\.[\w-]+\.loss_weights\.\w+": {"zero", "fraction"},
    r"profiles\.\w+\.networks\.[\w-]+\.(dropout|noise)": {"zero", "fraction"},
    r"profiles\.(paper|smoke)\.networks": {"mapping"},  # asked for when the profile is chosen
    r"search\.space\.dropout\.(low|high)": {"zero", "fraction"},
    r"search\.space\.(learning_rate\.high|w_ln_a\.low|w_ln_a\.high|w_shape\.low)": {"fraction"},
}
# what fits no longer is told with the parameter that it no longer fits
TOLD_WITH = {
    "architecture.space.kernels.when": ("architecture.space.kernels.choices.0",),
    "architecture.space.kernel.when": ("architecture.space.kernel.low",),
    "architecture.space.optimizer.set": ("architecture.space.learning_rate.set",),
    "architecture.space.no_beta_2.choices.0": ("architecture.space.optimizer.choices.1",),
    "losses.space.loss.choices.2.name": ("losses.space.loss.choices.2",),
    "losses.space.loss.choices.3.name": ("losses.space.loss.choices.3",),
    "architecture.space.no_warmup.choices.0": ("architecture.space.schedule.choices.1",),
}
ALLOWED_IN_SEARCHES = {
    r"[\w-]+\.(pruner|sampler)": {"mapping"},  # the usual one
    r"[\w-]+\.pruner": {"null"},
    r"[\w-]+\.sampler\.seed": {"zero"},
    r"architecture\.space\.beta_2\.choices\.\d": {"fraction", "null"},
    r"architecture\.space\.(\w+_)?(beta_2|warmup|learning_rate)\.when": {"mapping"},  # always there
    r".*\.space\.dropout\.(high|low|choices\.\d)": {"fraction", "zero"},
    r".*\.space\.(\w+_)?learning_rate\.(high|low|choices\.\d)": {"fraction"},
    r"architecture\.space\.(\w+_)?warmup\.choices\.\d": {"zero", "fraction"},
    r"loss-weights\.space\.w_\w+\.(high|low)": {"fraction"},
    r"losses\.space\.loss\.choices\.\d": {"mapping"},  # the usual one
    r"losses\.space\.loss\.choices\.\d\.delta": {"2**40", "huge", "fraction", "huge fraction"},
}
ALLOWED_IN_GRIDS = {
    r"[\w-]+\.measures": {"list", "null"},  # the usual ones
    r"[\w-]+\.space\.seed\.choices\.\d": {"zero"},
    r"[\w-]+\.space\.w_ln_a\.choices\.\d": {"zero", "fraction"},
    r"[\w-]+\.space\.(learning_rate|share)\.choices\.\d": {"fraction"},
    r"[\w-]+\.space\.dropout\.choices\.\d": {"zero", "fraction"},
    r"losses\.space\.loss\.choices\.\d": {"mapping"},  # the usual one
    r"losses\.space\.loss\.choices\.\d\.delta": {"fraction", "huge", "2**40", "huge fraction"},
    r"transfer\.space\.share\.choices\.\d": {"null"},  # all quartets
    r"transfer\.space\.start\.choices\.\d\.model": {"text", "number as text", "lines"},  # a folder
    r"transfer\.space\.start\.choices\.\d\.freeze": {"list", "list of text"},
    r"transfer\.space\.start\.choices\.\d\.freeze\.\d": {"text", "number as text", "empty text", "lines"},
    r"transfer\.references": {"list"},
    r"[\w-]+\.labels": {"mapping"},
    r"[\w-]+\.labels\.\w+\.\d": {"text", "number as text"},
}


def plain(content: Any) -> Any:
    """A copy in which no part is shared, as aliases in the file are."""
    return json.loads(json.dumps(content))


def paths(content: Any, path: tuple = (), seen: set[int] | None = None) -> Iterator[tuple]:
    """Where all keys and elements stand, the inner ones of all levels too; what has an alias in the file, once."""
    seen = set() if seen is None else seen
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    if not items or id(content) in seen:
        return
    seen.add(id(content))
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key), seen)


def at(content: Any, path: tuple) -> Any:
    for part in path:
        content = content[part]
    return content


def spoilt(content: Any, wanted) -> Iterator[tuple[tuple, str, Any]]:
    """The path, the kind of nonsense, and the content with it: one change a time."""
    for path in filter(wanted, paths(content)):
        before = at(content, path)
        for kind, value in BAD.items():
            if type(value) is type(before) and value == before:
                continue
            changed = plain(content)
            at(changed, path[:-1])[path[-1]] = value
            yield path, kind, changed
        if isinstance(before, dict):
            changed = plain(content)
            at(changed, path)[EXTRA] = 1
            yield (*path, EXTRA), "extra key", changed


def judge(content: Any, check, wanted, allowed):
    """Check all that is wanted: each change is refused by name, or is one of those allowed."""
    wrong, accepted = [], set()
    for path, kind, changed in spoilt(content, wanted):
        dotted = ".".join(map(str, path))
        try:
            check(changed)
        except (InvalidInputError, DataFileError) as error:
            line = str(error)
            field = getattr(error, "field", line)
            exact = field == dotted or field.startswith(f"{dotted}.")
            parent = dotted.startswith(f"{field}.") and (isinstance(path[-1], int) or path[-1] in line)
            # of a section that is shared and in profiles; of the names of profiles, which another key refers to
            elsewhere = ("(missing)" in line and f".{dotted}." in field) or (dotted, field) == ("profiles", "profile")
            # a condition names a choice that is no more
            elsewhere |= len(path) > 2 and f".when.{path[2]}" in field
            elsewhere |= field in TOLD_WITH.get(dotted, ())
            if not (exact or parent or elsewhere) or "\n" in line or len(line) > 400:
                wrong.append(f"{dotted}, {kind}: {line}")
        except Exception as error:
            wrong.append(f"{dotted}, {kind}: {type(error).__name__} {error}")
        else:
            accepted.add((dotted, kind))
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)
    unexpected = [
        pair for pair in sorted(accepted)
        if not any(re.fullmatch(pattern, pair[0]) and pair[1] in kinds for pattern, kinds in allowed.items())
    ]  # fmt: skip
    assert not unexpected, "accepted:\n" + "\n".join(map(str, unexpected))
    stale = [
        (pattern, kind) for pattern, kinds in allowed.items() for kind in kinds
        if not any(re.fullmatch(pattern, path) and kind == found for path, found in accepted)
    ]  # fmt: skip
    assert not stale


BELOW = [("search", "architecture"), ("search", "space")]


def outside_networks(path):
    return path[0] != "models" and path[:2] not in BELOW and "networks" not in path


def check_with_networks(content):
    params = check_params(RelaxationParams, content)
    check_models(STUDY, params)
    searched_recipe(STUDY, params, params.search)


def check_searches(content):
    for name, config in parse_searches(SubsetSearchConfig, content).items():
        searched_recipe(STUDY, COMMITTED, config, name)


def check_grids(content):
    for name, grid in content.items():
        cells(parse(GridConfig, grid, name).space)
        changed_recipe(STUDY, COMMITTED, parse(GridConfig, grid, name), name)


def test_every_key_that_is_checked_before_the_data_are_made():
    judge(PARAMS, lambda changed: check_params(RelaxationParams, changed), outside_networks, ALLOWED)


@pytest.mark.slow
def test_every_key_of_models_networks_and_the_search():
    judge(PARAMS, check_with_networks, lambda path: not outside_networks(path), ALLOWED_BELOW)


@pytest.mark.slow
def test_every_key_of_the_searches():
    judge(SEARCHES, check_searches, lambda path: True, ALLOWED_IN_SEARCHES)


@pytest.mark.slow
def test_every_key_of_the_grids():
    judge(GRIDS, check_grids, lambda path: True, ALLOWED_IN_GRIDS)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "must hold a mapping of sections"),
        (b"- profile\n", "must hold a mapping of sections"),
        (b"profile\n", "must hold a mapping of sections"),
        (b"profile: smoke\n\tmodels: {}\n", "not readable as YAML (line 2: "),
        (b"profile: [smoke\n", "not readable as YAML (line 2: "),
        (b"profile: caf\xe9\n", "not readable as YAML ('utf-8' codec"),
        (b"\xff\xfep\x00", "not readable as YAML ('utf-8' codec"),
        (b"profile: smoke\nsplit: {seed: 1,\n  seed: 2}\n", "not readable as YAML (line 3: the key seed twice)"),
        (b"profile: smoke\nprofile: smoke\n", "not readable as YAML (line 2: the key profile twice)"),
        (b"a: &a {b: *a}\n", "not readable as YAML (maximum recursion depth exceeded"),
        (b"a: " + b"[" * 1500, "not readable as YAML (maximum recursion depth exceeded"),
        (b"seed: " + b"9" * 5000, "not readable as YAML (Exceeds the limit"),
        (b"day: 2020-13-45\n", "not readable as YAML (month must be in 1..12"),
        (b"split: {seed: 2020-12-24}\n", "split.seed = 2020-12-24: must be a number, a text, true"),
        (b"models: {1: {}}\n", "models.1 = 1: must be a text: write the key in quotes"),
        (b"a: !!python/object:os.system {}\n", "not readable as YAML (line 1: could not determine a constructor"),
    ],
    ids=lambda value: "",
)
def test_a_file_that_is_none(tmp_path, text, line):
    (tmp_path / "params.yaml").write_bytes(text)
    with pytest.raises((DataFileError, InvalidInputError)) as caught:
        load_params(RelaxationParams, tmp_path / "params.yaml")
    assert str(caught.value).removeprefix(f"{tmp_path / 'params.yaml'}: ").startswith(line)


def test_numbers_with_exponents_are_numbers(tmp_path):
    """As in YAML 1.2, which DVC reads; YAML 1.1 wants a point and a sign."""
    (tmp_path / "a.yaml").write_text("a: 5e-3\nb: 1E6\nc: .5e1\nd: -2.e+1\ne: 1.0e-3\nf: e5\n")
    assert read_yaml(tmp_path / "a.yaml") == {"a": 5e-3, "b": 1e6, "c": 5.0, "d": -20.0, "e": 1e-3, "f": "e5"}


def test_merged_mappings_are_no_double_keys(tmp_path):
    (tmp_path / "a.yaml").write_text("c: {<<: &b {<<: &a {x: 1, y: 1}, y: 2}, x: 3}\nb: *b\n")
    assert read_yaml(tmp_path / "a.yaml") == {"c": {"x": 3, "y": 2}, "b": {"x": 1, "y": 2}}


NAMES = ["best", "v1", "V23", "v1b", "v", "latest", "LATEST", "latest-2", "1st", "-a", "a b", "a/b", "a.b", "a:b", "é",
         ".", "..", ".a", "a" * 255, "a" * 256, ""]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_in_the_registry_are_those_of_mlflow(name):
    """What MLflow would refuse after all trainings is refused when the params are read."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils import validation

    def taken(**values):
        try:
            parse(RegisterConfig, {"name": "a", "alias": "b"} | values)
        except InvalidInputError:
            return False
        return True

    def refused_by_mlflow(*checks):
        for check in checks:
            try:
                check(name)
            except MlflowException:
                return True
        return False

    aliases = (validation._validate_model_alias_name, validation._validate_model_alias_name_reserved)
    assert not (taken(alias=name) and refused_by_mlflow(*aliases))
    assert not (taken(name=name) and refused_by_mlflow(validation._validate_model_name))
    usable = name in ("best", "v1b", "v", "latest-2", "a" * 255)
    assert taken(alias=name) == usable


def test_a_loss_weight_is_told_with_its_model():
    content = plain(PARAMS)
    content["models"]["C"]["loss_weights"]["y"] = 1.0
    with pytest.raises(InvalidInputError, match=r"^models\.C\.loss_weights\.y = 1\.0: must be one for each of ln_a"):
        check_models(STUDY, check_params(RelaxationParams, content))
