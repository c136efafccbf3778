"""The pipeline files fit the code and the parameters."""

import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from relaxnet.core.config import parse
from relaxnet.core.fingerprint import imported_files
from relaxnet.models.blocks.architectures import architecture_module
from relaxnet.search.space import cells
from relaxnet.studies.relaxation.dataset import SUBSETS
from relaxnet.studies.relaxation.params import SubsetSearchConfig
from relaxnet.workflow.grid import GridConfig
from relaxnet.workflow.search_config import parse_searches
from relaxnet.workflow.study import find_study, training_stage

ROOT = Path(__file__).parents[1]
STUDY = find_study("relaxation")
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = PIPELINE["stages"]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
GRIDS = ROOT / "pipelines" / "relaxation" / "grids"
GRID = yaml.safe_load((GRIDS / "dvc.yaml").read_text())["stages"]["grid"]
SEARCHES = ROOT / "pipelines" / "relaxation" / "searches"
SEARCH, FINAL = (yaml.safe_load((SEARCHES / "dvc.yaml").read_text())["stages"][name] for name in ("search", "final"))
FURTHER = {"grid": GRID, "search@": SEARCH, "final": FINAL}

RELAXATION = "relaxnet.studies.relaxation"
FIT = ("relaxnet.workflow.fit", *STUDY.sample_modules())
MEASURE = ("relaxnet.workflow.measure", f"{RELAXATION}.measures")
HELD_OUT = ("relaxnet.workflow.heldout", f"{RELAXATION}.heldout")
# What decides the outputs of a stage; tracking and the machinery of the workflow do not.
CODE = {
    "check": ("relaxnet.workflow.check", f"{RELAXATION}.params", f"{RELAXATION}.samples.targets"),
    "simulate": (f"{RELAXATION}.dataset.writer",),
    "validate": (f"{RELAXATION}.expectations.dataset", "relaxnet.reporting.validation"),
    "train": (*FIT, f"{RELAXATION}.predictor.facts", "relaxnet.workflow.heldout", "relaxnet.workflow.recipe",
              f"{RELAXATION}.heldout"),
    "testset": (f"{RELAXATION}.testsets", "relaxnet.reporting.validation"),
    "evaluate": (*MEASURE, *HELD_OUT, "relaxnet.workflow.judged", "relaxnet.workflow.score",
                 "relaxnet.reporting.model_figures", f"{RELAXATION}.report"),
    "materials": (f"{RELAXATION}.materials",),
    "fit": (f"{RELAXATION}.estimation.plain_fit", f"{RELAXATION}.scan_source", f"{RELAXATION}.measures",
            f"{RELAXATION}.heldout", "relaxnet.reporting.records"),
    "universal": (f"{RELAXATION}.universal.training", f"{RELAXATION}.universal.store",
                  f"{RELAXATION}.universal.testing", *MEASURE, *HELD_OUT, "relaxnet.workflow.judged",
                  "relaxnet.workflow.score",
                  f"{RELAXATION}.report"),
    "compare": ("relaxnet.reporting.comparison", f"{RELAXATION}.report"),
    "paper": (f"{RELAXATION}.paper.page",),
    "search": (*FIT, "relaxnet.workflow.recipe", "relaxnet.workflow.score", "relaxnet.search.run",
               "relaxnet.workflow.trial", "relaxnet.workflow.search_report", f"{RELAXATION}.measures", *HELD_OUT),
    "final": (*FIT, "relaxnet.workflow.recipe", "relaxnet.workflow.score", "relaxnet.workflow.measure",
              f"{RELAXATION}.measures", *HELD_OUT),
    "register": ("relaxnet.registry.register", "relaxnet.workflow.judged"),
    "grid": (*FIT, "relaxnet.workflow.recipe", "relaxnet.workflow.score", f"{RELAXATION}.measures", *HELD_OUT,
             "relaxnet.workflow.measure", "relaxnet.reporting.grid", "relaxnet.reporting.grid_errors"),
}  # fmt: skip
NO_DEPENDENCY = (
    "relaxnet._version",
    "relaxnet.tracking",
    "relaxnet.workflow.params",
    "relaxnet.workflow.project",
    "relaxnet.workflow.search_config",
    "relaxnet.workflow.study",
    f"{RELAXATION}.params",
    "relaxnet.studies.elasticity.params",
    "relaxnet.studies.spectroscopy.params",
)

COMPANION = "relaxnet.studies.elasticity"
COMPANION_STUDY = find_study(f"{COMPANION}.study:STUDY")
COMPANION_FOLDER = ROOT / "pipelines" / "elasticity"
COMPANION_STAGES = yaml.safe_load((COMPANION_FOLDER / "dvc.yaml").read_text())["stages"]
COMPANION_PARAMS = yaml.safe_load((COMPANION_FOLDER / "params.yaml").read_text())
NETWORKS = tuple(
    f"{COMPANION}.networks.{name}" for name in ("cnn", "backbones", "boosting", "equivariant", "voigt_reuss")
)
COMPANION_FIT = ("relaxnet.workflow.fit", *COMPANION_STUDY.sample_modules(), *NETWORKS)
COMPANION_TRAIN = (*COMPANION_FIT, f"{COMPANION}.predictor.facts", f"{COMPANION}.predictor.packing",
                   "relaxnet.workflow.heldout", "relaxnet.workflow.recipe")  # fmt: skip
COMPANION_CODE = {
    "check": ("relaxnet.workflow.check", f"{COMPANION}.params", f"{COMPANION}.samples.targets"),
    "simulate": (f"{COMPANION}.dataset.writer",),
    "validate": (f"{COMPANION}.expectations.cells", "relaxnet.reporting.validation"),
    "pretrain": COMPANION_TRAIN,
    "train": COMPANION_TRAIN,
    "transfer": COMPANION_TRAIN,
    "evaluate": ("relaxnet.workflow.measure", f"{COMPANION}.measures", "relaxnet.workflow.heldout", *NETWORKS,
                 "relaxnet.workflow.judged", "relaxnet.workflow.score", "relaxnet.reporting.model_figures",
                 f"{COMPANION}.samples.source", f"{COMPANION}.report"),
    "compare": ("relaxnet.reporting.comparison", f"{COMPANION}.report", f"{COMPANION}.samples.targets"),
    "course": (f"{COMPANION}.course.page",),
    "search": (*COMPANION_FIT, "relaxnet.workflow.recipe", "relaxnet.workflow.score", "relaxnet.search.run",
               "relaxnet.workflow.trial", "relaxnet.workflow.search_report", "relaxnet.workflow.heldout"),
    "register": ("relaxnet.registry.register", "relaxnet.workflow.judged"),
}  # fmt: skip

SPECTRA = "relaxnet.studies.spectroscopy"
SPECTRA_STUDY = find_study(f"{SPECTRA}.study:STUDY")
SPECTRA_FOLDER = ROOT / "pipelines" / "spectroscopy"
SPECTRA_STAGES = yaml.safe_load((SPECTRA_FOLDER / "dvc.yaml").read_text())["stages"]
SPECTRA_PARAMS = yaml.safe_load((SPECTRA_FOLDER / "params.yaml").read_text())
SPECTRA_NETWORKS = tuple(f"{SPECTRA}.networks.{name}" for name in ("cnn", "levels", "kernel_ridge", "mean"))
SPECTRA_FIT = ("relaxnet.workflow.fit", *SPECTRA_STUDY.sample_modules(), *SPECTRA_NETWORKS)
SPECTRA_CODE = {
    "check": ("relaxnet.workflow.check", f"{SPECTRA}.params", f"{SPECTRA}.samples.targets"),
    "simulate": (f"{SPECTRA}.dataset.writer",),
    "validate": (f"{SPECTRA}.expectations.molecules", "relaxnet.reporting.validation"),
    "train": (*SPECTRA_FIT, f"{SPECTRA}.predictor.facts", f"{SPECTRA}.predictor.packing", "relaxnet.workflow.heldout",
              "relaxnet.workflow.recipe"),
    "evaluate": ("relaxnet.workflow.measure", f"{SPECTRA}.measures", "relaxnet.workflow.heldout", *SPECTRA_NETWORKS,
                 "relaxnet.workflow.judged", "relaxnet.workflow.score", "relaxnet.reporting.model_figures",
                 f"{SPECTRA}.samples.source", f"{SPECTRA}.report"),
    "compare": ("relaxnet.reporting.comparison", f"{SPECTRA}.report", f"{SPECTRA}.samples.targets"),
    "assignment": (f"{SPECTRA}.assignment.page",),
    "search": (*SPECTRA_FIT, "relaxnet.workflow.recipe", "relaxnet.workflow.score", "relaxnet.search.run",
               "relaxnet.workflow.trial", "relaxnet.workflow.search_report", "relaxnet.workflow.heldout"),
    "register": ("relaxnet.registry.register", "relaxnet.workflow.judged"),
}  # fmt: skip


def body(stage):
    return stage.get("do", stage)


@pytest.mark.parametrize(
    ("study", "stages", "params"),
    [
        (STUDY, STAGES, PARAMS),
        (COMPANION_STUDY, COMPANION_STAGES, COMPANION_PARAMS),
        (SPECTRA_STUDY, SPECTRA_STAGES, SPECTRA_PARAMS),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_advice_to_train_a_model_anew_names_its_stage(study, stages, params):
    """Each model of the params is an item of the stage that is said to train it."""
    for name in params["models"]:
        stage, item = training_stage(study, name)
        items = stages[stage]["foreach"]
        assert items == "${models}" or item in items, name
    assert all((name,) == training_stage(study, name) and name in stages for name in study.further)


def test_the_seven_models_are_those_of_the_paper():
    models = PARAMS["models"]
    expected = {name: (name, 0.1) for name in SUBSETS} | {"C-w1": ("C", 1.0)}
    assert expected.items() <= {name: (m["subset"], m["loss_weights"]["ln_a"]) for name, m in models.items()}.items()


@pytest.mark.parametrize("name", [*STAGES, *FURTHER])
def test_a_stage_depends_on_all_code_that_decides_its_outputs(name):
    stage, name = body(FURTHER.get(name) or STAGES[name]), name.rstrip("@")
    check_dependencies(stage, name, CODE[name])


@pytest.mark.parametrize("name", COMPANION_STAGES)
def test_a_stage_of_the_companion_study_does_too(name):
    script = {"pretrain": "train", "transfer": "train"}.get(name, name)
    check_dependencies(body(COMPANION_STAGES[name]), script, COMPANION_CODE[name])


@pytest.mark.parametrize("name", SPECTRA_STAGES)
def test_a_stage_of_the_spectroscopy_study_does_too(name):
    check_dependencies(body(SPECTRA_STAGES[name]), name, SPECTRA_CODE[name])


def test_every_model_of_the_spectroscopy_study_is_named_in_its_params_only():
    for name in ("train", "evaluate"):
        assert SPECTRA_STAGES[name]["foreach"] == "${models}"
    subsets = {model["subset"] for model in SPECTRA_PARAMS["models"].values()}
    for name in ("simulate", "validate"):
        assert set(SPECTRA_STAGES[name]["matrix"]["subset"]) == subsets


def check_dependencies(stage, name, code):
    (script,) = [path for path in stage["deps"] if path.startswith("pipelines/") and path.endswith(".py")]
    assert Path(script).stem == name
    assert script in stage["cmd"]
    given = [ROOT / path for path in stage["deps"] if path.startswith(("src/", "pipelines/")) and "$" not in path]
    assert all(path.exists() for path in given)
    used = {m: file for m, file in imported_files(*code).items() if not m.startswith(NO_DEPENDENCY)}
    # the __init__ of a package that holds subpackages says nothing but a line on them
    told = {module: file for module, file in used.items() if file.name != "__init__.py"}
    missing = [module for module, file in told.items() if not any(file.is_relative_to(path) for path in given)]
    assert missing == []
    spare = [path for path in given if path.suffix == "" and not any(f.is_relative_to(path) for f in used.values())]
    assert spare == []


@pytest.mark.parametrize("name", ["train", "search"])
def test_training_depends_on_the_file_of_its_architecture_only(name):
    zoo = [path for path in body(STAGES[name])["deps"] if "zoo" in path]
    assert zoo == ["src/relaxnet/models/zoo/${%s.architecture}.py" % ("item" if name == "train" else "search")]
    for architecture in PARAMS["profiles"]["laptop"]["networks"]:
        (file,) = [f for m, f in imported_files(architecture_module(architecture)).items() if ".zoo." in m]
        assert file == ROOT / f"src/relaxnet/models/zoo/{architecture}.py"


def test_grids_are_stages_that_can_be_read():
    grids = yaml.safe_load((GRIDS / "params.yaml").read_text())
    assert GRID["foreach"] == list(grids)
    for grid in grids.values():
        parse(GridConfig, grid)


def test_searches_are_stages_that_can_be_read():
    searches = parse_searches(SubsetSearchConfig, yaml.safe_load((SEARCHES / "params.yaml").read_text()))
    assert SEARCH["foreach"] == FINAL["foreach"] == list(searches)
    assert len(cells(searches["grid24"].space)) == 24
    losses = {loss if isinstance(loss, str) else loss["name"] for loss in searches["losses"].space["loss"].choices}
    assert losses == {"mse", "mae", "huber", "smooth_l1", "log_cosh", "cosine", "pearson"}
    assert searches["loss-weights"].objectives == "targets"


def test_data_stages_run_over_all_subsets_and_the_later_ones_over_all_models():
    for name in ("simulate", "validate", "testset"):
        assert STAGES[name]["matrix"]["subset"] == list(SUBSETS)
    for name in ("train", "evaluate"):
        assert STAGES[name]["foreach"] == "${models}"
    for name in ("compare", "register"):
        assert {"models/relaxation", "reports/relaxation/evaluation"} <= set(STAGES[name]["deps"]), name


def test_a_model_is_named_in_the_params_only():
    """One more line there trains, tests, compares, plots and offers it for registration."""
    text = (ROOT / "dvc.yaml").read_text()
    assert not [name for name in PARAMS["models"] if f"/{name}/history" in text or f"evaluation/{name}\n" in text]


def test_training_waits_for_the_validation():
    assert "reports/relaxation/validation/${item.subset}.json" in body(STAGES["train"])["deps"]


def test_only_the_own_section_of_a_model_makes_it_train_again():
    params = body(STAGES["train"])["params"]
    assert "models.${key}" in params
    assert "models" not in params


HOSTILE = ("a; touch x", "$(touch x)", "`touch x`", "'; touch x; '", '"; touch x; "', "a && touch x", r"a\"; touch x #")


def test_no_name_of_a_model_is_run_by_the_shell(tmp_path):
    """DVC itself runs the commands of the real pipeline for models with hostile names; they only note the names."""
    models = {name: {"subset": "C"} for name in HOSTILE}
    script = "import sys; open('names', 'a').write(repr(sys.argv[-1]) + chr(10))"
    stages = {}
    for name in ("train", "evaluate"):
        command = STAGES[name]["do"]["cmd"].replace(f"pipelines/{name}.py", f"{name}.py")
        stages[name] = {"foreach": "${models}", "do": {"cmd": command, "params": ["models.${key}"]}}
        (tmp_path / f"{name}.py").write_text(script)
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"models": models}))
    dvc = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True)
    dvc([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"])
    dvc([sys.executable, "-m", "dvc", "repro"])
    said = (tmp_path / "names").read_text().splitlines()
    assert sorted(said) == sorted(map(repr, HOSTILE * 2))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "pipeline",
    [ROOT / "dvc.yaml", *(folder / "dvc.yaml" for folder in (GRIDS, SEARCHES, COMPANION_FOLDER, SPECTRA_FOLDER))],
)
def test_no_command_holds_a_text_of_the_params(pipeline):
    """Only what dvc.yaml itself lists becomes text of a command."""
    for name, stage in yaml.safe_load(pipeline.read_text())["stages"].items():
        listed = isinstance(stage.get("foreach"), list) or "matrix" in stage
        texts = set(re.findall(r"(?<!\\)\$\{([\w.]+)\}", body(stage)["cmd"]))
        assert texts <= ({"item", "item.subset"} if listed else set()), name


def test_a_mistake_in_the_params_is_told_before_dvc_misses_what_it_lacks(tmp_path):
    """DVC runs the check first: no other stage depends on nothing of the pipeline."""
    outs = {out for stage in STAGES.values() for out in body(stage)["outs"]}
    made = tuple(out.partition("/$")[0] for out in outs)
    first = [name for name, stage in STAGES.items() if not any(dep.startswith(made) for dep in body(stage)["deps"])]
    assert first == ["check"]
    named = [n for n, s in STAGES.items() if any("$" in dep and dep.startswith("data/") for dep in body(s)["deps"])]
    waiting = {n for n, s in STAGES.items() if any(d.endswith(("checked.txt", "${key}")) for d in body(s)["deps"])}
    assert set(named) - {"validate"} <= waiting  # their data may be those of a subset that no stage makes
    text = (ROOT / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(re.sub("^profile: .*", "profile: huge", text, flags=re.MULTILINE))
    stages = {name: STAGES[name] for name in ("check", "simulate")}
    stages["check"] = {**stages["check"], "deps": ["params.yaml"]}
    stages["simulate"] = {**stages["simulate"], "deps": ["reports/relaxation/checked.txt"]}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (tmp_path / "pipelines").symlink_to(ROOT / "pipelines")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"], cwd=tmp_path, check=True)
    done = subprocess.run([sys.executable, "-m", "dvc", "repro"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "relaxnet: profile = huge: must be one of laptop, paper, smoke\n" in done.stderr
    assert "missing from" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_check_is_quick():
    """It loads none of what takes seconds."""
    slow = "keras tensorflow numba mlflow optuna matplotlib great_expectations"
    code = f"import sys, relaxnet.workflow.check, {RELAXATION}.study; print(*set('{slow}'.split()) & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "\n"


def test_the_cache_does_not_change_when_data_are_written_in_place(tmp_path):
    """A project with the committed configuration of DVC; its data are checked out from the cache."""
    dvc = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "data").mkdir()
    for shard in range(3):
        (tmp_path / "data" / f"shard-{shard}").write_bytes(bytes(1000 + shard))
    dvc([sys.executable, "-m", "dvc", "init", "--no-scm", "--quiet"])
    shutil.move(tmp_path / ".dvc" / "config", tmp_path / ".dvc" / "config.local")
    shutil.copy(ROOT / ".dvc" / "config", tmp_path / ".dvc" / "config")
    dvc([sys.executable, "-m", "dvc", "add", "--quiet", "data"])
    shutil.rmtree(tmp_path / "data")
    dvc([sys.executable, "-m", "dvc", "checkout", "--quiet"])
    cache = tmp_path / ".dvc" / "cache"
    before = {file: file.read_bytes() for file in cache.rglob("*") if file.is_file()}
    assert len(before) == 4
    with (tmp_path / "data" / "shard-1").open("ab") as stream:
        stream.write(b"more")
    assert {file: file.read_bytes() for file in cache.rglob("*") if file.is_file()} == before


def test_every_model_of_the_companion_study_is_trained_after_what_it_starts_from():
    starts = {name: (model.get("start") or {}).get("model") for name, model in COMPANION_PARAMS["models"].items()}
    plain = [*COMPANION_STAGES["pretrain"]["foreach"], *COMPANION_STAGES["train"]["foreach"]]
    assert COMPANION_STAGES["transfer"]["foreach"] == {name: start for name, start in starts.items() if start}
    assert sorted(plain) == sorted(name for name, start in starts.items() if not start)
    subsets = {name: model["subset"] for name, model in COMPANION_PARAMS["models"].items()}
    for stage, subset in (("pretrain", "pretraining"), ("train", "course"), ("transfer", "course")):
        names = COMPANION_STAGES[stage]["foreach"]
        assert {subsets[name] for name in names} == {subset}
        assert f"data/elasticity/{subset}" in body(COMPANION_STAGES[stage])["deps"]
    for stage in ("simulate", "validate"):
        assert set(COMPANION_STAGES[stage]["matrix"]["subset"]) == set(subsets.values())


def test_every_profile_has_the_params_that_stages_depend_on():
    companions = ((COMPANION_STAGES, COMPANION_PARAMS), (SPECTRA_STAGES, SPECTRA_PARAMS))
    for pipeline, params in ((STAGES, PARAMS), *companions):
        listed = [found for stage in pipeline.values() for found in body(stage).get("params", [])]
        paths = [p for found in listed for p in ([found] if isinstance(found, str) else next(iter(found.values())))]
        for profile in params["profiles"]:
            for path in dict.fromkeys(path.replace("${profile}", profile).partition(".${")[0] for path in paths):
                here = params
                for part in path.split("."):
                    assert part in here, path
                    here = here[part]


def test_a_setting_of_one_model_makes_no_other_train_again():
    stages = [*((COMPANION_STAGES, name) for name in ("pretrain", "train", "transfer")), (SPECTRA_STAGES, "train")]
    for pipeline, name in stages:
        (found,) = body(pipeline[name])["params"]
        item = "item" if isinstance(pipeline[name]["foreach"], list) else "key"
        paths = next(iter(found.values()))
        assert f"profiles.${{profile}}.settings.${{{item}}}" in paths
        assert "profiles.${profile}.settings" not in paths
    for params in (COMPANION_PARAMS, SPECTRA_PARAMS):
        for profile in params["profiles"].values():  # DVC does not go on without an entry
            assert set(profile["settings"]) == set(params["models"])


def test_every_stage_names_the_study():
    pipelines = {"relaxation": STAGES, "elasticity": COMPANION_STAGES, "spectroscopy": SPECTRA_STAGES}
    for study, stages in pipelines.items():
        for name, stage in stages.items():
            assert body(stage)["cmd"].split()[2] == study, name
            assert all(f"/{study}/" in out for out in body(stage)["outs"]), name
