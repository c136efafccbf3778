import math
import os
import re
import subprocess
import time

import pytest

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError, TrainingError
from relaxnet.search.config import PrunerConfig, SamplerConfig
from relaxnet.search.run import Search
from relaxnet.search.space import ParameterConfig, cells, settings
from relaxnet.search.spec import SearchSpec
from relaxnet.search.trial import TrialPruned

SPACE = {
    "x": ParameterConfig(low=-2.0, high=2.0),
    "rate": ParameterConfig(low=1e-4, high=1.0, log=True),
    "n": ParameterConfig(low=1, high=9),
    "sizes": ParameterConfig(choices=([1, 2], [3, 4])),
    "kind": ParameterConfig(choices=("a", "b", None)),
}


def bowl(trial):
    params = trial.params
    assert params["sizes"] in ([1, 2], [3, 4])
    assert isinstance(params["n"], int)
    return (
        (params["x"] - 0.5) ** 2
        + (math.log10(params["rate"]) + 2) ** 2 / 4
        + abs(params["n"] - 4) / 4
        + (params["kind"] != "b") / 4
    )


def spec(space=SPACE, *, sampler=None, **options):
    sampler = SamplerConfig(**{"seed": 3, "startup_trials": 5, **(sampler or {})})
    return SearchSpec("test", space, **{"fingerprint": "data", "sampler": sampler, **options})


def search(folder, objective=bowl, *, trials=12, timeout_s=60, on_orphan=lambda *_: None, **options):
    opened = Search(spec(**options), folder / "deep" / "journal.log", on_orphan)
    try:
        opened.work(objective, trials=trials, timeout_s=timeout_s)
        return opened.result()
    finally:
        opened.close()


def counted(seen):
    def objective(trial):
        seen.append(trial.params)
        return bowl(trial)

    return objective


def course(result):
    return [(trial.params, trial.state, trial.value) for trial in result.trials]


def test_it_finds_a_good_point(tmp_path):
    seen = []
    result = search(tmp_path, counted(seen), trials=60)
    assert result.best_value < 0.4
    assert result.best_value == min(trial.value for trial in result.trials)
    assert seen == [trial.params for trial in result.trials]
    assert len(seen) == 60
    assert isinstance(result.best_params["sizes"], list)


def test_the_same_seed_takes_the_same_course(tmp_path):
    one, two = search(tmp_path / "1"), search(tmp_path / "2")
    assert course(one) == course(two)
    assert course(one) != course(search(tmp_path / "3", sampler={"seed": 4}))


def test_an_interrupted_search_resumes_on_the_same_course(tmp_path):
    calls = []

    def interrupted(trial):
        calls.append(trial.params)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return bowl(trial)

    with pytest.raises(KeyboardInterrupt):
        search(tmp_path / "a", interrupted)
    seen = []
    resumed = search(tmp_path / "a", counted(seen))
    assert len(seen) == 5
    assert seen[0] == calls[7]
    assert [trial.number for trial in resumed.trials] == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert course(resumed) == course(search(tmp_path / "b"))
    assert search(tmp_path / "a", counted(seen)) == resumed
    assert len(seen) == 5


def test_other_data_or_space_is_another_study(tmp_path):
    first = search(tmp_path, trials=2)
    assert len({first.study_name, search(tmp_path, trials=2, fingerprint="other").study_name}) == 2
    narrow = search(tmp_path, trials=2, space={**SPACE, "x": ParameterConfig(low=0.0, high=1.0)})
    assert len(narrow.trials) == 2
    assert narrow.study_name != first.study_name


def test_what_is_not_finite_fails_its_trial_only(tmp_path):
    def rough(trial):
        if trial.params["n"] < 3:
            return math.nan
        if trial.params["n"] < 5:
            trial.report(1, math.inf)
        if trial.params["n"] < 6:
            raise TrainingError("the loss blew up")
        return bowl(trial)

    result = search(tmp_path, rough)
    failed = [trial for trial in result.trials if trial.state == "failed"]
    assert len(result.trials) == 12
    assert failed
    assert {trial.reason for trial in failed} <= {"nan as the result", "inf at step 1", "the loss blew up"}
    with pytest.raises(TrainingError, match="none of 2 trials gave a finite value"):
        search(tmp_path / "b", lambda trial: math.nan, trials=2)


def test_a_defect_of_the_objective_ends_the_search_and_is_not_counted(tmp_path):
    with pytest.raises(ZeroDivisionError):
        search(tmp_path, lambda trial: 1 / 0)
    assert len(search(tmp_path, trials=2).trials) == 2


def test_hopeless_trials_are_pruned(tmp_path):
    pruned, steps = [], []

    def slow(trial):
        try:
            for step in range(10):
                trial.report(step, 10 * abs(trial.params["x"]) + 1 / (step + 1))
        except TrialPruned:
            pruned.append(trial.params)
            steps.append(step + 1)
            raise
        return abs(trial.params["x"])

    result = search(tmp_path, slow, trials=30, steps=10)
    records = [trial for trial in result.trials if trial.state == "pruned"]
    assert [trial.params for trial in records] == pruned
    assert pruned
    assert all(trial.number >= 5 and trial.value is None for trial in records)
    assert all(1 < count < 10 for count in steps)


def test_no_trial_starts_after_the_timeout(tmp_path):
    assert len(search(tmp_path, timeout_s=0.0).trials) == 1


def journal_of(folder):
    """Journal of a search of three trials."""
    search(folder, trials=3)
    return folder / "deep" / "journal.log"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: [b"not a journal", b"at all"], "line 1 is no event of a search"),
        (lambda lines: [b"no line end"], "its last line is no event of a search"),
        (lambda lines: [lines[0], b"", *lines[1:]], "line 2 is no event of a search"),
        (lambda lines: [*lines[:3], lines[3][:9], *lines[4:]], "line 4 is no event of a search"),
        (lambda lines: [lines[0], b'{"some": "other"}', *lines[1:]], "line 2 is no event of a search"),
        (lambda lines: [lines[0], b"[1, 2]", *lines[1:]], "line 2 is no event of a search"),
        (lambda lines: [lines[0], b'{"op_code": 4, "worker_id": 1}', *lines[1:]], "'study_id'"),
        (lambda lines: [lines[0], b'{"op_code": 77, "worker_id": 1}', *lines[1:]], "Should not reach"),
        (lambda lines: [bytes(range(256)) * 9, b"\0" * 9], "line 1 is no event of a search"),
        (lambda lines: [b"\xff\xfe" * 99], "its last line is no event of a search"),
    ],
)
def test_a_journal_of_something_else_stays_as_it_is_and_is_moved_aside_as_told(tmp_path, change, reason):
    journal = journal_of(tmp_path / "a folder")
    lines = change(journal.read_bytes().splitlines())
    damaged = b"\n".join(lines) + (b"\n" if len(lines) > 1 else b"")
    journal.write_bytes(damaged)
    journal.with_name("journal.log.1").write_text("of an earlier mishap")
    with pytest.raises(DataFileError, match=re.escape(reason)) as caught:
        search(tmp_path / "a folder")
    message = str(caught.value)
    assert "\n" not in message
    assert journal.read_bytes() == damaged
    subprocess.run(message.partition("to start anew: ")[2], shell=True, check=True)
    assert journal.with_name("journal.log.2").read_bytes() == damaged
    assert len(search(tmp_path / "a folder", trials=2).trials) == 2


@pytest.mark.parametrize("end", [b'{"op_code": 5, "worker', b"{", b'{"op_'])
def test_a_torn_end_is_cut_off_and_a_lost_line_end_put_back(tmp_path, end):
    whole = search(tmp_path / "whole", trials=6)
    journal = journal_of(tmp_path)
    journal.write_bytes(journal.read_bytes() + end)
    assert course(search(tmp_path, trials=3)) == course(whole)[:3]
    journal.write_bytes(journal.read_bytes().removesuffix(b"\n"))
    assert course(search(tmp_path, trials=6)) == course(whole)


@pytest.mark.parametrize("place", ["journal.log", "."])
def test_a_journal_that_cannot_be_written_is_one_line(tmp_path, place):
    folder = tmp_path / "deep"
    if place == ".":
        folder.write_text("a file where the folder should be")
    else:
        (folder / place).mkdir(parents=True)
    with pytest.raises(DataFileError, match="cannot be used as search journal"):
        search(tmp_path)


def test_a_lock_that_a_dead_process_left_does_not_hold_the_search(tmp_path):
    journal = journal_of(tmp_path)
    lock = journal.with_name("journal.log.lock")
    lock.touch()
    os.utime(lock, (1e9, 1e9))
    started = time.monotonic()
    assert len(search(tmp_path, trials=4).trials) == 4
    assert time.monotonic() - started < 5
    assert not lock.exists()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({}, "choices, or low and high"),
        ({"low": 1.0}, "choices, or low and high"),
        ({"low": 1.0, "high": 0.0}, "a finite range, from low to high"),
        ({"low": 0.0, "high": math.inf}, "a finite number"),
        ({"low": 0.0, "high": 1.0, "log": True}, "positive, as its scale is logarithmic"),
        ({"low": 0, "high": 3, "log": True}, "positive, as its scale is logarithmic"),
        ({"choices": []}, "at least one value, none of them twice"),
        ({"choices": ["a", "a"]}, "at least one value, none of them twice"),
        ({"choices": [1], "low": 0}, "either choices or a range, not both"),
    ],
)
def test_an_impossible_parameter_is_refused(parameter, message):
    with pytest.raises(InvalidInputError, match=rf"^search\.space\.x\S* = .*: must be .*{message}"):
        parse(ParameterConfig, parameter, "search.space.x")


def test_an_empty_space_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="space = "):
        search(tmp_path, space={})


def test_a_parameter_may_set_several_settings():
    space = {"shape": ParameterConfig(set=("loss_weights.x", "loss_weights.beta"), low=1.0, high=2.0),
             "seed": ParameterConfig(choices=(1,))}  # fmt: skip
    found = settings(space, {"shape": 1.5, "seed": 1})
    assert found == {"loss_weights.x": 1.5, "loss_weights.beta": 1.5, "seed": 1}


def test_a_grid_is_of_choices():
    grid = {"loss": ParameterConfig(choices=("mse", "mae")), "seed": ParameterConfig(choices=(1, 2))}
    assert cells(grid) == [{"loss": loss, "seed": seed} for loss in ("mse", "mae") for seed in (1, 2)]
    with pytest.raises(InvalidInputError, match=r"space\.x = -2\.0 \.\.\. 2\.0: must be choices, in a grid"):
        cells(SPACE)


CONDITIONAL = {
    "kind": ParameterConfig(choices=("a", "b")),
    "x": ParameterConfig(low=-2.0, high=2.0),
    "of_b": ParameterConfig(low=1, high=3, when={"kind": ("b",)}),
    "of_b_kind": ParameterConfig(choices=("c", "d"), when={"kind": ("b",)}),
    "of_c": ParameterConfig(choices=(True, False), when={"of_b_kind": ("c",)}),
}


def conditional(trial):
    params = trial.params
    assert ("of_b" in params) == ("of_b_kind" in params) == (params["kind"] == "b")
    assert ("of_c" in params) == (params.get("of_b_kind") == "c")
    for step in range(9):
        trial.report(step, params["x"] ** 2 + params.get("of_b", 0) + 1 / (step + 1))
    return params["x"] ** 2 + params.get("of_b", 0)


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2"])
def test_a_parameter_exists_only_where_its_condition_holds(tmp_path, sampler):
    options = {"space": CONDITIONAL, "sampler": {"name": sampler, "startup_trials": 4}, "trials": 16}
    one, two = (search(tmp_path / folder, conditional, **options) for folder in "ab")
    assert course(one) == course(two)
    assert {"of_b" in trial.params for trial in one.trials} == {True, False}
    assert one.best_value == min(trial.value for trial in one.trials if trial.value is not None)


def test_hyperband_stops_trials(tmp_path):
    pruner = PrunerConfig(name="hyperband", warmup_epochs=1)
    result = search(tmp_path, conditional, space=CONDITIONAL, pruner=pruner, steps=9, trials=20)
    assert {trial.state for trial in result.trials} == {"complete", "pruned"}


def test_a_grid_does_every_combination_once_and_a_condition_counts(tmp_path):
    space = {name: CONDITIONAL[name] for name in ("kind", "of_b_kind", "of_c")}
    tried = []

    def objective(trial):
        tried.append(trial.params)
        if len(tried) == 3:
            raise KeyboardInterrupt
        return float(len(tried))

    options = {"space": space, "sampler": {"name": "grid"}, "trials": None}
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, objective, **options)
    result = search(tmp_path, objective, **options)
    found = sorted(str(trial.params) for trial in result.trials)
    assert found == sorted(map(str, cells(space)))
    assert len(result.trials) == len(cells(space)) == 4
    assert len(tried) == 5
    with pytest.raises(InvalidInputError, match="trials = 3: must be absent, or 4: the sampler grid does every"):
        search(tmp_path, objective, **{**options, "trials": 3})


def test_several_objectives_have_a_front_and_a_compromise(tmp_path):
    def objective(trial):
        x = trial.params["x"]
        return (x - 1) ** 2 + 0.1, (x + 1) ** 2 + 0.1

    options = {"space": {"x": SPACE["x"]}, "objectives": ("left", "right"), "trials": 30}
    result = search(tmp_path, objective, pruner=PrunerConfig(name="none"), **options)
    assert abs(result.best_params["x"]) < 0.4
    assert len(result.best.values) == 2
    with pytest.raises(InvalidInputError, match=r"pruner\.name = median: must be none where there are several"):
        search(tmp_path, objective, **options)
