"""Folders of evaluations as the evaluate stage writes them, with errors of a chosen size."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from relaxnet.evaluation.groups import group_errors, rank_correlations
from relaxnet.evaluation.metrics import parameter_sse, target_metrics
from relaxnet.studies.relaxation.samples.targets import PAIRS

TARGETS = {  # unit, thresholds, normalisation span
    "ln_a": ("1", (1.0, 2.0, 10.0), 741.0),
    "dh_j_per_mol": ("J/mol", (10_000.0, 50_000.0), 1.27e6),
    "x": ("1", (0.02, 0.05), 1.03),
    "beta": ("1", (0.02, 0.05), 1.03),
}
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
    span = np.array([TARGETS[t][2] for t in true])
    sse = parameter_sse(true.to_numpy() / span, estimate.to_numpy() / span)
    signals = sse * rng.lognormal(6, 1.5, quartets)
    signals[0] = np.nan  # not simulated
    table = pd.DataFrame({"quartet": rng.permutation(quartets * 7)[:quartets], "cp_n_max": cp_n_max,
                          "left_out": left_out})  # fmt: skip
    table["dt_hw_k"] = rng.uniform(2, 40, quartets)
    table["cp_n_max_per_dt_hw_per_k"] = np.where(cp_n_max > 1.2, cp_n_max / table["dt_hw_k"], np.nan)
    for pair, columns in PAIRS.items():
        which = [list(true).index(column) for column in columns]
        table[pair] = parameter_sse(true.to_numpy() / span, estimate.to_numpy() / span, which)
    edge = rng.uniform(size=quartets) < 0.3
    metrics: dict[str, dict] = {}
    for t, (unit, thresholds, _) in TARGETS.items():
        baseline = np.full(quartets, mean[t])
        table[f"true_{t}"], table[f"estimate_{t}"], table[f"baseline_{t}"] = true[t], estimate[t], baseline
        found = target_metrics(true[t][kept], estimate[t][kept], baseline[kept], thresholds)
        metrics[t] = {"unit": unit, **found}
    table["sse_parameters"], table["sse_signals"] = sse, signals
    errors = {t: np.abs(estimate[t] - true[t])[kept] for t in TARGETS}
    errors |= {"sse_parameters": sse[kept], "sse_signals": signals[kept]}
    weights = {"dh_j_per_mol": 1.0, "ln_a": 1.0 if name == "C-w1" else 0.1, "x": 3.0, "beta": 3.0}
    folder.mkdir(parents=True)
    table.to_csv(folder / "estimates.csv", index=False)
    content = {
        "model": name, "architecture": "mcnn-spline", "subset": subset, "weights": weights,
        "profile": "laptop", "run_id": f"{seed:032x}",
        "quartets": {"test": quartets, "evaluated": int(kept.sum()), "left_out": int(left_out.sum())},
        "targets": metrics,
        "sse_parameters": {"mean": float(sse[kept].mean()), "median": float(np.median(sse[kept]))},
        "sse_signals": {"mean": np.nanmean(signals[kept]), "median": np.nanmedian(signals[kept])},
        "edges": {name: group_errors(errors, edge[kept]) for name in ("edge", "edge_shape")},
        "descriptors": {
            name: rank_correlations(errors, table[name][kept])
            for name in ("cp_n_max", "dt_hw_k", "cp_n_max_per_dt_hw_per_k")
        },
        "run_url": f"http://127.0.0.1:5000/#/experiments/1/runs/{seed:032x}",
        "training": {"epochs": 40, "seconds": 80.1 + seed, "parameters": 12345, "quartets": 1400},
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(content))


def write_evaluation(folder: Path, models: tuple[str, ...] = MODELS, quartets: int = 300) -> Path:
    """All models and the table of real materials; returns the folder."""
    for seed, name in enumerate(models):
        write_model(folder / name, name, seed, quartets)
    rng = np.random.default_rng(7)
    rows = []
    for material, (*values, inside) in MATERIALS.items():
        for t, true, spread in zip(TARGETS, values, (9.0, 3e4, 0.01, 0.01), strict=True):
            error = spread * rng.normal() * (1 if inside else 8)
            rows.append((material, t, true, true + error, inside))
    columns = ["material", "target", "true", "estimate", "inside_plane"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "materials.csv", index=False)
    return folder


def histories(models: tuple[str, ...] = MODELS, epochs: int = 40) -> dict[str, dict[str, list[float]]]:
    """Losses that fall as trainings do."""
    rng = np.random.default_rng(3)
    falling = 0.3 * np.exp(-np.arange(epochs) / 8) + 0.01
    return {
        name: {"loss": list(falling * rng.uniform(0.9, 1.1, epochs)),
               "val_loss": list(1.1 * falling * rng.uniform(0.85, 1.15, epochs))}
        for name in models
    }  # fmt: skip
