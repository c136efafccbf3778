"""The page through the paper: all of its tables and figures, live, and refused where a result is missing."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from relaxnet.dataset.state_space import SUBSETS
from relaxnet.errors import DataFileError, InvalidInputError
from relaxnet.evaluation.figures import png_bytes
from relaxnet.files import write_json
from relaxnet.models.mcnn import McnnOptions
from relaxnet.physics import ChrProgram, TNMParameters, describe, simulate
from relaxnet.relaxation.paper import drawings, tables
from relaxnet.relaxation.paper.page import write_paper_page

RESULTS = (
    *(f"evaluation/G/figures/maps/{name}" for name in ("dh_ln_a", "x_beta", "dh_x", "dh_beta")),
    "evaluation/C/figures/sorted_errors",
    "comparison/figures/sorted_errors",
)


@pytest.fixture(scope="module")
def scans():
    return drawings.Scans.simulate(TNMParameters(-79.21, 318_444, 0.57, 0.71), ChrProgram())


@pytest.fixture
def finished(tmp_path):
    """What the page needs of a finished project."""
    write_json(tmp_path / "models" / "C" / "estimator.json", {"axis": {"points": 257}})
    for name in RESULTS:
        path = tmp_path / "reports" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_bytes(Figure(figsize=(1, 1))))
    return tmp_path


def test_every_table_and_figure_of_the_paper_has_its_place(finished, params):
    output = finished / "reports" / "paper"
    write_paper_page(params, finished, output)
    html = (output / "index.html").read_text()
    headings = " ".join(re.findall(r"<h2[^>]*>([^<]*)</h2>", html))
    numbers = {int(n) for part in re.findall(r"Figs?\.? ([\d, ]+)", headings) for n in re.findall(r"\d+", part)}
    assert numbers == set(range(1, 12))
    assert {int(n) for n in re.findall(r"Table (\d)", headings)} == {1, 2, 3, 4}
    assert "profile smoke" in html
    assert html.count("<img ") == 5 + len(RESULTS)
    assert "http" not in re.sub(r'href="[^"]*"|data:[^"]*', "", html)  # nothing is fetched
    for link in re.findall(r'href="([^"#]+\.(?:svg|png))"', html):
        where = (output / link).resolve()
        assert where.with_suffix(".png").exists(), link
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in html


def test_the_page_is_reproducible(finished, params):
    written = []
    for name in ("one", "two"):
        write_paper_page(params, finished, finished / "reports" / name)
        written.append({path.name: path.read_bytes() for path in (finished / "reports" / name).rglob("*.*")})
    assert written[0] == written[1]


def test_a_missing_result_is_one_line_and_leaves_nothing(finished, params):
    (finished / "reports" / "evaluation" / "G" / "figures" / "maps" / "x_beta.png").unlink()
    with pytest.raises(DataFileError, match=r"x_beta\.png: cannot be read \(No such file.*run `make repro` first"):
        write_paper_page(params, finished, finished / "reports" / "paper")
    assert not (finished / "reports" / "paper").exists()


def test_models_must_have_the_final_weights_on_the_centre_and_the_grid(finished, params):
    few = params.model_copy(update={"models": {name: params.models[name] for name in ("C-w1", "G")}})
    with pytest.raises(InvalidInputError, match=r"models = \['C-w1', 'G'\]: must be one of subset C"):
        write_paper_page(few, finished, finished / "reports" / "paper")


def test_tables_give_what_is_in_use(params):
    found = tables.training(params)
    here = {row[0]: row[2] for row in found.rows}
    assert found.heads[2] == "profile smoke"
    assert here["epochs, none stopped early"] == str(params.train.epochs)
    assert here["batch size"] == str(params.train.batch_size)
    assert here["quartets of C / of G"] == "100 / 100"
    assert "13752261 quartets" in tables.ranges().note
    limits = {row[0]: row[3:] for row in tables.limits().rows}
    assert limits["ln(A/s) (–)"] == ["−756", "−15"]
    assert limits["Δh* (kJ/mol)"] == ["166.67", "1440"]
    assert [row[1] for row in tables.rates(ChrProgram()).rows] == ["0.5", "1", "2", "5", "10", "20"]
    assert [row[0] for row in tables.models(params).rows] == list(params.models)


def test_the_program_turns_where_the_signals_begin_and_end(scans):
    left, right = drawings.program_figure(scans).axes[:2]
    heights = np.concatenate([line.get_ydata() for line in left.get_lines()[:12]])
    assert set(np.round(heights, 6)) == set(np.round([scans.temperature_c.min(), scans.temperature_c.max()], 6))
    hours = max(line.get_xdata().max() for line in left.get_lines()[:12])
    span = np.ptp(scans.temperature_c)
    assert hours == pytest.approx(span / 60 * (sum(1 / rate for rate in (0.5, 1, 2, 5, 10, 20)) + 6 / 10))
    assert len(right.get_lines()) == 6


def test_subsets_are_drawn_over_the_plane():
    lines = drawings.state_space_figure().axes[0].get_lines()
    assert len(lines[0].get_xdata()) == 101 * 81
    assert [len(line.get_xdata()) for line in lines[1:]] == [len(i) * len(j) for i, j in SUBSETS.values()]


def test_the_segment_lies_between_glass_and_liquid(scans):
    options = McnnOptions(filters=(2, 2, 2), pool=2, dense=4, dropout=0.0, segment_points=64, epsilon=0.05)
    axes = np.array(drawings.segment_figure(scans, 1.0, options).axes).reshape(2, 3)
    for row in axes:
        start, end = (line.get_xdata()[0] for line in row[0].get_lines() if line.get_linestyle() == "--")
        spline = next(line for line in row[1].get_lines() if line.get_linestyle() == "-")
        assert spline.get_xdata()[[0, -1]] == pytest.approx([start, end])
        assert abs(spline.get_ydata()[0]) < 0.1
        assert spline.get_ydata()[-1] == pytest.approx(1.0, abs=0.1)


def test_the_descriptors_are_those_that_are_measured(scans):
    found = describe(simulate(scans.parameters, scans.program))
    ax = drawings.descriptors_figure(scans).axes[0]
    assert f"{found.cp_n_max.max():.2f}" in " ".join(text.get_text() for text in ax.texts)
    curve = ax.get_lines()[0]
    assert curve.get_ydata().max() == pytest.approx(found.cp_n_max.max(), rel=1e-3)
