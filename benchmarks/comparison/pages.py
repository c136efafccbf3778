"""Tables and figures of docs/benchmark.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("Agg")
from matplotlib import pyplot as plt

from relaxnet.core.files import atomic_path, write_text
from relaxnet.studies.relaxation.physics.published import MATERIALS

from .estimators import TITLES
from .faults import KINDS
from .results import Row
from .samples import CONDITIONS
from .scores import markdown, number, put_into, table

PAGE = "benchmark.md"
NAMES = ("dh_j_per_mol", "x", "beta")
LABELS = {"dh_j_per_mol": "Δh*", "x": "x", "beta": "β", "ln_a": "ln A"}
NOISES = {"noise-0.003": 0.003, "noise-0.01": 0.01, "noise-0.03": 0.03}
LAGS = {"lag-0": 0.0, "lag-0.5": 0.5, "lag-1": 1.0, "lag-2": 2.0}
# Okabe and Ito, with markers for who does not see colours
STYLES = {
    "paper network": ("#999999", "x"), "network": ("#E69F00", "s"), "fit": ("#0072B2", "o"),
    "fit, lines free": ("#000000", "h"), "multistart": ("#56B4E9", "^"), "LM good": ("#009E73", "v"),
    "LM poor": ("#D55E00", "D"), "classical": ("#CC79A7", "*"),
}  # fmt: skip
_DPI = 110


def renew_estimators(docs: Path, rows: Sequence[Row], scored: pd.DataFrame) -> None:
    """Put the tables of `estimators.py` into the page and draw its figures."""
    page = docs / PAGE
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmark\n"
    for part, content in (
        ("usual", usual_table(scored)), ("ratios", ratio_table(scored)), ("failures", failure_table(scored)),
        ("materials", material_table(rows)),
    ):  # fmt: skip
        text = put_into(text, "estimators", part, content)
    write_text(page, text)
    (docs / "figures").mkdir(parents=True, exist_ok=True)
    draw_errors(scored, docs / "figures" / "benchmark-errors.png")
    draw_failures(scored, docs / "figures" / "benchmark-failures.png")


def renew_calibration(docs: Path, rows: Sequence[Row], scored: pd.DataFrame, ranks: pd.DataFrame) -> None:
    """The same of `calibration.py`."""
    page = docs / PAGE
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmark\n"
    text = put_into(text, "calibration", "ranks", rank_lines(ranks, scored))
    text = put_into(text, "calibration", "faults", fault_table(scored, rows))
    write_text(page, text)
    (docs / "figures").mkdir(parents=True, exist_ok=True)
    draw_ranks(ranks, docs / "figures" / "benchmark-ranks.png")


def triple(row: pd.Series, score: str, factor: float = 1.0, digits: int = 2) -> str:
    """The scores of dh, x and beta."""
    return " / ".join(number(factor * row[f"{score}_{name}"], digits) for name in NAMES)


def percent(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{100 * value:.0f}"


def usual_table(scored: pd.DataFrame, condition: str = "noise-0.01") -> str:
    header = ["estimator", "median error of Δh* (%) / x / β", "rms error / bound", "90 % intervals hold (%)",
              "beyond 5 bounds (%)", "of these unflagged", "flagged (%)", "time (ms)"]  # fmt: skip
    lines = []
    for _, row in scored[scored["condition"] == condition].iterrows():
        medians = [100 * row["median_dh_j_per_mol"], row["median_x"], row["median_beta"]]
        lines.append([
            TITLES[row["estimator"]], " / ".join(number(value) for value in medians), triple(row, "rms_ratio"),
            " / ".join(percent(row[f"held_{name}"]) for name in NAMES), percent(row["failed"]),
            percent(row["failed_unflagged"]), percent(row["flagged"]), number(row["milliseconds"]),
        ])  # fmt: skip
    return markdown(header, lines)


def ratio_table(scored: pd.DataFrame) -> str:
    """Median of error over bound: rows are conditions, columns estimators."""
    return _across(scored, lambda row: triple(row, "median_ratio"))


def failure_table(scored: pd.DataFrame) -> str:
    def cell(row: pd.Series) -> str:
        return f"{percent(row['failed'])} ({percent(row['failed_unflagged'])})"

    return _across(scored, cell)


def _across(scored: pd.DataFrame, cell: Callable[[pd.Series], str]) -> str:
    estimators = [name for name in TITLES if name in set(scored["estimator"])]
    lines = []
    for condition in dict.fromkeys(scored["condition"]):
        here = scored[scored["condition"] == condition].set_index("estimator")
        cells = [cell(here.loc[name]) if name in here.index else "" for name in estimators]
        lines.append([CONDITIONS[condition].title, *cells])
    return markdown(["condition", *(TITLES[name] for name in estimators)], lines)


def material_table(rows: Sequence[Row]) -> str:
    names = list(MATERIALS)
    own = [{**row, "material": names[row["set"] % len(names)]} for row in rows if row["condition"] == "materials"]
    if not own:
        return ""
    scored = table(own, "material")
    estimators = [name for name in TITLES if name in set(scored["estimator"])]
    lines = []
    for material in names:
        here = scored[scored["material"] == material].set_index("estimator")
        lines.append([material, *(triple(here.loc[name], "rms_ratio") for name in estimators)])
    return markdown(["material", *(TITLES[name] for name in estimators)], lines)


def rank_lines(ranks: pd.DataFrame, scored: pd.DataFrame) -> str:
    header = ["data", "estimator", "samples", "p of even ranks: Δh* / x / β", "rms error / bound",
              "90 % intervals hold (%)", "flagged (%)"]  # fmt: skip
    lines = []
    for (condition, method), part in ranks.groupby(["condition", "estimator"], sort=False):
        p = part.set_index("parameter")["p"]
        row = scored[(scored["condition"] == condition) & (scored["estimator"] == method)].iloc[0]
        lines.append([
            KINDS[condition].title, TITLES[method], str(int(row["samples"])),
            " / ".join(number(p[name]) for name in NAMES), triple(row, "rms_ratio"),
            " / ".join(percent(row[f"held_{name}"]) for name in NAMES), percent(row["flagged"]),
        ])  # fmt: skip
    return markdown(header, lines, texts=2)


def fault_table(scored: pd.DataFrame, rows: Sequence[Row]) -> str:
    header = ["data", "what is wrong"]
    for method in ("fit", "network"):
        header += [f"{method}: median error / bound", f"{method}: intervals hold (%)", f"{method}: flagged (%)",
                   f"{method}: beyond 5 bounds, unflagged (%)"]  # fmt: skip
    lines = []
    for condition in dict.fromkeys(row["condition"] for row in rows):
        if condition.startswith("prior"):
            continue
        kind = KINDS[condition]
        cells = [kind.title, "the model" if not kind.described else "unknown to the networks"]
        for method in ("fit", "network"):
            row = scored[(scored["condition"] == condition) & (scored["estimator"] == method)].iloc[0]
            cells += [triple(row, "median_ratio"), " / ".join(percent(row[f"held_{name}"]) for name in NAMES),
                      percent(row["flagged"]), percent(row["failed_unflagged"])]  # fmt: skip
        lines.append(cells)
    return markdown(header, lines, texts=2)


def draw_errors(scored: pd.DataFrame, file: Path) -> None:
    """Median error over the bound against noise and lag, a panel for dh, x and beta each."""
    figure, axes = plt.subplots(2, 3, figsize=(11, 6.4), sharey=True, layout="constrained")
    for line, (label, levels) in zip(axes, (("noise", NOISES), ("lag, unknown (K)", LAGS)), strict=True):
        for axis, name in zip(line, NAMES, strict=True):
            _errors_over(axis, scored, name, levels)
            axis.set(xlabel=label, title=LABELS[name])
            axis.minorticks_off()
        line[0].set_ylabel("median of |error| / bound")
    for axis in axes[0]:
        axis.set_xscale("log")
        axis.set_xticks(list(NOISES.values()), [f"{value:g}" for value in NOISES.values()])
        axis.minorticks_off()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=8)
    _save(figure, file)


def _errors_over(axis: plt.Axes, scored: pd.DataFrame, name: str, levels: dict[str, float]) -> None:
    for estimator, (colour, marker) in STYLES.items():
        here = scored[(scored["estimator"] == estimator) & scored["condition"].isin(levels)]
        if len(here):
            places = [levels[condition] for condition in here["condition"]]
            axis.plot(places, here[f"median_ratio_{name}"], color=colour, marker=marker, label=TITLES[estimator])
    axis.axhline(0.6745, color="black", linestyle=":", label="bound")
    axis.set_yscale("log")


def draw_failures(scored: pd.DataFrame, file: Path) -> None:
    """Share of failures of every estimator under every condition."""
    estimators = [name for name in TITLES if name in set(scored["estimator"])]
    conditions = list(dict.fromkeys(scored["condition"]))
    shares = np.full((len(conditions), len(estimators)), np.nan)
    for _, row in scored.iterrows():
        shares[conditions.index(row["condition"]), estimators.index(row["estimator"])] = 100 * row["failed"]
    figure, axis = plt.subplots(figsize=(8.5, 0.36 * len(conditions) + 1.9), layout="constrained")
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        shown = "" if np.isnan(share) else f"{share:.0f}"
        axis.text(j, i, shown, ha="center", va="center", color="white" if share > 55 else "black", fontsize=8)
    axis.set_xticks(range(len(estimators)), [TITLES[name] for name in estimators], rotation=25, ha="right", fontsize=8)
    axis.set_yticks(range(len(conditions)), [CONDITIONS[name].title for name in conditions], fontsize=8)
    figure.colorbar(image, label="no answer, or an error beyond 5 bounds (%)")
    _save(figure, file)


def draw_ranks(ranks: pd.DataFrame, file: Path) -> None:
    """Histograms of ranks: a row a kind of data, a column a parameter."""
    conditions = list(dict.fromkeys(ranks["condition"]))
    if not conditions:
        return
    figure, axes = plt.subplots(len(conditions), 3, figsize=(8.5, 2.3 * len(conditions)), squeeze=False,
                                sharex=True, layout="constrained")  # fmt: skip
    bins = [column for column in ranks.columns if column.startswith("bin_")]
    places = (np.arange(len(bins)) + 0.5) / len(bins)
    for line, condition in zip(axes, conditions, strict=True):
        for axis, name in zip(line, NAMES, strict=True):
            here = ranks[(ranks["condition"] == condition) & (ranks["parameter"] == name)].set_index("estimator")
            for method, row in here.iterrows():
                colour, _ = STYLES[str(method)]
                axis.stairs(row[bins].to_numpy(dtype=float), np.linspace(0, 1, len(bins) + 1), color=colour,
                            linewidth=1.8, label=TITLES[str(method)])  # fmt: skip
            expected = float(here["samples"].max()) / len(bins)
            spread = 1.645 * np.sqrt(expected * (1.0 - 1.0 / len(bins)))
            axis.axhspan(expected - spread, expected + spread, color="0.9", zorder=0)
            axis.set(title=f"{LABELS[name]}, {KINDS[condition].title}", ylim=(0, None), xlim=(0, 1))
            axis.title.set_fontsize(9)
            axis.set_xticks(places[[0, -1]], ["lowest", "highest"])
    axes[-1, 1].set_xlabel("rank of the truth among draws from the estimate")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    _save(figure, file)


def _save(figure: plt.Figure, file: Path) -> None:
    with atomic_path(file) as part:
        figure.savefig(part, format="png", dpi=_DPI)
    plt.close(figure)
