"""The page through the paper: all of its tables and figures, live, and refused where a result is missing."""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import write_json
from relaxnet.models.blocks.mcnn import McnnOptions
from relaxnet.studies.relaxation.dataset.state_space import SUBSETS
from relaxnet.studies.relaxation.paper import drawings, results_figures, tables
from relaxnet.studies.relaxation.paper.page import _metrics, write_paper_page
from relaxnet.studies.relaxation.params import RelaxationParams
from relaxnet.studies.relaxation.physics import ChrProgram, TNMParameters, describe
from relaxnet.studies.relaxation.report import REPORT
from relaxnet.studies.relaxation.samples.targets import TARGETS
from relaxnet.workflow.params import load_params
from relaxnet.workflow.project import Project

sys.path.insert(0, str(Path(__file__).parents[2] / "reporting"))
from synthetic_evaluations import add_test_sets, write_evaluation

ROOT = Path(__file__).parents[3]
RESULTS = 4  # figures: Fig. 9 in two, Figs 10 and 11


@pytest.fixture(scope="module")
def scans():
    return drawings.Scans.simulate(TNMParameters(-79.21, 318_444, 0.57, 0.71), ChrProgram())


@pytest.fixture
def finished(tmp_path):
    """What the page needs of a finished project."""
    project = Project("relaxation", tmp_path, tmp_path)
    axis = {"first": 300.0, "last": 556.0, "points": 257}
    write_json(project.models / "C" / "estimator.json", {"layout": {"temperature_k": axis}})
    write_evaluation(project.evaluation, ("LU", "C", "G"), quartets=60)
    return project


def test_every_table_and_figure_of_the_paper_has_its_place(finished, params):
    output = finished.reports / "paper"
    write_paper_page(params, finished, output, REPORT)
    html = (output / "index.html").read_text()
    headings = " ".join(re.findall(r"<h2[^>]*>([^<]*)</h2>", html))
    numbers = {int(n) for part in re.findall(r"Figs?\.? ([\d, ]+)", headings) for n in re.findall(r"\d+", part)}
    assert numbers == set(range(1, 12))
    assert {int(n) for n in re.findall(r"Table (\d)", headings)} == {1, 2, 3, 4}
    assert "profile smoke" in html
    assert html.count("<img ") == 5 + RESULTS
    assert "http" not in re.sub(r'href="[^"]*"|data:[^"]*', "", html)  # nothing is fetched
    for link in re.findall(r'href="([^"#]+\.(?:svg|png))"', html):
        where = (output / link).resolve()
        assert where.with_suffix(".png").exists(), link
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in html


@pytest.mark.slow
def test_the_page_is_reproducible(finished, params):
    written = []
    for name in ("one", "two"):
        write_paper_page(params, finished, finished.reports / name, REPORT)
        written.append({path.name: path.read_bytes() for path in (finished.reports / name).rglob("*.*")})
    assert written[0] == written[1]


def test_a_damaged_result_is_one_line_and_leaves_nothing(finished, params):
    path = finished.evaluation / "G" / "estimates.csv"
    path.write_text(path.read_text()[:-5])
    with pytest.raises(DataFileError, match=r"G/estimates\.csv: cut short"):
        write_paper_page(params, finished, finished.reports / "paper", REPORT)
    assert not (finished.reports / "paper").exists()
    shutil.rmtree(finished.evaluation)
    with pytest.raises(DataFileError, match=r"no model of the params is evaluated: run `make repro` first"):
        write_paper_page(params, finished, finished.reports / "paper", REPORT)


@pytest.mark.parametrize("content", ["[]", "{}", '{"layout": {"temperature_k": {"first": "low"}}}'])
def test_a_damaged_model_is_one_line_with_the_command_that_mends_it(finished, params, content):
    (finished.models / "C" / "estimator.json").write_text(content)
    with pytest.raises(DataFileError, match=r"C/estimator\.json: .*; make it anew: dvc repro -f -s train@C$"):
        write_paper_page(params, finished, finished.reports / "paper", REPORT)


@pytest.mark.usefixtures("one_figure_for_all")
def test_other_weights_are_shown(finished, params):
    other = params.models["C"].model_copy(update={"loss_weights": {**params.models["C"].loss_weights, "ln_a": 0.5}})
    changed = params.model_copy(update={"models": {**params.models, "C": other}})
    write_paper_page(changed, finished, finished.reports / "paper", REPORT)
    assert '<td class="text">0.5</td>' in (finished.reports / "paper" / "index.html").read_text()


@pytest.mark.usefixtures("one_figure_for_all")
@pytest.mark.parametrize(("subset", "figures"), [("C", 1), ("G", 2)])
def test_the_figure_of_a_subset_without_a_model_is_left_out_with_a_line(finished, params, subset, figures):
    shutil.rmtree(finished.evaluation / subset)
    for name in ("LU", "G"):  # the drawing of the network takes its input from any model
        shutil.copytree(finished.models / "C", finished.models / name)
    write_paper_page(params, finished, finished.reports / "paper", REPORT)
    html = (finished.reports / "paper" / "index.html").read_text()
    assert html.count(f"No model of subset {subset} is among the evaluated models") == figures
    assert html.count("<img ") == 5 + RESULTS - figures
    assert "None" not in html


@pytest.mark.usefixtures("one_figure_for_all")
def test_a_model_of_any_name_stands_for_its_subset(finished, params):
    for kind in (finished.evaluation, finished.models):
        shutil.move(kind / "C", kind / "central")
    models = {("central" if name == "C" else name): model for name, model in params.models.items()}
    write_paper_page(params.model_copy(update={"models": models}), finished, finished.reports / "paper", REPORT)
    assert "(a, b) Model central." in (finished.reports / "paper" / "index.html").read_text()


def test_shares_stand_beside_the_printed_ones(finished):
    def rows(*names):
        return tables.shares({name: _metrics(finished.evaluation / name, REPORT) for name in names}, REPORT).rows

    assert rows("C", "G")[1][2] == "90 % / – / –"
    assert rows("C")[0][3] == "99 % / – / –"
    add_test_sets(finished.evaluation, {"lattice": 1.0, "between": 2.0, "between_noisy": 3.0}, ("C",))
    path = finished.evaluation / "C" / "metrics.json"
    content = json.loads(path.read_text())
    for name, share in {"lattice": 0.875, "between": 0.5, "between_noisy": 0.25}.items():
        content["tests"][name]["targets"]["x"]["within"]["0.02"] = share
    write_json(path, content)
    assert rows("C")[0][3] == "99 % / 87.5 % / 25.0 %"


def test_panels_have_the_letters_of_the_paper(finished):
    estimates = {name: results_figures.read_estimates(finished.evaluation / name, REPORT) for name in ("C", "G")}
    titles = [ax.get_title(loc="left") for ax in results_figures.central_figure("C", estimates["C"], REPORT).axes]
    assert titles == ["(a) parameters, model C", "(b) signals, model C"]
    axes = results_figures.models_figure(estimates).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["(c) β", "(d) Δh*", "(e) x", "(f) ln(A/s)"]
    largest = {ax.get_title(loc="left")[4:]: ax.get_lines()[1].get_ydata()[-1] for ax in axes}
    errors = estimates["G"].errors(TARGETS["dh_j_per_mol"])
    assert largest["Δh*"] == pytest.approx(errors.max() / 1e3)
    planes = results_figures.planes_figure(
        "G", estimates["G"], REPORT, (("dh_j_per_mol", "x"), ("dh_j_per_mol", "beta"))
    )
    shown = {ax.get_title(loc="left"): ax.get_ylabel() for ax in planes.axes if ax.get_title(loc="left")}
    assert shown == {f"({letter})": "x (–)" if letter in "ace" else "β (–)" for letter in "abcdef"}


def test_tables_give_what_is_in_use(params):
    found = tables.training(params)
    here = {row[0]: row[2] for row in found.rows}
    assert found.heads[2] == "profile smoke"
    assert here["epochs, none stopped early"] == str(params.train.epochs)
    assert here["batch size"] == str(params.train.batch_size)
    assert here["quartets of C / of G (Section 2.1)"] == "100 / 100"
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


def test_table_4_of_the_paper_profile_is_as_printed(params, tmp_path):
    raw = yaml.safe_load((ROOT / "params.yaml").read_text())
    (tmp_path / "paper.yaml").write_text(yaml.safe_dump({**raw, "profile": "paper"}))
    here = {row[0]: row[2] for row in tables.training(load_params(RelaxationParams, tmp_path / "paper.yaml")).rows}
    assert here["temperatures of the input"] == "−250 … 1600 °C, every 0.1 °C"
    assert here["training algorithm"] == "SGD"
    assert here["learning rate"] == "0.01, constant"
    assert (here["batch size"], here["epochs, none stopped early"]) == ("128", "200")
    assert here["quartets of C / of G (Section 2.1)"] == "203401 / 134480"


def test_the_segment_lies_between_glass_and_liquid_on_the_signal(scans):
    options = McnnOptions(filters=(2, 2, 2), pool=2, dense=4, dropout=0.0, segment_points=64, epsilon=0.05)
    axes = np.array(drawings.segment_figure(scans, 1.0, options).axes).reshape(2, 3)
    for row in axes:
        start, end = (line.get_xdata()[0] for line in row[0].get_lines() if line.get_linestyle() == "--")
        spline = next(line for line in row[1].get_lines() if line.get_linestyle() == "-")
        assert spline.get_xdata()[[0, -1]] == pytest.approx([start, end])
        points = row[0].get_lines()[0]
        signal = np.interp(spline.get_xdata(), points.get_xdata(), points.get_ydata())
        assert np.abs(spline.get_ydata() - signal).max() < 0.02  # straight lines between points 1 K apart
        assert abs(spline.get_ydata()[0]) < 0.1
        assert spline.get_ydata()[-1] == pytest.approx(1.0, abs=0.1)


def test_the_descriptors_are_those_that_are_measured(scans):
    found = describe(scans.signals)
    ax = drawings.descriptors_figure(scans).axes[0]
    assert f"{found.cp_n_max.max():.2f}" in " ".join(text.get_text() for text in ax.texts)
    curve = ax.get_lines()[0]
    assert curve.get_ydata().max() == pytest.approx(found.cp_n_max.max(), rel=1e-3)
