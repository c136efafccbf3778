"""The comparison serves a study that it has never heard of, with targets that are vectors or do not vary."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bending import BENDING, TARGETS, write_bending
from reading import read_text
from synthetic_evaluations import histories

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.datasets.targets import Targets
from relaxnet.reporting.comparison import write_comparison
from relaxnet.reporting.estimates import Estimates
from relaxnet.reporting.model_figures import write_figures
from relaxnet.reporting.references import ReferenceFigure, References
from relaxnet.reporting.spec import ExternalCases, LeftOut, Pair


@pytest.fixture
def bending(tmp_path: Path) -> Path:
    return write_bending(tmp_path / "evaluation")


def texts(output: Path) -> dict[str, str]:
    """Texts by file name, the page without the library of its figures."""
    texts = {path.name: path.read_text() for path in output.iterdir() if path.is_file()}
    texts["index.html"] = re.sub(r"<script id=.*?</script>", "", texts["index.html"], flags=re.DOTALL)
    return texts


def test_page_of_another_study(bending: Path, tmp_path: Path) -> None:
    numbers = write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    for content in texts(tmp_path / "out").values():
        assert "paper" not in re.sub(r"data:image/png;base64,[^\"]*", "", content)
    text = read_text(tmp_path / "out")
    assert re.search(
        "# Comparison of bending networks\n+"
        "Two models were each evaluated on 60 test specimens not seen in training. "
        "Errors in percent are mean absolute errors as a share of that of predicting the mean.\n+"
        r"- E: error of \d+ to \d+ %\.\n",
        text,
    )
    assert "\n- The estimates of poisson by thick do not beat the training-mean baseline." in text
    assert "| Model | E ± 1 GPa | E ± 5 GPa | poisson ± 0.01 | stress ± 20 MPa |" in text
    assert "| Model | moduli, mean | moduli, median |" in text
    assert "(E in Pa, stress in Pa)" in text
    headings = re.findall("^## (.*)", text, flags=re.MULTILINE)
    assert headings == [
        "Share of estimates within a threshold",
        "Errors compared with the training-mean baseline",
        "Sums of squared errors",
        "Estimates against true values",
        "Training",
        "Definitions and files",
    ]
    html = (tmp_path / "out" / "index.html").read_text()
    assert "</script><b>" not in html
    assert set(re.findall('href="#([^"]+)"', html)) == set(re.findall('<h2 id="([^"]+)"', html))
    assert not [name for name in numbers if "figures" in name or "left_out" in name]


@pytest.mark.usefixtures("one_figure_for_all")
def test_a_constant_target_reads_as_such(bending: Path, tmp_path: Path) -> None:
    numbers = write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    text = read_text(tmp_path / "out")
    assert "\n- thickness does not vary in the test data, so no skill can be given.\n" in text
    assert re.search(r"### thickness \(mm\)\n+\|.*\n+\| thick \| 0.0\d+ \| 0 \| .* \| – \| – \| constant \|", text)
    assert '<td class="text constant">constant</td>' in (tmp_path / "out" / "index.html").read_text()
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["target"] == "thickness_mm")
    assert (row["skill"], row["r2"], row["verdict"]) == ("", "", "constant")
    assert "thin.thickness_mm.skill" not in numbers


def test_a_target_may_be_constant_for_one_model_only(bending: Path, tmp_path: Path) -> None:
    path = bending / "thin" / "metrics.json"
    content = json.loads(path.read_text())
    content["targets"]["modulus_pa"] |= {"skill": None, "r2": None}
    path.write_text(json.dumps(content))
    write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    text = read_text(tmp_path / "out")
    assert re.search(r"^- E: error of \d+ %\.$", text, re.MULTILINE)  # of one model
    assert "- E does not vary in the test data of thin." in text


def test_perfect_estimates_of_a_constant_are_drawn(bending: Path, tmp_path: Path) -> None:
    for name in ("thin", "thick"):
        path = bending / name / "estimates.csv"
        table = pd.read_csv(path)
        table.assign(estimate_thickness_mm=table["true_thickness_mm"]).to_csv(path, index=False)
        metrics = bending / name / "metrics.json"
        content = json.loads(metrics.read_text())
        content["targets"]["thickness_mm"] |= {"mae": 0.0, "rmse": 0.0, "median_ae": 0.0}
        content["loss_weights"]["thickness_mm"] = 1.0 if name == "thin" else 3.0
        content["subset"] = "all"  # so that the two differ in a loss weight only
        metrics.write_text(json.dumps(content))
    write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    assert (tmp_path / "out" / "figures" / "loss_weights_thin_thickness_mm.svg").exists()
    write_figures(pd.read_csv(bending / "thin" / "estimates.csv"), curves_of(bending, "thin"), TARGETS, BENDING, "thin",
                  tmp_path / "figures")  # fmt: skip


@pytest.mark.usefixtures("one_figure_for_all")
def test_a_vector_is_one_row_and_one_panel(bending: Path, tmp_path: Path) -> None:
    write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    out = tmp_path / "out"
    text, html = read_text(out), (out / "index.html").read_text()
    assert text.count("### stress (MPa)") == 1
    assert re.search(r"^- stress: error of ", text, re.MULTILINE)
    assert "The error of stress, a vector, is the mean of the absolute errors along its strain axis." in text
    assert "of stress, the curves with the median, the 90th-percentile and the worst error." in html
    data = json.loads(re.search(r'id="figure-data">(.*?)</script>', html, flags=re.DOTALL)[1])
    titles = [panel["title"] for panel in data["sorted"]["errors"]]
    assert titles[2] == "mean absolute error of stress (MPa)"
    assert len(titles) == len(TARGETS)
    errors = pd.read_csv(bending / "thin" / "estimates.csv")["error_stress_pa"]
    assert data["sorted"]["errors"][2]["curves"]["thin"][1] == pytest.approx(sorted(errors / 1e6), rel=1e-3)
    assert "stress_pa.csv" in [path.name for path in (out / "sorted").iterdir()]


def curves_of(folder: Path, model: str) -> dict[str, pd.DataFrame]:
    return {"stress_pa": pd.read_csv(folder / model / "curves" / "stress_pa.csv")}


SPOILED_CURVES = {
    "missing": (None, "no such file"),
    "cut": (lambda t: t.iloc[:-1], "worst: positions must be the 25 of stress_pa"),
    "of another axis": (lambda t: t.assign(position=t["position"] + 1), "median: positions must be"),
    "without a case": (lambda t: t[t["case"] != "90 %"], "cases median, worst: must be median, 90 %, worst"),
    "without a column": (lambda t: t.drop(columns="true"), "lacks the columns true"),
    "with a gap": (lambda t: t.assign(estimate=math.nan), "column estimate, row 1: nan is not a finite number"),
    "of another sample": (lambda t: t.assign(sample="s"), "median: sample s: must be one that was evaluated"),
    "of another run": (lambda t: t.assign(estimate=t["true"]), "errs by 0, in estimates.csv by"),
}


@pytest.mark.parametrize("case", SPOILED_CURVES)
def test_spoiled_curves_are_named_in_one_line(case: str, bending: Path, tmp_path: Path) -> None:
    path = bending / "thin" / "curves" / "stress_pa.csv"
    change, message = SPOILED_CURVES[case]
    if change:
        change(pd.read_csv(path)).to_csv(path, index=False)
    else:
        path.unlink()
    with pytest.raises(DataFileError, match=f"^{re.escape(str(path))}: .*{re.escape(message)}") as caught:
        write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("one_figure_for_all")
def test_a_model_may_have_an_axis_of_its_own(bending: Path, tmp_path: Path) -> None:
    path = bending / "thin" / "curves" / "stress_pa.csv"
    table = pd.read_csv(path)
    table.assign(position=table["position"] + 1).to_csv(path, index=False)
    moved = [
        dataclasses.replace(t, axis=dataclasses.replace(t.axis, values=tuple(v + 1 for v in t.axis.values)))
        if t.axis
        else t
        for t in TARGETS.items
    ]
    own = {"thin": Targets(tuple(moved))}
    assert write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS, own=own)
    estimates = Estimates(pd.read_csv(bending / "thin" / "estimates.csv"), curves_of(bending, "thin"))
    panel = estimates.panel(TARGETS["stress_pa"])
    assert panel.positions == pytest.approx(moved[2].axis.values)


def test_a_vector_has_no_map(bending: Path, tmp_path: Path) -> None:
    spec = dataclasses.replace(BENDING, pairs=(Pair("modulus_pa", "stress_pa", "sse_moduli", "SSE (–)"),))
    with pytest.raises(InvalidInputError, match="pairs = stress_pa: must be one of modulus_pa, poisson, thickness_mm"):
        write_comparison(bending, tmp_path / "out", spec=spec, targets=TARGETS)


@pytest.mark.usefixtures("one_figure_for_all")
def test_external_cases_are_of_numbers(bending: Path, tmp_path: Path) -> None:
    external = ExternalCases("bridges.csv", "bridge", "known", "Bridges", "Measured.")
    scalars = {"poisson": 0.3, "modulus_pa": 5e10, "thickness_mm": 2.0}
    rows = [("thin", "Forth", name, value, 1.01 * value, True) for name, value in scalars.items()]
    table = pd.DataFrame(rows, columns=["model", "bridge", "target", "true", "estimate", "known"])
    table.to_csv(bending / "bridges.csv", index=False)
    spec = dataclasses.replace(BENDING, external=external)
    write_comparison(bending, tmp_path / "out", spec=spec, targets=TARGETS)
    text = read_text(tmp_path / "out")
    assert "| Bridge | model | training range | E (GPa) | poisson (–) | thickness (mm) |" in text
    assert "| Forth | thin | inside | 50.5 true 50 good |" in text


def test_figures_of_one_model(bending: Path, tmp_path: Path) -> None:
    estimates = pd.read_csv(bending / "thin" / "estimates.csv")
    names = write_figures(estimates, curves_of(bending, "thin"), TARGETS, BENDING, "thin", tmp_path / "figures")
    assert names == ["estimates.png", "sorted_errors.png"]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        "estimates.png", "estimates.svg", "sorted_errors.png", "sorted_errors.svg",
    }  # fmt: skip


@pytest.mark.usefixtures("one_figure_for_all")
def test_trainable_weights_are_told_where_some_are_frozen(bending: Path, tmp_path: Path) -> None:
    write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS, histories=histories(("thin",)))
    text = read_text(tmp_path / "out")
    weights = "E 1, poisson 2, stress 1, thickness 1"
    assert f"| thin | dense | thin | smooth_l1 | {weights} | quick | 400 | 99 (66 trainable) | 5 | 2 |" in text


def test_page_without_any_sum_of_squares(bending: Path, tmp_path: Path) -> None:
    write_comparison(bending, tmp_path / "out", spec=dataclasses.replace(BENDING, sse=()), targets=TARGETS)
    assert not [name for name, text in texts(tmp_path / "out").items() if "squared errors\n" in text or "sse_" in text]
    assert not (tmp_path / "out" / "figures" / "sorted_sse.png").exists()


@pytest.mark.usefixtures("one_figure_for_all")
def test_figures_of_another_publication(bending: Path, tmp_path: Path) -> None:
    figure = ReferenceFigure("poisson", 0.01, frozenset({"thin"}), 0.5, "half", "Table 7: <half> of all")
    handbook = References("handbook", "Bending, 1987", "Its specimens were dry.", (figure,))
    spec = dataclasses.replace(BENDING, references=handbook)
    numbers = write_comparison(bending, tmp_path / "out", spec=spec, targets=TARGETS)
    html = (tmp_path / "out" / "index.html").read_text()
    assert html.count('title="Table 7: &lt;half&gt; of all">✓ handbook half<') == 1
    assert "Handbook: Bending, 1987. Its specimens were dry." in html
    assert numbers["handbook.figures_printed"] == numbers["handbook.figures_reached"] == 1


@pytest.mark.usefixtures("one_figure_for_all")
def test_samples_left_out_need_a_reason(bending: Path, tmp_path: Path) -> None:
    path = bending / "thin" / "metrics.json"
    content = json.loads(path.read_text())
    content["specimens"] = {"test": 60, "evaluated": 59, "left_out": 1}
    path.write_text(json.dumps(content))
    with pytest.raises(DataFileError, match="1 specimens left out, must be none in this study"):
        write_comparison(bending, tmp_path / "out", spec=BENDING, targets=TARGETS)


@pytest.mark.usefixtures("one_figure_for_all")
def test_column_of_those_left_out_is_the_study_s(tmp_path: Path) -> None:
    spec = dataclasses.replace(BENDING, left_out=LeftOut("as they broke", "Broken ones.", column="broken"))
    with pytest.raises(DataFileError, match="lacks the columns broken"):
        write_comparison(write_bending(tmp_path / "one"), tmp_path / "out", spec=spec, targets=TARGETS)
    written = write_bending(tmp_path / "two", broken=False)
    numbers = write_comparison(written, tmp_path / "out", spec=spec, targets=TARGETS)
    assert numbers["thin.specimens.left_out"] == 0
    text = read_text(tmp_path / "out")
    assert "a further 0.0 % of the test data were left out as they broke." in text
    assert re.search("## Specimens left out of the evaluation\n+Broken ones. They are counted here", text)


@pytest.mark.parametrize(
    "module",
    [
        "reporting",
        "reporting.spec",
        "reporting.model_figures",
        "evaluation",
        "evaluation.metrics",
        "datasets.validation",
    ],
)
def test_evaluation_needs_no_page(module: str) -> None:
    """Neither plotly nor jinja2 is loaded where no page is written."""
    code = f"import sys, relaxnet.{module}; print(*[m for m in ('plotly', 'jinja2') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""
