"""The benchmark of the networks: equal steps, a budget that is kept, a folder that holds one experiment."""

import importlib
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from cells import source

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.workflow.search_config import SearchConfig, parse_searches

ROOT = Path(__file__).parents[3]
WEIGHTS = ("none", "pretrained")


@pytest.fixture(scope="module")
def elastic():
    """Its modules by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        names = ("cells", "mean", "plan", "runs", "searches", "tables", "trainings")
        yield {name: importlib.import_module(f"elastic.{name}") for name in names} | {
            "main": importlib.import_module("elasticity"),
            "speed": importlib.import_module("budgeted.plan").Speed,
        }
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


def speeds(elastic, factor=1.0):
    """About those of one core."""
    seconds = {"baseline": 0.01, "tuned": 0.1, "equivariant": 0.2, "vgg16": 2.6, "resnet50": 1.0, "densenet121": 1.0}
    return {name: elastic["speed"](factor * s, factor * s / 90, 20.0) for name, s in seconds.items()}


def rounds(elastic, steps=240):
    return [*elastic["plan"].first_rounds(steps, WEIGHTS), *elastic["plan"].further_rounds(steps, WEIGHTS)]


def test_no_training_is_planned_twice_and_sources_come_first(elastic):
    seen = set()
    for turn in rounds(elastic):
        for run in turn:
            assert run.name not in seen
            assert run.weights != "pretrained" or elastic["runs"].source_run(run).name in seen
        seen |= {run.name for run in turn}


def test_sources_of_another_machine_are_trained_again_once_they_are_needed(elastic, tmp_path):
    main, runs = elastic["main"], elastic["runs"]
    sources, transfer, _ = elastic["plan"].first_rounds(240, WEIGHTS)
    assert main.lost_sources(sources, tmp_path) == []
    lost = main.lost_sources(transfer, tmp_path)
    assert {run.model for run in lost} == set(elastic["trainings"].BACKBONES)
    assert set(lost) <= set(sources)
    folder = tmp_path / "models" / lost[0].name
    folder.mkdir(parents=True)
    (folder / "network.keras").touch()
    assert not runs.is_kept(lost[0], tmp_path)  # cut short
    (folder / "estimator.json").touch()
    assert main.lost_sources(transfer, tmp_path) == lost[1:]


def test_every_trained_model_has_three_seeds_on_the_images_of_the_course(elastic):
    runs = [run for turn in rounds(elastic) for run in turn if run.images == 364 and run.steps == 240]
    counts = Counter((run.model, run.way, run.weights) for run in runs)
    assert set(counts.values()) == {3}
    assert {model for model, _, _ in counts} == {*elastic["trainings"].PLAIN, *elastic["trainings"].BACKBONES}


def test_long_trainings_have_two_seeds_on_every_number_of_images(elastic):
    plan = elastic["plan"]
    runs = [run for turn in rounds(elastic) for run in turn if run.steps > 240]
    assert {run.steps for run in runs} == {plan.LONG * 240}
    counts = Counter((run.model, run.images) for run in runs)
    assert counts == dict.fromkeys(((model, images) for model in plan.OF_SIZES for images in plan.SIZES), 2)


def test_every_source_of_weights_has_the_same_stages(elastic):
    ways = {}
    for turn in rounds(elastic):
        for run in turn:
            if run.model == "vgg16" and run.data == "cells" and run.images == 364 and run.way != "all":
                ways.setdefault(run.weights, set()).add((run.way, tuple(run.stages())))
    expected = {("head", (("head", 240),)), ("head+all", (("head", 120), ("all", 120)))}
    assert ways == {"none": expected, "pretrained": expected}


def test_the_mean_of_the_training_cells_scores_one(elastic):
    targets = np.random.default_rng(1).normal(10.0, 2.0, (3000, 9))
    run = elastic["mean"].Task(1000, Path()).run
    row = json.loads(json.dumps(elastic["mean"].row(run, targets)))  # as in the journal
    assert (row["steps"], row["trained_on"]) == (0, 1000)
    assert list(row["nrmse"].values()) == pytest.approx([1.0] * 9, abs=0.01)
    assert row["curve"] == [[0, pytest.approx(1.0, abs=0.2)]]
    rows = [{"name": run.name, **row, "images": elastic["plan"].COURSE}]
    (told,) = elastic["tables"].equal_steps(elastic["tables"].frame(rows))[4:]
    assert told.startswith("| mean | – | – | 9 | 1.00")


@pytest.mark.parametrize("images", [100, 364, 1000, 10_000])
def test_epochs_add_up_to_the_steps(elastic, images):
    for steps in (48, 240, 816, 3600):
        for part in ("all", "head"):
            for stage in (steps, steps // 2):
                found = elastic["runs"].epoch_steps(part, stage, images)
                assert stage % found == 0
                assert part == "all" or found == stage or found * elastic["runs"].BATCH >= images


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.0])
def test_the_plan_fits_into_eight_hours(elastic, factor):
    plan, found = elastic["plan"], speeds(elastic, factor)
    steps = plan.steps_within(8.0, WEIGHTS, found)
    assert steps % elastic["runs"].UNIT == 0
    assert plan.hours(steps, WEIGHTS, found) <= 8.0 < plan.hours(steps + elastic["runs"].UNIT, WEIGHTS, found)
    with pytest.raises(InvalidInputError, match=r"budget = 0\.1: must be at least \d+\.\d hours, for 48 steps"):
        plan.steps_within(0.1, WEIGHTS, found)


def test_validation_and_test_cells_are_the_same_for_all(elastic):
    few, many = (elastic["cells"].parts_of(2100, images) for images in (5, 1000))
    assert [part.tolist() for part in few[1:]] == [part.tolist() for part in many[1:]]
    assert few[0].tolist() == many[0][:5].tolist()
    assert sorted(np.concatenate(many)) == list(range(2100))


def test_a_run_takes_its_steps(elastic, tmp_path):
    data = source(each=4)
    parts = elastic["runs"].Parts(*np.split(np.arange(len(data.targets)), [12, 16]))
    run = elastic["runs"].Run("baseline", "all", "none", 12, 1, 48)
    row = elastic["runs"].carry_out(run, data, tmp_path, parts)
    assert (row["taken"], row["trained_on"]) == (48, 12)
    assert [step for step, _ in row["curve"]] == list(range(4, 49, 4))
    row = json.loads(json.dumps(row))  # as in the journal
    table = elastic["tables"].frame([row])
    assert table[["quarter", "half", "end"]].iloc[0].tolist() == [row["curve"][n][1] for n in (2, 5, 11)]
    row |= {"images": elastic["plan"].COURSE}
    *_, line = elastic["tables"].per_constant([row], elastic["tables"].frame([row]))
    assert [float(cell.split()[0]) for cell in line.strip("| ").split(" | ")[2:]] == [
        float(f"{error:.3f}") for error in row["nrmse"].values()
    ]


def test_tpe_asks_for_the_same_again(elastic):
    """Trainings that are there already are not done again."""
    spaces = parse_searches(
        SearchConfig, yaml.safe_load((ROOT / "pipelines" / "elasticity" / "searches" / "params.yaml").read_text())
    )
    assert len({run.name for run in elastic["searches"].grid(spaces, 48)}) == 24
    done, counts = {}, []

    def work(runs):
        missing = [run for run in runs if run.name not in done]
        counts.append(len(missing))
        done.update({run.name: {"curve": [[48, dict(run.settings)["dropout"]]]} for run in missing})
        return done

    first = elastic["searches"].tpe(spaces, 48, work)
    assert len(first) == sum(counts) == 24
    assert elastic["searches"].tpe(spaces, 48, work) == first
    assert sum(counts) == 24
    dropout = [dict(run.settings)["dropout"] for run in first]
    assert np.mean(dropout[12:]) < np.mean(dropout[:8])  # it has learned what is good


def test_a_folder_of_another_experiment_is_refused(elastic, tmp_path):
    main = elastic["main"]
    (tmp_path / main.PLAN).write_text(json.dumps({**main.begun_with(100), "steps": 48}))
    assert main.read_plan(tmp_path, 8.0, 100)["steps"] == 48
    with pytest.raises(DataFileError, match="begun with cells 100, now 200: give another --folder") as told:
        main.read_plan(tmp_path, 8.0, 200)
    assert "\n" not in str(told.value)
