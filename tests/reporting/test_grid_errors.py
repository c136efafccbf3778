"""Errors of a grid on test sets: their means, their figure, their files."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from relaxnet.datasets.targets import Target
from relaxnet.reporting.grid_errors import errors_figure, on_test_sets, write_errors

TARGETS = (Target("force_n", "N", symbol="F", display_unit="kN", display_factor=1e-3), Target("gap", "eV"))
SETS = {"near": "near by", "far": "far away"}
BASELINE = {"force_n": 3000.0, "gap": 40.0}


def rows_of(**axes: list[Any]) -> pd.DataFrame:
    """Rows with three seeds: 1000 N and 10 eV, 2 % less and more; twice as much far away, and for a start ``none``."""
    found = []
    for values in product(*axes.values()):
        cell = dict(zip(axes, values, strict=True))
        for seed, shift in ((1, 0.98), (2, 1.0), (3, 1.02)):
            row: dict[str, Any] = {**cell, "seed": seed, "n_parameters": 9, "seconds": 2.0}
            for name, factor in (("near", shift), ("far", 2 * shift)):
                factor *= 2 if cell.get("start") == "none" else 1
                row |= {f"{name}.force_n.mae": 1000 * factor, f"{name}.gap.mae": 10 * factor}
                row |= {f"{name}.{target}.baseline_mae": value for target, value in BASELINE.items()}
            found.append(row)
    return pd.DataFrame(found)


def test_tables_give_means_and_spreads_in_the_units_for_people(tmp_path: Path) -> None:
    write_errors(rows_of(weight=[0.1, 1.0]), ["weight", "seed"], TARGETS, SETS, tmp_path)
    text = (tmp_path / "errors.md").read_text()
    head = "| weight | network weights | seconds | MAE of F (kN) | MAE of gap (eV) |"
    assert text.startswith(f"## near by\n\n{head}")
    assert "| 0.1 | 9 | 2 | 1.00 ± 0.02 | 10.0 ± 0.2 |" in text
    assert "| 1 | 9 | 2 | 2.00 ± 0.04 | 20.0 ± 0.4 |" in text[text.index("## far away") :]


def test_files_are_reproducible(tmp_path: Path) -> None:
    def written() -> dict[str, bytes]:
        write_errors(rows_of(weight=[0.1, 1.0, 3.0]), ["weight", "seed"], TARGETS, SETS, tmp_path)
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    first = written()
    assert set(first) == {"errors.md", "errors.png", "errors.svg"}
    assert written() == first


def test_a_number_is_a_scale_with_a_curve_for_each_other_choice() -> None:
    axes = ["start", "share", "kind", "seed"]
    found = on_test_sets(rows_of(start=["none", "G"], share=[0.01, 0.1, 1.0], kind=["cnn"]), axes, TARGETS, SETS)
    figure = errors_figure(found)
    assert len(figure.axes) == 4
    assert [panel.get_title("left") for panel in figure.axes] == ["near by", "", "far away", ""]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["none", "G"]
    force = figure.axes[0]
    assert (force.get_xscale(), force.get_ylabel(), figure.axes[2].get_xlabel()) == ("log", "MAE of F (kN)", "share")
    thin = [line.get_ydata(orig=False) for line in force.get_lines() if line.get_alpha()]
    np.testing.assert_allclose(sorted(values[0] for values in thin), [0.98, 1.0, 1.02, 1.96, 2.0, 2.04])
    for container, height in zip(force.containers, (2.0, 1.0), strict=True):
        line, _, bars = container.lines
        np.testing.assert_allclose(line.get_xdata(orig=False), [0.01, 0.1, 1.0])
        np.testing.assert_allclose(line.get_ydata(orig=False), height)
        np.testing.assert_allclose(np.ptp(bars[0].get_segments()[0][:, 1]), 2 * 0.02 * height)  # two spreads


def test_choices_are_rows_of_dots() -> None:
    rows = rows_of(start=["none", "G"], size=[[8, 16], [16, 32]])
    figure = errors_figure(on_test_sets(rows, ["start", "size", "seed"], TARGETS, SETS))
    panel = figure.axes[0]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["none", "G"]
    assert panel.get_xlabel() == "MAE of F (kN)"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["[8, 16]", "[16, 32]"]
    np.testing.assert_allclose(panel.containers[0].lines[0].get_xdata(orig=False), [2.0, 1.0])


def test_other_models_stand_beside_the_trainings(tmp_path: Path) -> None:
    rows, axes = rows_of(weight=[0.1, 1.0, 3.0]), ["weight", "seed"]
    errors = {f"{name}.{target}.mae": value for name in SETS for target, value in (("force_n", 500.0), ("gap", 30.0))}
    write_errors(rows, axes, TARGETS, SETS, tmp_path, {"G": errors})
    lines = (tmp_path / "errors.md").read_text().splitlines()
    assert lines.count("- model G: MAE of F 0.500 kN, MAE of gap 30.0 eV") == len(SETS)
    assert lines.count("- the training mean: MAE of F 3.00 kN, MAE of gap 40.0 eV") == len(SETS)
    panel = errors_figure(on_test_sets(rows, axes, TARGETS, SETS, {"G": errors})).axes[0]
    assert [line.get_ydata()[0] for line in panel.get_lines() if line.get_linestyle() == "--"] == [0.5]
    assert panel.get_legend_handles_labels()[1] == ["G, as it is"]
    far = {**errors, "near.gap.mae": 4000.0}
    scales = [panel.get_yscale() for panel in errors_figure(on_test_sets(rows, axes, TARGETS, SETS, {"G": far})).axes]
    assert scales == ["linear", "log", "linear", "linear"]


def test_dots_far_beyond_the_others_are_written_at_the_edge() -> None:
    rows = rows_of(loss=["mse", "mae", "cosine"])
    rows.loc[rows["loss"] == "cosine", ["near.gap.mae", "far.gap.mae"]] *= 100
    panel = errors_figure(on_test_sets(rows, ["loss", "seed"], TARGETS, SETS)).axes[1]
    assert [text.get_text() for text in panel.texts] == ["1000 →"]
    np.testing.assert_allclose(panel.containers[0].lines[0].get_xdata(orig=False), [10.0, 10.0])
    assert panel.get_xlim()[1] < 12.0


@pytest.mark.parametrize(("baseline", "drawn"), [(2500.0, True), (5000.0, False)])
def test_the_baseline_is_drawn_where_it_is_near(baseline: float, drawn: bool) -> None:
    rows = rows_of(weight=[0.1, 1.0, 3.0]).assign(**{"far.force_n.baseline_mae": baseline})
    panel = errors_figure(on_test_sets(rows, ["weight", "seed"], TARGETS, SETS)).axes[2]
    lines = [line for line in panel.get_lines() if line.get_linestyle() == ":"]
    assert [line.get_ydata()[0] for line in lines] == ([pytest.approx(baseline / 1000)] if drawn else [])


def test_errors_of_several_orders_have_a_logarithmic_axis() -> None:
    rows = rows_of(weight=[0.1, 1.0, 3.0])
    rows.loc[rows["weight"] == 3.0, "near.gap.mae"] *= 100
    panels = errors_figure(on_test_sets(rows, ["weight", "seed"], TARGETS, SETS)).axes
    assert [panel.get_yscale() for panel in panels] == ["linear", "log", "linear", "linear"]
    assert panels[0].get_ylim()[0] == 0.0
