"""A study that the reports have never heard of: two numbers, a curve, and a number that does not vary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from synthetic_evaluations import estimates_table, target_records, write_curves

from relaxnet.datasets.targets import Axis, Target, Targets
from relaxnet.reporting.spec import ReportSpec, SseColumn

STRAIN = tuple(round(0.02 * n, 4) for n in range(1, 26))
TARGETS = Targets((
    Target("poisson", "1", thresholds=(0.01,)),
    Target("modulus_pa", "Pa", thresholds=(1e9, 5e9), symbol="E", display_unit="GPa", display_factor=1e-9, digits=4),
    Target("stress_pa", "Pa", thresholds=(2e7,), symbol="stress", display_unit="MPa", display_factor=1e-6,
           axis=Axis("strain", "%", STRAIN)),
    Target("thickness_mm", "mm", symbol="thickness"),
))  # fmt: skip
BENDING = ReportSpec(
    title="Comparison of bending networks",
    sample="specimen",
    samples="specimens",
    order=("modulus_pa",),
    sse=(SseColumn("sse_moduli", of="moduli", axis="SSE of moduli (–)", text="Both moduli, scaled."),),
)


def write_bending(folder: Path, specimens: int = 60, **extra: object) -> Path:
    """Two models of the bending study: one good, one without skill for the first target; the last one is constant."""
    for seed, name in enumerate(("thin", "thick")):
        rng = np.random.default_rng(seed)
        modulus, poisson = 5e10 + 4e10 * rng.uniform(-1, 1, specimens), 0.3 + 0.1 * rng.uniform(-1, 1, specimens)
        stress = 1.5e8 * np.tanh(modulus[:, None] * np.array(STRAIN) / 100 / 1.5e8)
        true = np.column_stack([poisson, modulus, stress, np.full(specimens, 2.0)])
        error = np.r_[0.09 if name == "thick" else 0.005, 2e9, np.full(len(STRAIN), 8e6), 0.01]
        estimate = true + error * rng.normal(size=true.shape)
        mean = np.r_[0.3, 5e10, stress.mean(axis=0), 2.0]
        samples = np.array([f"{name}-{n}</script><b>" for n in range(specimens)])
        sse = rng.gamma(1.0, 1e-3, specimens)
        table = pd.DataFrame({"specimen": samples, **estimates_table(TARGETS, true, estimate, mean)})
        (folder / name).mkdir(parents=True)
        table.assign(sse_moduli=sse, **extra).to_csv(folder / name / "estimates.csv", index=False, float_format="%.9g")
        write_curves(folder / name, TARGETS, samples, true, estimate)
        metrics = {
            "model": name, "architecture": "dense", "subset": name, "profile": "quick", "run_id": f"{seed:08x}",
            "loss": "smooth_l1", "loss_weights": {"poisson": 2.0, "modulus_pa": 1, "stress_pa": 1, "thickness_mm": 1},
            "specimens": {"test": specimens, "evaluated": specimens},
            "targets": target_records(TARGETS, true, estimate, mean),
            "sse_moduli": {"mean": sse.mean(), "median": np.median(sse)},
            "training": {"epochs": 5, "seconds": 2.5, "n_parameters": 99, "n_trainable": 66, "specimens": 400},
        }  # fmt: skip
        (folder / name / "metrics.json").write_text(json.dumps(metrics))
    return folder
