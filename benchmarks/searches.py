"""What a search is worth: its best against the hand-made choice of the paper, at equal budgets, and what workers bring.

Run: ``python benchmarks/searches.py`` in a project with data (``make repro``): a quarter of an hour, one core.  Every
training that is done is kept under ``.relaxnet/``, so that an interrupted run goes on.  ``--speed`` measures how
much faster two workers are than one (3 minutes, two cores).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from relaxnet.core.console import run_cleanly

HAND, HAND_ALL = "hand-made", "hand-made, all epochs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="relaxation")
    parser.add_argument("--model", default="C", help="model of the params that is the hand-made choice")
    parser.add_argument("--trials", type=int, default=10, help="of each search")
    parser.add_argument("--epochs", type=int, default=4, help="of each trial")
    parser.add_argument("--final-epochs", type=int, default=16, help="of the training of the best")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--samplers", nargs="+", default=["random", "tpe"])
    parser.add_argument("--speed", action="store_true", help="two workers against one")
    options = parser.parse_args()

    from relaxnet.core.backend import load_keras
    from relaxnet.workflow.stage import open_study

    load_keras(1)
    opened = open_study(options.study)
    if options.speed:
        speed(*opened, options)
    else:
        compare(*opened, options)


def compare(study: Any, project: Any, params: Any, options: argparse.Namespace) -> None:
    """Test errors of the variants, means and standard deviations over the seeds."""
    from relaxnet.workflow.recipe import recipe, with_config

    whole = options.trials * options.epochs + options.final_epochs
    found: dict[str, list[dict[str, Any]]] = {}
    for seed in range(1, options.seeds + 1):
        by_hand = with_config(recipe(params, options.model), seed=seed)
        for name, epochs in ((HAND, options.final_epochs), (HAND_ALL, whole)):
            tested = trained(study, project, params, with_config(by_hand, epochs=epochs))
            found.setdefault(name, []).append(tested)
        for sampler in options.samplers:
            best = searched(study, project, params, options, sampler, seed)
            tested = trained(study, project, params, with_config(best, seed=seed, epochs=options.final_epochs))
            found.setdefault(sampler, []).append(tested)
    report(study, params, options, found)


def searched(study: Any, project: Any, params: Any, options: argparse.Namespace, sampler: str, seed: int) -> Any:
    """Recipe of the best of a search, without pruning, so that all spend the same epochs."""
    from relaxnet.search.config import PrunerConfig, SamplerConfig
    from relaxnet.search.run import Search
    from relaxnet.search.space import settings
    from relaxnet.workflow.recipe import changed, with_config
    from relaxnet.workflow.search_plan import plan_of
    from relaxnet.workflow.trial import run_trial

    label = f"benchmark-{sampler}-{seed}"
    startup = max(2, options.trials // 3)
    config = params.search.model_copy(
        update={
            "trials": options.trials,
            "epochs": options.epochs,
            "sampler": SamplerConfig(name=sampler, seed=seed, startup_trials=startup),
            "pruner": PrunerConfig(name="none"),
        }
    )
    plan = plan_of(study, project, params, config, label, "search")
    plan = replace(plan, base=with_config(plan.base, seed=seed))

    def made(values: Any, name: str) -> Any:
        return changed(plan.base, params, settings(config.space, values), name, "search.space")

    def objective(trial: Any) -> float:
        at = f"{label}, trial {trial.number}"
        return run_trial(study, project, params, made(trial.params, at), plan.data_hash, untold).score.relative_rmse

    search = Search(plan.spec, kept(project) / "journal.log")
    search.work(objective, trials=options.trials)
    result = search.result()
    search.close()
    return made(result.best_params, label)


def untold(*_: Any) -> None:
    """Keep the scores of the epochs to itself: nothing is pruned here."""


def trained(study: Any, project: Any, params: Any, recipe: Any) -> dict[str, Any]:
    """Errors of a training on the test sets; one that is done is read."""
    from relaxnet.core.files import read_json, write_json
    from relaxnet.workflow.final import judge
    from relaxnet.workflow.fit import Task, fit
    from relaxnet.workflow.search_plan import plan_of
    from relaxnet.workflow.validate import ensure_validated

    task = Task.prepare(study, project, params, recipe, ensure_validated(project, recipe.model.subset))
    identity = f"{task.identity(study)} {recipe.config.model_dump_json()}"
    file = kept(project) / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"
    if not file.exists():
        estimator, _ = fit(study, task, project.workspace)
        plan = plan_of(study, project, params, params.search, recipe.name, "search")
        write_json(file, judge(plan, task, estimator))
    found: dict[str, Any] = read_json(file)
    return found


def kept(project: Any) -> Path:
    """Where finished work is."""
    folder: Path = project.workspace / "benchmarks" / "searches"
    return folder


def report(study: Any, params: Any, options: argparse.Namespace, found: dict[str, list[dict[str, Any]]]) -> None:
    targets = study.targets(params.model(options.model))
    budget = f"{options.trials} trials of {options.epochs} epochs, then {options.final_epochs} epochs"
    print(f"\nMean absolute errors on the test sets, mean ± standard deviation of {options.seeds} seeds; {budget}.")
    for test in next(iter(found.values()))[0]["tests"]:
        print(f"\n{test}\n| choice | {' | '.join(target.label for target in targets.items)} |")
        print(f"| --- |{' ---: |' * len(targets)}")
        for name, runs in found.items():
            cells = []
            for target in targets.items:
                errors = [run["tests"][test]["targets"][target.name]["mae"] for run in runs]
                spread = np.std(errors, ddof=1) if len(errors) > 1 else 0.0
                cells.append(f"{target.error_text(float(np.mean(errors)))} ± {target.error_text(float(spread))}")
            print(f"| {name} | {' | '.join(cells)} |")


def speed(study: Any, project: Any, params: Any, options: argparse.Namespace) -> None:
    """Trials a second of one worker and of two, each with one thread; the trials are equal but for their seeds."""
    from relaxnet.search.config import PrunerConfig, SamplerConfig
    from relaxnet.search.space import ParameterConfig

    seeds = tuple(range(1, options.trials + options.trials % 2 + 1))
    config = params.search.model_copy(
        update={
            "space": {"seed": ParameterConfig(choices=seeds)},
            "trials": None,
            "epochs": options.epochs,
            "sampler": SamplerConfig(name="grid"),
            "pruner": PrunerConfig(name="none"),
        }
    )
    rates = {}
    for workers in (1, 2, 1, 2):
        with tempfile.TemporaryDirectory() as folder:
            rate = trials_a_second(study, project, params, config.model_copy(update={"workers": workers}), Path(folder))
        rates[workers] = max(rate, rates.get(workers, 0.0))
        print(f"{workers} worker{'s' if workers > 1 else ''}: {rate:.4f} trials a second", flush=True)
    print(f"two workers are {rates[2] / rates[1]:.2f} times as fast as one (best of two runs each)")


def trials_a_second(study: Any, project: Any, params: Any, config: Any, folder: Path) -> float:
    """From the begin of the first trial to the end of the last, in a study of its own."""
    from relaxnet.search.run import Search
    from relaxnet.workflow.search import search
    from relaxnet.workflow.search_plan import make_plan

    for part in ("data", "reports"):
        (folder / part).mkdir()
    (folder / "data" / project.study).symlink_to(project.data.resolve())
    (folder / "reports" / project.study).mkdir()
    (folder / "reports" / project.study / "validation").symlink_to(project.validation.resolve())
    own, changed = replace(project, root=folder, folder=folder), params.model_copy(update={"search": config})
    search(study, own, changed)
    plan = make_plan(study, own, changed, None)
    trials = Search(plan.spec, plan.storage)._study.trials
    seconds = (max(t.datetime_complete for t in trials) - min(t.datetime_start for t in trials)).total_seconds()
    return len(trials) / seconds


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
