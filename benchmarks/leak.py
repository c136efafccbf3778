"""What a random split of a lattice hides: errors on the pairs trained on, on pairs left out, and between them.

Usage: python benchmarks/leak.py [--architecture resnet] [--quartets 2000] [--epochs N] [--folder docs] [--errors FILE]

Two networks for the whole plane of (dh, ln A), of the laptop profile, equal but for the quartets they are trained on:
those of the lattice of subset G, without a part of its pairs, and as many drawn evenly from the plane.  Both are tested
on quartets without noise.  It writes ``figures/leak.png`` into the folder, and its table into ``leak.md`` there.  The
errors of all quartets go to a CSV file, if one is named; if it is there already, table and figure are made from it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from relaxnet.core.backend import load_keras
from relaxnet.core.console import run_cleanly
from relaxnet.core.files import atomic_path
from relaxnet.studies.relaxation.dataset import SUBSETS, Dataset, LocalThreads, select, write_dataset
from relaxnet.studies.relaxation.dataset.regions import draw, lattice_distance, places
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, N_LN_A, ln_a_bounds, ln_a_table
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import GAS_CONSTANT, chr_program
from relaxnet.workflow.params import check_params

Float = NDArray[np.float64]

PARAMS = Path(__file__).parents[1] / "params.yaml"
PROFILE, MODEL = "laptop", "G"
LEFT_OUT = 0.15  # of the pairs: as large as the validation and the test part of the paper's split
SETS = {
    "known": "lattice, pair trained on: the paper's split",
    "left out": "lattice, pair left out: a split by pairs",
    "row": "Δh\\* of the lattice, ln A between",
    "column": "place along ln A of the lattice, Δh\\* between",
    "between": "both between",
}
COUNTS = {"known": 600, "left out": 600, "row": 600, "column": 600, "between": 2000}
NETWORKS = {"lattice": "lattice", "continuous": "continuous"}
COLOURS = {"lattice": "#D55E00", "continuous": "#0072B2"}  # Okabe and Ito
TAU_S = 100.0  # the equilibrium relaxation time at T_g
DISTANCE_EDGES = np.arange(0.0, 9.0)  # no quartet is further from the lattice than 8 steps
PLACES = {"pair\nknown": -2.4, "pair\nleft out": -1.2}  # in the figure; both are at distance 0
LEGEND = {"lattice": "the lattice", "continuous": "continuous quartets"}
BEGIN, END = "<!-- from benchmarks/leak.py -->\n", "<!-- to here -->\n"


def parameter_sets(quartets: int, seed: int) -> dict[str, Float]:
    """Parameters (n, 4) of the two training sets and of the test sets."""
    generator = np.random.default_rng([seed, *b"leak"])
    everything = select(MODEL, None, seed).parameters()
    _, pair = np.unique(everything[:, :2], axis=0, return_inverse=True)
    pairs = generator.permutation(pair.max() + 1)
    held = np.isin(pair, pairs[: round(LEFT_OUT * len(pairs))])
    seen = generator.permutation(np.flatnonzero(~held))[: quartets + COUNTS["known"]]
    unseen = generator.permutation(np.flatnonzero(held))[: COUNTS["left out"]]
    return {
        "lattice": everything[seen[:quartets]],
        "continuous": draw(MODEL, generator, quartets),
        "known": everything[seen[quartets:]],
        "left out": everything[unseen],
        "row": on_lines(draw(MODEL, generator, COUNTS["row"]), 0),
        "column": on_lines(draw(MODEL, generator, COUNTS["column"]), 1),
        "between": draw(MODEL, generator, COUNTS["between"]),
    }


def on_lines(parameters: Float, direction: int) -> Float:
    """Quartets moved to the nearest dh of the lattice (direction 0), or the nearest place along ln A (1)."""
    moved = list(places(parameters))
    lines = SUBSETS[MODEL][direction]
    moved[direction] = lines[np.abs(moved[direction][:, None] - lines).argmin(axis=1)].astype(np.float64)
    dh = np.interp(moved[0], np.arange(len(DH_J_PER_MOL)), DH_J_PER_MOL)
    low, high = ln_a_bounds(dh)
    return np.column_stack([low + (high - low) * moved[1] / (N_LN_A - 1), dh, parameters[:, 2:]])


def simulated(folder: Path, sets: Mapping[str, Float]) -> dict[str, Dataset]:
    """Datasets of the sets."""
    for name, parameters in sets.items():
        write_dataset(folder / name, parameters, source="parameters", program=chr_program(), executor=LocalThreads(2))
    return {name: Dataset(folder / name) for name in sets}


def errors_of(truth: Float, estimate: Float) -> pd.DataFrame:
    """Errors of dh in kJ/mol, ln A, x, beta, and of T_g in K, where tau in equilibrium is 100 s; and where they are."""
    ln_a, dh, x, beta = np.abs(estimate - truth).T
    t_g = [sets[:, 1] / (GAS_CONSTANT * (np.log(TAU_S) - sets[:, 0])) for sets in (truth, estimate)]
    columns = {"dh": dh / 1e3, "ln_a": ln_a, "t_g": np.abs(t_g[1] - t_g[0]), "x": x, "beta": beta}
    return pd.DataFrame({**columns, "distance": lattice_distance(truth, MODEL)})


def measured_errors(architecture: str, quartets: int, epochs: int | None) -> pd.DataFrame:
    """Train both networks and give the errors of all test quartets, by ``network`` and ``tested``."""
    load_keras()
    from relaxnet.datasets.source import in_blocks
    from relaxnet.datasets.split import split
    from relaxnet.studies.relaxation.samples.source import SignalSource, open_source
    from relaxnet.studies.relaxation.study import STUDY
    from relaxnet.workflow.fit import Task, checked_loss, fit
    from relaxnet.workflow.recipe import Recipe, check_sizes, with_config

    raw = yaml.safe_load(PARAMS.read_text(encoding="utf-8")) | {"profile": PROFILE}
    params = check_params(RelaxationParams, raw)
    check_sizes(params, architecture)
    model = params.model(MODEL).model_copy(update={"architecture": architecture})
    config = params.training(architecture)
    frames = []
    with tempfile.TemporaryDirectory() as folder:
        data = simulated(Path(folder), parameter_sets(quartets, params.test.seed))
        grid_k = None
        for network in NETWORKS:
            recipe = with_config(Recipe(f"{MODEL} {network}", model, config), epochs=epochs or config.epochs)
            if grid_k is None:  # one grid for both
                grid_k = open_source(data[network].path, recipe, None).grid_k
            source = SignalSource(data[network], grid_k)
            parts = split(len(source.targets), params.split)
            task = Task(recipe, source, parts, *checked_loss(STUDY, recipe), data_hash="", start=None, split="")
            estimator, trained = fit(STUDY, task, Path(folder))
            print(f"{recipe.name}: {trained.seconds:.0f} s, {len(parts.train)} quartets", flush=True)
            for name in SETS:
                test = SignalSource(data[name], grid_k)
                index = STUDY.kept(test, np.arange(len(test.targets)), params)
                truth = test.targets[index]
                estimates = {network: in_blocks(estimator.estimate, test, index)}
                if network == "continuous":
                    estimates["mean"] = np.broadcast_to(estimator.train_mean, truth.shape)
                frames += [errors_of(truth, found).assign(network=n, tested=name) for n, found in estimates.items()]
    return pd.concat(frames, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--architecture", default="resnet")
    parser.add_argument("--quartets", type=int, default=2000, help="of each training set, with its validation part")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[1] / "docs")
    parser.add_argument("--errors", type=Path)
    arguments = parser.parse_args()
    if arguments.errors and arguments.errors.exists():
        errors = pd.read_csv(arguments.errors)
    else:
        errors = measured_errors(arguments.architecture, arguments.quartets, arguments.epochs)
        if arguments.errors:
            with atomic_path(arguments.errors) as part:
                errors.to_csv(part, index=False, float_format="%.6g")
    lines = [*table(errors), "", neighbours()]
    print("\n".join(lines))
    file = arguments.folder / "leak.md"
    if file.exists():
        before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        with atomic_path(file) as part:
            part.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    figure(errors, arguments.folder / "figures" / "leak.png")


def table(errors: pd.DataFrame) -> list[str]:
    """Markdown table of the errors, one row a set and network: mean and median."""
    head = "| tested on | trained on | Δh\\* (kJ/mol) | ln(A/s) | T_g (K) | x within 0.02 (%) | β within 0.02 (%) |"
    lines = [head, "|---|---|---|---|---|---|---|"]
    rows = [(name, network) for name in SETS for network in NETWORKS]
    for name, network in [*rows, ("between", "mean")]:
        found = errors[(errors["tested"] == name) & (errors["network"] == network)]
        cells = [f"{found[key].mean():.3g} / {found[key].median():.3g}" for key in ("dh", "ln_a", "t_g")]
        cells += [f"{100 * (found[key] <= 0.02).mean():.0f}" for key in ("x", "beta")]
        trained_on = NETWORKS.get(network, "(the mean of the training targets)")
        lines.append(f"| {SETS[name]} | {' | '.join([trained_on, *cells])} |")
    return lines


def neighbours() -> str:
    """How far apart the lattice's transition temperatures are, in words."""
    rows, columns = SUBSETS[MODEL]
    dh, ln_a = DH_J_PER_MOL[rows], ln_a_table()[np.ix_(rows, columns)]
    t_g = dh[:, None] / (GAS_CONSTANT * (np.log(TAU_S) - ln_a))
    along_dh, along_ln_a = (np.median(np.abs(np.diff(t_g, axis=axis))) for axis in (0, 1))
    return (
        f"From one pair of the lattice to the next, T_g moves by {along_dh:.0f} K along Δh\\* and by "
        f"{along_ln_a:.0f} K along ln A (medians)."
    )


def figure(errors: pd.DataFrame, path: Path) -> None:
    """Draw the errors of dh and ln A against the distance from the lattice."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    labels = {"dh": "|error of Δh*| (kJ/mol)", "ln_a": "|error of ln(A/s)|"}
    drawing, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    for axis, (key, label) in zip(axes, labels.items(), strict=True):
        for number, network in enumerate(NETWORKS):
            draw_network(axis, errors[errors["network"] == network], key, network, 0.16 * (2 * number - 1))
        mean = errors[(errors["network"] == "mean") & (errors["tested"] == "between")]
        axis.axhline(mean[key].median(), color="#999999", linestyle=":", label="the mean of the training targets")
        axis.axvline(-0.3, color="#cccccc", linewidth=0.8)
        axis.set(xlabel="distance from the nearest pair of the lattice (steps)", ylabel=label, yscale="log")
        axis.set_xticks([*PLACES.values(), *range(0, 9, 2)], [*PLACES, *map(str, range(0, 9, 2))])
        for tick in axis.get_xticklabels()[: len(PLACES)]:
            tick.set_fontsize("small")
    handles, names = axes[0].get_legend_handles_labels()
    drawing.legend(handles, names, loc="outside upper center", ncols=3, frameon=False)
    with atomic_path(path) as part:
        drawing.savefig(part, format="png", dpi=150)


def draw_network(axis: Any, errors: pd.DataFrame, key: str, network: str, shift: float) -> None:
    """Medians with the middle half: on pairs of the lattice, and in classes of the distance from it."""
    quartiles = [0.25, 0.5, 0.75]
    for label, place in PLACES.items():
        name = label.replace("\n", " ").removeprefix("pair ")
        low, middle, high = errors[errors["tested"] == name][key].quantile(quartiles)
        axis.errorbar(
            place + shift, middle, [[middle - low], [high - middle]], color=COLOURS[network], marker="o", capsize=3
        )
    between = errors[errors["tested"] == "between"]
    classes = between.groupby(pd.cut(between["distance"], DISTANCE_EDGES), observed=True)[key]
    low, middle, high = (classes.quantile(q) for q in quartiles)
    at = [interval.mid for interval in middle.index]
    axis.fill_between(at, low, high, color=COLOURS[network], alpha=0.15, linewidth=0)
    axis.plot(at, middle, color=COLOURS[network], marker=".", label=f"trained on {LEGEND[network]}")


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
