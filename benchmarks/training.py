"""Training speed of every architecture: as usual, compiled by XLA, in bfloat16; and whether the input keeps up.

Usage: python benchmarks/training.py [--architectures mcnn-spline,cnn] [--steps 20] [--repeats 5]

The sizes are those of a profile of `params.yaml`. The feed of the trainer gives the batches, `--steps` of them in each
of `--repeats` rounds, in which the variants take turns; the median round counts, and a round of warming up does not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from tqdm import tqdm

from relaxnet.core.backend import compile_option, load_keras, prepare_backend
from relaxnet.core.console import run_cleanly
from relaxnet.studies.relaxation.dataset import LocalThreads, select, write_dataset
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.training.config import TrainConfig
from relaxnet.workflow.params import load_params
from relaxnet.workflow.project import Project

PARAMS = Path(__file__).parents[1] / "params.yaml"
VARIANTS: dict[str, dict[str, Any]] = {
    "usual": {"xla": False},
    "XLA": {"xla": True},
    "bfloat16": {"xla": False, "precision": "mixed_bfloat16"},
}


@dataclass
class Stopwatch:
    """A model that records when its steps begin and how long they take."""

    model: Any
    begun: list[float] = field(default_factory=list)
    train_s: list[float] = field(default_factory=list)
    test_s: list[float] = field(default_factory=list)
    batch: tuple[Any, Any] | None = None  # the last one trained on

    def train_on_batch(self, inputs: Any, targets: Any, **options: Any) -> Any:
        self.batch = inputs, targets
        self.begun.append(time.perf_counter())
        logs = self.model.train_on_batch(inputs, targets, **options)  # returns numbers: the step is done
        self.train_s.append(time.perf_counter() - self.begun[-1])
        return logs

    def test_on_batch(self, inputs: Any, targets: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        logs = self.model.test_on_batch(inputs, targets, **options)
        self.test_s.append(time.perf_counter() - begun)
        return logs

    def reset_metrics(self) -> None:
        self.model.reset_metrics()


class Trainer:
    """A network, made ready as `relaxnet.training.loop.train` does, whose epochs are ``steps`` full batches long.

    Parameters
    ----------
    architecture : str
    task : relaxnet.workflow.fit.Task
    config : TrainConfig
    steps, test_batches : int
        Samples are used again where there are too few.
    """

    def __init__(self, architecture: str, task: Any, config: TrainConfig, steps: int, test_batches: int = 1) -> None:
        from relaxnet.datasets.split import Split
        from relaxnet.models.blocks.architectures import build
        from relaxnet.training.feed import Feed
        from relaxnet.training.loop import make_optimizer

        prepare_backend(config.seed)
        network = build(architecture, config.network, task.source.input_shapes, task.loss.outputs())
        self.n_parameters = network.body.count_params()
        parts = Split(
            np.resize(task.parts.train, steps * config.batch_size),
            np.resize(task.parts.validation, test_batches * config.batch_size),
            task.parts.test,
        )
        self.config = config
        scaling = task.targets.scaling(task.source.targets)
        self.feed = Feed(network, task.source, parts, scaling, config.batch_size, precision=config.precision)
        model, optimizer = self.feed.model, make_optimizer(config.optimizer, config.epochs * self.feed.steps)
        model.compile(optimizer, task.loss, metrics=["mae"], jit_compile=compile_option(config.xla))
        self.watch = Stopwatch(model)
        self.first_s = 0.0
        self.rates: list[float] = []
        self.one_batch_rates: list[float] = []
        self.waits: list[float] = []

    def epoch(self, number: int) -> None:
        """An epoch fed as in a training; epoch 0 compiles, and gives only the time of the first step."""
        compile_option(self.config.xla)  # holds for the whole process, and the last trainer may have set it otherwise
        done, waited = len(self.watch.train_s), self.feed.waited
        self.feed.run_epoch(self.watch, [self.config.seed, number])  # type: ignore[arg-type]  # as good as a model
        if number == 0:
            self.first_s = self.watch.train_s[0]
            return
        waited, computed = self.feed.waited - waited, sum(self.watch.train_s[done:])
        self.rates.append(self.feed.steps * self.config.batch_size / (computed + waited))
        self.waits.append(waited / (computed + waited))

    def one_batch(self) -> None:
        """As many steps with one batch, which is there already."""
        compile_option(self.config.xla)
        assert self.watch.batch is not None
        done = len(self.watch.train_s)
        for _ in range(self.feed.steps):
            self.watch.train_on_batch(*self.watch.batch, return_dict=True)
        self.one_batch_rates.append(self.feed.steps * self.config.batch_size / sum(self.watch.train_s[done:]))


def main() -> None:
    from relaxnet.models.blocks.architectures import architecture_names

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architectures", help="separated by commas (default: all)")
    parser.add_argument("--precision", default="mcnn-spline", help="those also measured in bfloat16, or all, or none")
    parser.add_argument("--steps", type=int, default=20, help="of a round")
    parser.add_argument("--repeats", type=int, default=5, help="rounds")
    parser.add_argument("--profile", default="laptop", help="whose sizes are used")
    parser.add_argument("--subset", default="C")
    parser.add_argument("--quartets", type=int, default=400, help="simulated")
    parser.add_argument("--on-demand", action="store_true", help="batches made by threads, as for data beyond memory")
    arguments = parser.parse_args()
    names = arguments.architectures.split(",") if arguments.architectures else list(architecture_names())
    bfloat16 = {"all": names, "none": []}.get(arguments.precision, arguments.precision.split(","))
    params = profile_params(arguments.profile)
    if arguments.on_demand:
        feed_on_demand()
    with tempfile.TemporaryDirectory() as folder:
        project = simulate(Path(folder), arguments.subset, arguments.quartets, params.simulate.seed)
        rounds = arguments.repeats + 1
        with tqdm(total=len(names) * rounds, unit="round", smoothing=0) as bar:
            rows = []
            for name in names:
                bar.set_description(name)
                variants = [variant for variant in VARIANTS if variant != "bfloat16" or name in bfloat16]
                task = prepared(project, params, arguments.subset, name)
                rows.append(row(name, task, variants, rounds, arguments.steps, bar.update))
    print_table(rows)
    config = params.train
    print(f"\nprofile {params.profile}, batches of {config.batch_size}, {os.cpu_count()} processors; samples a second,")
    print(
        f"medians of {arguments.repeats} rounds of {arguments.steps} steps. 'first step' includes tracing and", end=" "
    )
    print("compiling; 'one batch' is one batch\nin memory, trained on again and again as usual; 'waits' is the share")
    print("of its time that the trainer waits for its input, as usual / in the variant that waits most.")


def profile_params(profile: str) -> RelaxationParams:
    """The project's parameters with another profile chosen."""
    raw = yaml.safe_load(PARAMS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "params.yaml")
        path.write_text(yaml.safe_dump(raw | {"profile": profile}, sort_keys=False))
        return load_params(RelaxationParams, path)


def simulate(folder: Path, subset: str, count: int, seed: int) -> Project:
    """Simulate some quartets of a subset into a project in ``folder``."""
    project = Project(STUDY.name, folder, folder)
    quartets, workers = select(subset, count, seed), LocalThreads(os.cpu_count() or 1)
    options: dict[str, Any] = {"source": subset, "seed": seed, "index": quartets, "executor": workers}
    write_dataset(project.data / subset, quartets.parameters(), program=chr_program(), **options)
    return project


def prepared(project: Project, params: RelaxationParams, subset: str, architecture: str) -> Any:
    """The data of a subset made ready for an architecture."""
    from relaxnet.workflow.fit import Task
    from relaxnet.workflow.recipe import Recipe

    first = next(iter(params.models.values()))
    model = first.model_copy(update={"subset": subset, "architecture": architecture})
    return Task.prepare(STUDY, project, params, Recipe(architecture, model, params.training(architecture)), "")


def feed_on_demand() -> None:
    """Let no data be small enough to be kept in memory."""
    from relaxnet.training import feed

    feed.MAX_IN_MEMORY_BYTES = 0


def row(name: str, task: Any, variants: list[str], rounds: int, steps: int, tick: Callable[[], Any]) -> list[str]:
    """Measure an architecture: a line of the table."""
    import keras

    from relaxnet.models.blocks.architectures import build

    config = task.recipe.config
    if build(name, config.network, task.source.input_shapes, task.loss.outputs()).solve:
        for _ in range(rounds):
            tick()
        return [name, "solved in closed form", *[""] * 10]
    trainers = {
        variant: Trainer(name, task, config.model_copy(update=VARIANTS[variant]), steps) for variant in variants
    }
    for number in range(rounds):
        for trainer in trainers.values():
            trainer.epoch(number)
        if number:
            trainers["usual"].one_batch()
        tick()
    keras.backend.clear_session()
    rates = {variant: float(np.median(trainer.rates)) for variant, trainer in trainers.items()}
    firsts = [f"{trainers[variant].first_s:.1f}" if variant in trainers else "" for variant in VARIANTS]
    usual = trainers["usual"]
    one_batch = float(np.median(usual.one_batch_rates))
    waits = [float(np.median(trainer.waits)) for trainer in (usual, *trainers.values())]
    return [
        name,
        f"{usual.n_parameters}",
        *(f"{rates[variant]:.0f}" if variant in rates else "" for variant in VARIANTS),
        *(f"{rates[variant] / rates['usual']:.2f}" if variant in rates else "" for variant in list(VARIANTS)[1:]),
        *firsts,
        f"{one_batch:.0f}",
        f"{100 * waits[0]:.2f} % / {100 * max(waits):.2f} %",
    ]


def print_table(rows: list[list[str]]) -> None:
    names = list(VARIANTS)
    header = [
        "architecture", "parameters", *names, *(f"{name}/usual" for name in names[1:]),
        *(f"first step, {name}, s" for name in names), "one batch", "waits",
    ]  # fmt: skip
    print_markdown([header, *rows])


def print_markdown(rows: list[list[str]]) -> None:
    """Rows of cells, the first row the header, as a Markdown table."""
    for number, cells in enumerate(rows):
        print(f"| {' | '.join(cells)} |")
        if number == 0:
            print(f"|---|{'--:|' * (len(cells) - 1)}")


if __name__ == "__main__":
    load_keras()
    sys.exit(run_cleanly(main))
