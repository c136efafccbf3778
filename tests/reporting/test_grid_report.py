"""The report on a grid of trainings: its means, its layout, its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from relaxnet.datasets.targets import Target, Targets
from relaxnet.reporting.grid import grid_figure, markdown, summarise, write_grid

TARGETS = Targets((
    Target("beta", "1", thresholds=(0.02, 0.05), symbol="β"),
    Target("force_n", "N", thresholds=(1e3,), symbol="F", display_unit="kN", display_factor=1e-3),
    Target("gap", "eV"),
))  # fmt: skip
AXES = ("architecture", "subset", "w_beta", "seed")
FILES = ["grid.png", "grid.svg", "runs.csv", "table.csv", "table.md"]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Of two architectures: means 0.5 and 0.7 within 0.02, spread 0.1."""
    generator = np.random.default_rng(2)
    found = []
    for mean, name in ((0.5, "cnn"), (0.7, "resnet")):
        for w_beta in (0.1, 1.0):
            for seed, shift in ((1, -0.1), (2, 0.0), (3, 0.1)):
                shares = {"beta.within_0.02": mean + shift, "force_n.within_1000": mean, "gap.mae": mean + shift}
                found.append(
                    {"architecture": name, "subset": "C", "w_beta": w_beta, "seed": seed, "n_parameters": 9, **shares}
                    | {"seconds": generator.uniform(1, 2), "epochs": 3, "relative_rmse": 1.0 - mean - shift}
                )
    return pd.DataFrame(found)


def test_means_and_spreads_are_over_the_seeds(rows: pd.DataFrame) -> None:
    grid = summarise(rows, AXES, TARGETS)
    assert (grid.line, grid.others) == ("architecture", ["subset", "w_beta"])
    assert list(grid.table["runs"]) == [3] * 4
    resnet = grid.table[(grid.table["architecture"] == "resnet") & (grid.table["w_beta"] == 1.0)].iloc[0]
    assert resnet["beta.within_0.02"] == pytest.approx(0.7)
    assert resnet["beta.within_0.02.sd"] == pytest.approx(0.1)


def test_the_table_keeps_the_order_of_the_grid(rows: pd.DataFrame) -> None:
    text = markdown(summarise(rows, AXES, TARGETS))
    heads = "β within 0.02 (%) | F within 1 kN (%) | MAE of gap (eV) | RMSE / baseline RMSE (ratio)"
    assert f"### Subset C, w_beta = 0.1\n\n| architecture | network weights | seconds | {heads} |" in text
    assert text.index("| cnn |") < text.index("| resnet |")
    assert "| 70.0 ± 10.0 | 70.0 | 0.700 ± 0.100 | 0.300 ± 0.100 |" in text


def test_shown_measures_may_be_chosen(rows: pd.DataFrame) -> None:
    grid = summarise(rows, AXES, TARGETS, [("gap", None), ("beta", 0.02)])
    assert [measure.column for measure in grid.measures] == ["gap.mae", "beta.within_0.02", "relative_rmse"]


def test_files_are_reproducible(rows: pd.DataFrame, tmp_path: Path) -> None:
    write_grid(rows, AXES, TARGETS, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_grid(rows, AXES, TARGETS, tmp_path)
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_first_axis_that_varies_is_compared(rows: pd.DataFrame) -> None:
    one = rows[rows["architecture"] == "cnn"]
    both = pd.concat([one, one.assign(subset="G", relative_rmse=0.1)])
    grid = summarise(both, AXES, TARGETS)
    text = markdown(grid)
    assert "### Architecture cnn, w_beta = 0.1" in text
    assert text.index("| C |") < text.index("| G |")
    assert "| 0.100 |" in text  # no spread
    labels = [text.get_text() for text in grid_figure(grid).legends[0].get_texts()]
    assert labels == ["architecture cnn, w_beta = 0.1", "architecture cnn, w_beta = 1"]


def test_one_axis_is_enough_and_its_values_may_be_lists(rows: pd.DataFrame, tmp_path: Path) -> None:
    few = rows[rows["seed"] == 1].assign(filters=[[4, 8], [8, 8], [8, 16], [16, 16]])
    write_grid(few, ["filters"], TARGETS, tmp_path)
    text = (tmp_path / "table.md").read_text()
    assert text.startswith("| filters |")
    assert "| [8, 16] | 9 |" in text
    assert "±" not in text
    write_grid(rows[rows["w_beta"] == 1.0], ["seed"], TARGETS, tmp_path)
    assert "| 3 | 9 |" in (tmp_path / "table.md").read_text()
