"""Folders of evaluations as the evaluate stage writes them, with errors of a chosen size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from relaxnet.datasets.targets import Targets
from relaxnet.evaluation.curves import example_curves
from relaxnet.evaluation.groups import group_errors, rank_correlations
from relaxnet.evaluation.metrics import sample_errors, target_metrics, target_sse
from relaxnet.studies.relaxation.samples.targets import PAIRS, TARGETS

SUBSETS = {  # centre and half width of dh and ln A, as in the plane of the paper
    "LU": (250e3, 50e3, -120.0, 18.0),
    "RU": (250e3, 50e3, -26.0, 5.0),
    "LB": (1150e3, 50e3, -540.0, 90.0),
    "RB": (1150e3, 50e3, -110.0, 30.0),
    "C": (700e3, 50e3, -180.0, 13.0),
    "G": (700e3, 500e3, -250.0, 200.0),
}
MODELS = (*SUBSETS, "C-w1")
MATERIALS = {"As2Se3": (-79.21, 318e3, 0.57, 0.71, True), "a-Se": (-133.0, 356e3, 0.52, 0.65, True),
             "acetaminophen": (-183.0, 457e3, 0.40, 0.75, False)}  # fmt: skip


def estimates_table(targets: Targets, true: np.ndarray, estimate: np.ndarray, mean: np.ndarray) -> dict:
    """Columns of all targets, as the evaluate stage writes them."""
    table, baseline = {}, np.broadcast_to(mean, true.shape)
    for target in targets.items:
        truth, guess, blind = (targets.values(target.name, array) for array in (true, estimate, baseline))
        if target.axis:
            table |= {f"error_{target.name}": sample_errors(truth, guess)}
            table |= {f"baseline_error_{target.name}": sample_errors(truth, blind)}
        else:
            table |= {f"true_{target.name}": truth, f"estimate_{target.name}": guess, f"baseline_{target.name}": blind}
    return table


def target_records(targets: Targets, true: np.ndarray, estimate: np.ndarray, mean: np.ndarray) -> dict:
    """Entry ``targets`` of a ``metrics.json``."""
    arrays = true, estimate, np.broadcast_to(mean, true.shape)
    return {
        t.name: {"unit": t.unit, **target_metrics(*(targets.values(t.name, a) for a in arrays), t.thresholds)}
        for t in targets.items
    }


def write_curves(folder: Path, targets: Targets, samples: np.ndarray, true: np.ndarray, estimate: np.ndarray) -> None:
    """Examples of each vector target."""
    for target in targets.items:
        if target.axis:
            pair = targets.values(target.name, true), targets.values(target.name, estimate)
            (folder / "curves").mkdir(parents=True, exist_ok=True)
            curves = example_curves(target, samples, *pair)
            curves.to_csv(folder / "curves" / f"{target.name}.csv", index=False, float_format="%.9g")


def write_model(folder: Path, name: str, seed: int, quartets: int = 300) -> None:
    """One model: x and beta known well, dh a little, ln A hardly at all (better for C-w1)."""
    rng = np.random.default_rng(seed)
    subset = name.split("-")[0]
    dh, dh_half, ln_a, ln_a_half = SUBSETS[subset]
    true = pd.DataFrame({
        "ln_a": ln_a + ln_a_half * rng.uniform(-1, 1, quartets),
        "dh_j_per_mol": dh + dh_half * rng.integers(-5, 6, quartets) / 5,
        "x": rng.integers(10, 51, quartets) / 50,
        "beta": rng.integers(10, 51, quartets) / 50,
    })  # fmt: skip
    share = {"ln_a": 0.45 if name == "C-w1" else 0.99, "dh_j_per_mol": 0.85, "x": 0.05, "beta": 0.03}
    mean = true.mean()
    estimate = pd.DataFrame({
        t: np.sqrt(1 - s**2) ** 2 * (true[t] - mean[t]) + mean[t]
        + s * (0.15 if s > 0.9 else 0.4) * true[t].std() * rng.standard_t(4, quartets)
        for t, s in share.items()
    })  # fmt: skip
    cp_n_max = 1 + rng.gamma(2.0, 1.2, quartets)
    left_out = cp_n_max > 6
    kept = ~left_out
    arrays = true.to_numpy(), estimate.to_numpy(), mean.to_numpy()
    scaling = TARGETS.scaling(arrays[0])
    scaled = scaling.normalise(arrays[0]), scaling.normalise(arrays[1])
    sse = target_sse(TARGETS, *scaled)
    signals = sse * rng.lognormal(6, 1.5, quartets)
    signals[0] = np.nan  # not simulated
    table = pd.DataFrame({"quartet": rng.permutation(quartets * 7)[:quartets], "cp_n_max": cp_n_max,
                          "left_out": left_out})  # fmt: skip
    table["dt_hw_k"] = rng.uniform(2, 40, quartets)
    table["cp_n_max_per_dt_hw_per_k"] = np.where(cp_n_max > 1.2, cp_n_max / table["dt_hw_k"], np.nan)
    for pair, targets in PAIRS.items():
        table[pair] = target_sse(TARGETS, *scaled, targets)
    edge = rng.uniform(size=quartets) < 0.3
    table = table.assign(**estimates_table(TARGETS, *arrays), sse_parameters=sse, sse_signals=signals)
    errors = {t: np.abs(estimate[t] - true[t])[kept] for t in TARGETS.names}
    errors |= {"sse_parameters": sse[kept], "sse_signals": signals[kept]}
    folder.mkdir(parents=True)
    table.to_csv(folder / "estimates.csv", index=False)
    content = {
        "model": name, "architecture": "mcnn-spline", "subset": subset, "loss": "mse",
        "loss_weights": {"dh_j_per_mol": 1.0, "ln_a": 1.0 if name == "C-w1" else 0.1, "x": 3.0, "beta": 3.0},
        "profile": "laptop", "run_id": f"{seed:032x}",
        "quartets": {"test": quartets, "evaluated": int(kept.sum()), "left_out": int(left_out.sum())},
        "targets": target_records(TARGETS, arrays[0][kept], arrays[1][kept], arrays[2]),
        "sse_parameters": {"mean": float(sse[kept].mean()), "median": float(np.median(sse[kept]))},
        "sse_signals": {"mean": np.nanmean(signals[kept]), "median": np.nanmedian(signals[kept])},
        "edges": {name: group_errors(errors, edge[kept]) for name in ("edge", "edge_shape")},
        "descriptors": {
            name: rank_correlations(errors, table[name][kept])
            for name in ("cp_n_max", "dt_hw_k", "cp_n_max_per_dt_hw_per_k")
        },
        "run_url": f"http://127.0.0.1:5000/#/experiments/1/runs/{seed:032x}",
        "training": {
            "epochs": 40, "seconds": 80.1 + seed, "n_parameters": 12345, "n_trainable": 12345, "quartets": 1400,
        },
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(content))


def write_evaluation(folder: Path, models: tuple[str, ...] = MODELS, quartets: int = 300) -> Path:
    """All models and the table of real materials; returns the folder."""
    for seed, name in enumerate(models):
        write_model(folder / name, name, seed, quartets)
    rng = np.random.default_rng(7)
    rows = []
    for material, (*values, inside) in MATERIALS.items():
        for t, true, spread in zip(TARGETS.names, values, (9.0, 3e4, 0.01, 0.01), strict=True):
            error = spread * rng.normal() * (1 if inside else 8)
            rows.append(("G", material, t, true, true + error, inside))
    columns = ["model", "material", "target", "true", "estimate", "inside_plane"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "materials.csv", index=False)
    return folder


def add_test_sets(
    folder: Path, factors: dict[str, float], models: tuple[str, ...] = MODELS, fit: float | None = None
) -> None:
    """Give models test sets: errors by set, times those of the test part; ``fit`` is that of a plain fit."""
    for name in models:
        path = folder / name / "metrics.json"
        content = json.loads(path.read_text())
        content["tests"] = {
            test: {
                "folder": f"data/relaxation/test/{test}", "md5": 32 * "0", "quartets": content["quartets"],
                "targets": {
                    t: own | {"mae": factor * own["mae"], "skill": 1 - factor * own["rmse"] / own["baseline_rmse"]}
                    for t, own in content["targets"].items()
                },
                "fit": fit and {"fitted": 30, "failed": 1, "mae": dict.fromkeys(content["targets"], fit)},
            }
            for test, factor in factors.items()
        }  # fmt: skip
        path.write_text(json.dumps(content))


def histories(models: tuple[str, ...] = MODELS, epochs: int = 40) -> dict[str, dict[str, list[float]]]:
    """Losses that fall as trainings do."""
    rng = np.random.default_rng(3)
    falling = 0.3 * np.exp(-np.arange(epochs) / 8) + 0.01
    return {
        name: {"loss": list(falling * rng.uniform(0.9, 1.1, epochs)),
               "val_loss": list(1.1 * falling * rng.uniform(0.85, 1.15, epochs))}
        for name in models
    }  # fmt: skip
