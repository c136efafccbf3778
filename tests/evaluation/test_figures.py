"""Figures: what is drawn, with which labels; their look is judged by eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.evaluation.estimate_figures import CurvePanel, Example, ScatterPanel, estimates_figure
from relaxnet.evaluation.figures import (
    SortedPanel,
    line_style,
    relative_error_figure,
    render_figure,
    save_figure,
    sorted_errors_figure,
    training_figure,
)

RNG = np.random.default_rng(5)
PNG = b"\x89PNG\r\n\x1a\n"


def labels(figure: Figure) -> list[str]:
    return [text for ax in figure.axes if ax.get_visible() for text in (ax.get_xlabel(), ax.get_ylabel())]


def test_sorted_errors_of_seven_models_in_four_panels() -> None:
    names = ("LU", "RU", "LB", "RB", "C", "G", "C-w1")
    panels = [
        SortedPanel(f"error of {t} ({unit})", {n: RNG.exponential(size=50) for n in names}, {"one": 1.0})
        for t, unit in (("beta", "–"), ("x", "–"), ("dh", "kJ/mol"), ("ln A", "–"))
    ]
    figure = sorted_errors_figure(panels)
    assert [len(ax.get_lines()) for ax in figure.axes] == [8] * 4  # seven models and the threshold
    assert all("(" in text for text in labels(figure))
    assert "error of dh (kJ/mol)" in labels(figure)
    assert all(ax.get_yscale() == "log" for ax in figure.axes)
    assert [text.get_text() for text in figure.axes[0].texts] == ["one"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(names)
    assert render_figure(figure).png.startswith(PNG)


def test_sorted_errors_stands_zeros_and_a_single_sample() -> None:
    render_figure(sorted_errors_figure([SortedPanel("e (–)", {"perfect": [0.0, 0.0], "one": [0.3]})]))
    render_figure(sorted_errors_figure([SortedPanel("e (–)", {"perfect": [0.0]})]))


def test_minor_ticks_are_drawn_only_where_they_carry_the_labels() -> None:
    wide, narrow = figures = [sorted_errors_figure([SortedPanel("e (–)", {"m": [1.0, top]})]) for top in (1e4, 3.0)]
    for figure in figures:
        render_figure(figure)
    assert len(wide.axes[0].yaxis.get_minorticklocs()) == 0
    assert len(narrow.axes[0].yaxis.get_minorticklocs()) > 0


def test_a_reference_far_below_all_errors_is_shown_too() -> None:
    panels = [SortedPanel("e (–)", {"one": [3e5, 4e5]}, {"paper": 0.02})] * 6
    render_figure(figure := sorted_errors_figure(panels))  # a layout that collapses is a warning, hence an error here
    low, high = figure.axes[0].get_ylim()
    assert low < 0.02 < 4e5 < high


def test_a_name_keeps_its_style_and_styles_differ_by_more_than_colour() -> None:
    panels = [SortedPanel("a (–)", {"p": [1], "q": [2]}), SortedPanel("b (–)", {"q": [2]})]
    first, second = sorted_errors_figure(panels).axes
    assert second.get_lines()[0].get_color() == first.get_lines()[1].get_color()
    styles = [line_style(i) for i in range(7)]
    assert len({str(s["linestyle"]) for s in styles}) == len({s["color"] for s in styles}) == 7
    assert len({(s["color"], str(s["linestyle"])) for s in map(line_style, range(56))}) == 56


def test_scatter() -> None:
    true = RNG.normal(size=30)
    panels = [ScatterPanel("beta (–)", true, true + 0.1), ScatterPanel("dh (kJ/mol)", true, true),
              ScatterPanel("x (–)", [0.5], [0.5])]  # fmt: skip
    figure = estimates_figure(panels, "Model C")
    assert labels(figure)[:4] == ["true beta (–)", "estimated beta (–)", "true dh (kJ/mol)", "estimated dh (kJ/mol)"]
    assert len(figure.axes[0].get_lines()) == 2
    assert len(labels(figure)) == 6
    assert render_figure(figure).png.startswith(PNG)
    with pytest.raises(InvalidInputError, match="beta"):
        estimates_figure([ScatterPanel("beta", [np.nan], [1])], "Model C")


def test_curves_stand_where_numbers_have_a_scatter_plot() -> None:
    energy = np.linspace(0, 5, 40)
    examples = [Example(f"{case}: sample $1", np.sin(energy), np.cos(energy)) for case in ("median", "90 %", "worst")]
    panels = [ScatterPanel("x (–)", [0, 1], [1, 0]), CurvePanel("spectrum (–)", "energy (eV)", energy, examples)]
    figure = estimates_figure(panels, "Model C")
    curves = figure.axes[1:]
    assert [len(ax.get_lines()) for ax in curves] == [2, 2, 2]
    assert [ax.texts[0].get_text() for ax in curves] == [example.title for example in examples]
    assert (curves[1].get_ylabel(), curves[2].get_xlabel()) == ("spectrum (–)", "energy (eV)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "perfect",
        "test samples",
        "true",
        "estimated",
    ]
    assert render_figure(figure).png.startswith(PNG)


@pytest.mark.parametrize("loss", [[0.5, 0.2, 0.1], [0.5, 0.0, -0.1], [0.5]])
def test_training_course(loss: list[float]) -> None:
    figure = training_figure(loss, loss, "Training of C")
    assert labels(figure) == ["epoch (count)", "weighted loss of scaled targets (–)"]
    assert len(figure.axes[0].get_lines()) == 2
    assert figure.axes[0].get_yscale() == ("log" if min(loss) > 0 else "linear")
    assert render_figure(figure).png.startswith(PNG)


def test_relative_errors_of_two_variants() -> None:
    groups = {"w = 0.1": {"beta": 0.02, "dh": 0.9}, "w = 1.0": {"beta": 0.03, "dh": 1.2}}
    figure = relative_error_figure(groups, "Weights")
    (ax,) = figure.axes
    assert len(ax.get_lines()) == 3  # two variants and the mean
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["beta", "dh"]
    assert ax.get_xlim()[1] > 1.2
    assert "ratio" in ax.get_xlabel()
    assert len({line.get_marker() for line in ax.get_lines()[:2]}) == 2
    assert render_figure(figure).png.startswith(PNG)


def test_equal_figures_give_equal_bytes() -> None:
    one, other = (render_figure(training_figure([2, 1], [3, 2], "t")) for _ in range(2))
    assert one == other


def test_a_figure_is_saved_as_png_and_svg(tmp_path: Path) -> None:
    save_figure(training_figure([2, 1], [3, 2], "t"), tmp_path, "maps/one")
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == ["one.png", "one.svg"]
    assert (tmp_path / "maps" / "one.png").read_bytes().startswith(PNG)
    (tmp_path / "file").touch()
    with pytest.raises(DataFileError, match="cannot be written"):
        save_figure(training_figure([2, 1], [3, 2], "t"), tmp_path / "file", "one")
