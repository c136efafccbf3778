"""The benchmark of the networks: equal steps, a budget that is kept, a folder that holds one experiment."""

import importlib
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from learning import source

from relaxnet.core.errors import DataFileError, InvalidInputError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def spectral():
    """Its modules by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        names = ("molecules", "plan", "runs", "tables")
        yield {name: importlib.import_module(f"spectral.{name}") for name in names} | {
            "main": importlib.import_module("spectroscopy"), "speed": importlib.import_module("budgeted.plan").Speed
        }  # fmt: skip
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


def speeds(spectral, factor=1.0):
    return {name: spectral["speed"](0.07 * factor, 0.001, 10.0) for name in ("300", "500", "700", "levels")}


def test_every_experiment_has_three_seeds_and_none_is_planned_twice(spectral):
    runs = [run for turn in spectral["plan"].rounds(120, 100_000) for run in turn]
    assert len({run.name for run in runs}) == len(runs)
    trained = [run for run in runs if run.steps]
    long = 120 * spectral["plan"].LONG
    assert {run.steps for run in trained} == {120, long}
    counts = Counter((r.model, r.sigma_ev, r.points, r.loss, r.output, r.rate) for r in trained if r.steps == 120)
    assert set(counts.values()) == {3}
    for rate in ("report", "cosine"):
        own = [run for run in trained if run.rate == rate and run.model == "cnn" and run.output == "linear"]
        assert {run.sigma_ev for run in own} == {0.1, 0.3, 0.5}
        assert {run.points for run in own} == {300, 500, 700}
        assert {run.loss for run in own} >= {"rmse", "smooth", "logcosh", "cosine", "pearson"}
    longest = Counter((r.model, r.rate, r.molecules) for r in trained if r.steps == long)
    sizes = [("cnn", "cosine", size) for size in (1000, 3000, 10_000, 30_000, 100_000)]
    assert longest == dict.fromkeys([*sizes, ("cnn", "report", 100_000), ("levels", "cosine", 100_000)], 3)
    assert {run.molecules for run in trained if run.steps == 120} == {100_000}


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.0])
def test_the_plan_fits_into_eight_hours(spectral, factor):
    plan, found = spectral["plan"], speeds(spectral, factor)
    steps = plan.steps_within(8.0, 100_000, found)
    assert plan.hours(steps, 100_000, found) <= 8.0 < plan.hours(steps + 12, 100_000, found)
    with pytest.raises(InvalidInputError, match=r"budget = 0\.01: must be at least \d+\.\d hours, for 24 steps"):
        plan.steps_within(0.01, 100_000, found)


def test_no_held_out_molecule_is_trained_on_in_another_conformation(spectral):
    group = np.arange(6000) // 2
    few, many = (spectral["molecules"].parts_of(group, count) for count in (50, 10**6))
    assert few[0].tolist() == many[0][:50].tolist()
    assert [part.tolist() for part in few[1:]] == [part.tolist() for part in many[1:]]
    held = set(group[np.concatenate(many[1:])])
    assert not held & set(group[many[0]])


def test_a_run_takes_its_steps(spectral):
    data = source(60)
    parts = (np.arange(40), np.arange(40, 50), np.arange(50, 60))
    run = spectral["runs"].Run("cnn", 0.5, 60, "rmse", 40, 1, 12, output="area")
    row = json.loads(json.dumps(spectral["runs"].carry_out(run, data, parts)))  # as in the journal
    assert (row["taken"], row["trained_on"]) == (12, 40)
    assert [step for step, _ in row["curve"]] == list(range(1, 13))
    assert row["negative_share"] == 0.0
    table = spectral["tables"].frame([row])
    assert table[["quarter", "half", "end"]].iloc[0].tolist() == [row["curve"][n][1] for n in (2, 5, 11)]
    assert "CNN, softmax" in spectral["tables"].experiments(table)[2]


def test_drawn_molecules_are_all_there_once_before_any_twice(spectral):
    data = source(12)
    drawn, generator = spectral["runs"].Drawn(data, np.arange(3, 9)), np.random.default_rng(1)
    spectra = np.concatenate([drawn.draw(generator, count)[1] for count in (4, 9, 5)])  # in epochs of any size
    seen = [int(np.abs(data.targets - one).sum(axis=1).argmin()) for one in spectra]
    for start in (0, 6, 12):
        assert sorted(seen[start : start + 6]) == list(range(3, 9))


def test_the_tables_tell_seeds_without_an_accuracy_and_compare_sizes(spectral):
    tables, long = spectral["tables"], 12 * spectral["plan"].LONG
    shown = dict.fromkeys(("accuracy_normalised", "accuracy_centred", "r2", "r2_printed", "mae", "negative_share"), 0.9)
    plain = {"model": "cnn", "output": "linear", "loss": "pearson", "sigma_ev": 0.5, "points": 300, "rate": "cosine",
             "taken": 12, "seconds": 3.0, "curve": [(step, 1.0 / step) for step in range(1, 13)], **shown}  # fmt: skip
    rows = [{**plain, "molecules": 100, "steps": 12, "seed": seed, "accuracy": known}
            for seed, known in ((1, 0.8), (2, None), (3, None))]  # fmt: skip
    assert "| 80.00 (1 of 3 seeds) | 90.00 ± 0.00 |" in tables.experiments(tables.frame(rows))[2]
    assert "normalised, –, 3 s" in spectral["main"]._line({**rows[1], "accuracy_normalised": None})

    rows += [{**plain, "loss": "rmse", "molecules": count, "steps": long, "taken": long, "seed": 1, "accuracy": known,
              "curve": [(long * part // 12, 1.0) for part in range(1, 13)]}
             for count, known in ((1000, 0.8), (100_000, 0.9))]  # fmt: skip
    rows += [{**plain, "model": "kernel_ridge", "molecules": count, "steps": 0, "seed": 1, "accuracy": 0.7}
             for count in (1000, 100_000)]  # fmt: skip
    compared = tables.sizes(tables.frame([row for row in rows if row["steps"] != 12]))
    assert compared[2:] == ["| CNN | 80.00 | – | – | – | 90.00 |", "| kernel ridge | 70.00 | – | – | – | – |"]
    panels = tables.curves_figure(rows, 12).axes
    assert [len(panel.lines) for panel in panels] == [0, 1, 2]
    assert panels[1].lines[0].get_xdata().tolist() == list(range(1, 13))


def test_a_folder_of_another_experiment_is_refused(spectral, tmp_path):
    main = spectral["main"]
    (tmp_path / main.PLAN).write_text(json.dumps({**main.begun_with(100), "steps": 48}))
    assert main.read_plan(tmp_path, 8.0, 100)["steps"] == 48
    with pytest.raises(DataFileError, match="begun with molecules 100, now 200: give another --folder"):
        main.read_plan(tmp_path, 8.0, 200)
