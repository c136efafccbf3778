"""The comparison page: its numbers, its honesty about the data, its refusals."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from reading import read_text
from synthetic_evaluations import MATERIALS, MODELS, add_test_sets, histories, write_evaluation, write_model

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.core.text import percent
from relaxnet.reporting.comparison import write_comparison
from relaxnet.reporting.comparison.external import case_word
from relaxnet.studies.relaxation.report import REPORT
from relaxnet.studies.relaxation.samples.targets import TARGETS

FEW = ("C", "G", "C-w1")
STUDY = {"spec": REPORT, "targets": TARGETS}


@pytest.fixture(scope="session")
def evaluation_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evaluation(tmp_path_factory.mktemp("source"), quartets=120)


@pytest.fixture(scope="session")
def page(evaluation_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("page")
    write_comparison(evaluation_source, output, **STUDY, models=MODELS, histories=histories(FEW))
    return output


@pytest.fixture
def evaluation(evaluation_source: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil, of three models."""
    folder = tmp_path / "evaluation"
    folder.mkdir()
    for name in FEW:
        shutil.copytree(evaluation_source / name, folder / name)
    shutil.copy(evaluation_source / "materials.csv", folder)
    return folder


def metrics_of(folder: Path, model: str) -> dict:
    return json.loads((folder / model / "metrics.json").read_text())


def test_numbers_of_the_evaluations_stand_in_the_tables(evaluation_source: Path, page: Path) -> None:
    text = read_text(page)
    for name in MODELS:
        metrics = metrics_of(evaluation_source, name)
        assert metrics["run_id"] in text
        for target, record in metrics["targets"].items():
            assert TARGETS[target].error_text(record["mae"]) in text
            assert TARGETS[target].error_text(record["baseline_rmse"]) in text
            assert all(percent(share) in text for share in record["within"].values())
    assert "make ui" in text
    assert all(material in text for material in MATERIALS)


def test_summary_says_who_does_not_beat_the_baseline(page: Path) -> None:
    text = read_text(page)
    assert "of ln(A/s) by LU, RU, LB, RB, C and G do not beat the training-mean baseline." in text
    assert "estimated best" not in text[: text.index("# Statements of the paper")]
    assert re.search("# Comparison of relaxation networks\n+Seven models were each evaluated on ", text)


@pytest.mark.usefixtures("one_figure_for_all")
def test_models_are_ranked_within_their_region_only(evaluation: Path, page: Path, tmp_path: Path) -> None:
    ranked = re.findall(r"^- Of the models of region (.*)$", read_text(page), flags=re.MULTILINE)
    assert len(ranked) == 1  # no other region has two models
    assert re.match(r"C \(C and C-w1\), on the test part: .*C-w1 errs least in .*ln\(A/s\) \(", ranked[0])
    for models in (["C", "G"], ["C"]):
        write_comparison(evaluation, tmp_path / "out", **STUDY, models=models)
        assert "least" not in read_text(tmp_path / "out")
    keys(lambda m: m.update(profile="paper"))(evaluation / M)  # another test part: no ranking by it
    write_comparison(evaluation, tmp_path / "out", **STUDY, models=["C", "C-w1"])
    assert "least" not in read_text(tmp_path / "out")
    keys(lambda m: m.update(profile="laptop", region="plane"))(evaluation / M)  # another region of its own
    write_comparison(evaluation, tmp_path / "out", **STUDY, models=["C", "C-w1"])
    assert "least" not in read_text(tmp_path / "out")


@pytest.mark.usefixtures("one_figure_for_all")
def test_models_are_ranked_on_the_hardest_set_that_all_have(evaluation: Path, tmp_path: Path) -> None:
    add_test_sets(evaluation, {"lattice": 1.0, "between": 2.0, "between_noisy": 3.0}, ("C", "C-w1"))
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    text = read_text(tmp_path / "out")
    assert "region C (C and C-w1), between its points with noise: " in text
    keys(lambda m: m["tests"].pop("between_noisy"))(evaluation / M)
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    text = read_text(tmp_path / "out")
    assert "region C (C and C-w1), between its points: " in text
    mae = metrics_of(evaluation, "C-w1")["tests"]["between"]["targets"]["ln_a"]["mae"]
    assert f"ln(A/s) ({TARGETS['ln_a'].amount_text(mae)}; the next " in text


def rows_of(text: str, head: str) -> list[list[str]]:
    """Cells of the table whose first line begins with ``head``."""
    block = next(block for block in re.split("\n\n+", text) if block.strip().startswith(head))
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in block.strip().splitlines()]


EVIDENCE = "| Model | region | target | predict the mean |"


@pytest.mark.usefixtures("one_figure_for_all")
def test_evidence_is_the_first_table_and_the_materials_the_second(evaluation: Path, tmp_path: Path) -> None:
    add_test_sets(evaluation, {"lattice": 1.0, "between": 2.0, "between_noisy": 30.0, "lattice_noisy": 5.0}, FEW)
    numbers = write_comparison(evaluation, tmp_path / "out", **STUDY)
    text = read_text(tmp_path / "out")
    tables = [block.strip() for block in re.split("\n\n+", text) if block.strip().startswith("| ")]
    assert tables[0].startswith(EVIDENCE)
    assert tables[1].startswith("| Material | model |")
    heads, *rows = rows_of(text, EVIDENCE)
    assert heads[4:] == ["lattice", "share within, lattice", "between", "between, with noise"]
    assert [row[0] for row in rows] == [name for name in ("C", "C-w1", "G") for _ in TARGETS.names]  # C's together
    metrics = metrics_of(evaluation, "G")
    row = next(row for row in rows if row[0] == "G" and row[2] == "x (–)")
    own = metrics["targets"]["x"]
    texts = [TARGETS["x"].error_text(own["mae"] * factor) for factor in (1, 2, 30)]
    assert [row[4], row[6], row[7]] == texts
    assert row[3] == TARGETS["x"].error_text(own["baseline_mae"])
    assert row[5].startswith(f"{percent(own['within']['0.02'])} ± 0.02")
    assert row[5].endswith(" paper 97 %")
    assert "paper" not in next(row for row in rows if row[0] == "C-w1" and row[2] == "x (–)")[5]
    assert numbers["G.x.between.mae"] == pytest.approx(2 * own["mae"])
    html = (tmp_path / "out" / "index.html").read_text()
    assert f'<td class="no-skill">{TARGETS["ln_a"].error_text(30 * metrics["targets"]["ln_a"]["mae"])}</td>' in html
    assert "Between its points with noise, the estimates of " in text


@pytest.mark.usefixtures("one_figure_for_all")
def test_sets_and_fits_that_are_not_there_are_left_out(evaluation: Path, page: Path, tmp_path: Path) -> None:
    assert EVIDENCE not in read_text(page)
    add_test_sets(evaluation, {"between": 2.0}, ("G",), fit=0.125)
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    heads, *rows = rows_of(read_text(tmp_path / "out"), EVIDENCE)
    assert heads[4:] == ["between", "least-squares fit"]
    assert {row[0]: row[3:] for row in rows}["C"] == ["–", "–", "–"]
    assert ["G", "0.125"] in [[row[0], row[5]] for row in rows]


@pytest.mark.usefixtures("one_figure_for_all")
def test_models_of_several_kinds_estimate_the_materials(evaluation: Path, tmp_path: Path) -> None:
    both = lambda t: pd.concat([t, t.assign(model="C", estimate=t["true"])])  # noqa: E731
    columns(both)(evaluation / R)
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    heads, *rows = rows_of(read_text(tmp_path / "out"), "| Material |")
    assert heads == ["Material", "model", "training range", "β (–)", "x (–)", "Δh* (kJ/mol)", "ln(A/s) (–)"]
    assert [row[:3] for row in rows[:2]] == [["As2Se3", "C", "inside"], ["As2Se3", "G", "inside"]]
    assert rows[0][3] == "0.71 true 0.71 good"
    (evaluation / R).write_text((evaluation / R).read_text().splitlines(keepends=True)[0])
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    assert "Real materials" not in read_text(tmp_path / "out")


def test_regions_are_defined_before_anything_is_said_of_them(page: Path) -> None:
    html = (page / "index.html").read_text()
    assert html.index("four corners of the plane (LU, RU, LB, RB") < html.index("<table")


def test_terms_are_introduced_once(page: Path) -> None:
    text = read_text(page)
    assert text.count("the paper’s w_log(A)") == 1
    assert text.count("Skill is 1 − RMSE / RMSE of the baseline") == 1


def test_paper_stands_beside_and_is_compared(page: Path) -> None:
    html = (page / "index.html").read_text()
    assert "✓ paper 90 %" in html
    assert "✗ paper 70 %" in html
    summary = json.loads((page / "summary.json").read_text())
    assert summary["paper.figures_printed"] == len(re.findall("[✓✗] paper", html)) == 21
    assert summary["paper.figures_reached"] == html.count("✓ paper")


def test_variants_of_a_loss_weight_are_found_in_the_data(page: Path) -> None:
    text = read_text(page)
    assert "### Subset C: loss weight of ln(A/s)" in text
    assert "MAE of C (weight 0.1) | skill | verdict | MAE of C-w1 (weight 1)" in text
    assert text.count("loss weight of ln(A/s)") == 1  # no other pair of models differs in one weight only


def test_summary_files(evaluation_source: Path, page: Path) -> None:
    with (page / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(MODELS) * len(TARGETS)
    first = metrics_of(evaluation_source, rows[0]["model"])["targets"][rows[0]["target"]]
    assert float(rows[0]["rmse"]) == pytest.approx(first["rmse"], rel=1e-6)
    numbers = json.loads((page / "summary.json").read_text())
    assert all(isinstance(value, (int, float)) for value in numbers.values())
    dh = metrics_of(evaluation_source, "C")["targets"]["dh_j_per_mol"]
    assert numbers["C.dh_j_per_mol.mae"] == dh["mae"]
    assert numbers["C.dh_j_per_mol.within_10000"] == dh["within"]["10000"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        self.links += [value or "" for key, value in attrs if key in ("src", "href")]
        self.ids |= {value or "" for key, value in attrs if key == "id"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_self_contained_and_well_formed(evaluation_source: Path, page: Path) -> None:
    html = (page / "index.html").read_text()
    parser = _Page()
    parser.feed(html)
    assert not parser.open
    runs = {metrics_of(evaluation_source, name)["run_url"] for name in MODELS}
    assert runs <= set(parser.links)
    for link in parser.links:
        inside = link.startswith("data:image/png;base64,") or link.removeprefix("#") in parser.ids
        assert inside or link in runs
    own = re.sub(r'<script id="plotly">.*?</script>|<a href="[^"]*"', "", html, flags=re.DOTALL)
    assert not re.search(r"https?:|url\(|<script[^>]+src|@import", own)
    assert "prefers-color-scheme: dark" in html
    figures = sorted(path.name for path in (page / "figures").iterdir())
    pictures = [name for name in figures if name.endswith(".png")]
    assert len(pictures) == 2 + 1 + 1 + len(MODELS) + len(FEW)
    assert {name.replace(".png", ".svg") for name in pictures} == set(figures) - set(pictures)
    assert html.count("<img ") == len(pictures)  # two of them for browsers without scripts


def test_tables_are_regular(page: Path) -> None:
    tables = [block for block in re.split("\n\n+", read_text(page)) if block.startswith("|")]
    assert len(tables) > 10
    for block in tables:
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_same_input_same_bytes(evaluation: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / "one", tmp_path / "other"]
    for output in outputs:
        write_comparison(evaluation, output, **STUDY, models=["C"])
    one, other = ({p.relative_to(o): p.read_bytes() for p in o.rglob("*") if p.is_file()} for o in outputs)
    assert one == other
    assert not [name for name in one if name.suffix == ".part"]


@pytest.mark.usefixtures("one_figure_for_all")
def test_names_are_escaped(evaluation: Path, tmp_path: Path) -> None:
    path = evaluation / "C" / "metrics.json"
    content = json.loads(path.read_text()) | {"run_id": "<script>alert(1)</script>"}
    path.write_text(json.dumps(content))
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    assert "<script>alert" not in (tmp_path / "out" / "index.html").read_text()


def figure_data(page: Path) -> dict:
    html = (page / "index.html").read_text()
    return json.loads(re.search(r'id="figure-data">(.*?)</script>', html, flags=re.DOTALL)[1])


def test_interactive_figures_show_the_estimates(evaluation_source: Path, page: Path) -> None:
    data = figure_data(page)
    table = pd.read_csv(evaluation_source / "C" / "estimates.csv").query("not left_out")
    errors = (table["estimate_dh_j_per_mol"] - table["true_dh_j_per_mol"]).abs() / 1000
    panel = next(p for p in data["sorted"]["errors"] if p["title"] == "absolute error of Δh* (kJ/mol)")
    assert panel["curves"]["C"][1] == pytest.approx(sorted(errors), rel=1e-3)
    assert panel["thresholds"] == [["± 10 kJ/mol", 10.0], ["± 50 kJ/mol", 50.0]]
    assert set(panel["curves"]) == set(data["styles"]) == set(MODELS)
    assert [p["name"] for p in data["maps"]["pairs"]] == ["Δh* and ln(A/s)", "Δh* and x", "Δh* and β", "x and β"]
    for found in data["maps"]["models"]["C"]:
        kinds = dict(found["kinds"])
        assert len(kinds) == 4
        count = kinds["quartets in the cell (count)"]
        assert sum(cell or 0 for row in count for cell in row) == len(table)
        assert (len(found["y"]) - 1, len(found["x"]) - 1) == (len(count), len(count[0]))
    points = data["descriptors"]["models"]["C"]
    assert points["samples"] == [str(quartet) for quartet in table["quartet"]]
    assert points["descriptors"][0] == pytest.approx(table["cp_n_max"].tolist(), rel=1e-3)


@pytest.mark.usefixtures("one_figure_for_all")
def test_many_samples_are_thinned(evaluation: Path, tmp_path: Path) -> None:
    shutil.rmtree(evaluation / "G")
    write_model(evaluation / "G", "G", seed=1, quartets=2000)
    write_comparison(evaluation, tmp_path / "out", **STUDY, models=["G"])
    data = figure_data(tmp_path / "out")
    assert all(len(panel["curves"]["G"][0]) == 191 for panel in data["sorted"]["errors"])
    assert len(data["descriptors"]["models"]["G"]["samples"]) == 1000


def test_curves_for_dvc_plots(evaluation_source: Path, page: Path) -> None:
    table = pd.read_csv(page / "sorted" / "x.csv")
    assert list(table) == ["model", "percent", "error"]
    assert list(table["model"].unique()) == list(MODELS)
    quantiles = metrics_of(evaluation_source, "G")["targets"]["x"]["quantiles"]
    assert table.set_index(["model", "percent"])["error"]["G", 90] == pytest.approx(quantiles["90"], rel=1e-4)
    assert (table.groupby("model")["error"].diff().dropna() >= 0).all()


@pytest.mark.usefixtures("one_figure_for_all")
def test_page_tells_what_changed(evaluation: Path, evaluation_source: Path, tmp_path: Path) -> None:
    def page_text(models: tuple[str, ...] = FEW) -> str:
        write_comparison(evaluation, tmp_path / "out", **STUDY, models=models, memory=tmp_path / "memory.json")
        return read_text(tmp_path / "out")

    assert "What changed" not in page_text(("C", "G"))
    assert "New: C-w1. No metric of a model in both comparisons has changed." in page_text()
    shutil.rmtree(evaluation / "C")
    write_model(evaluation / "C", "C", seed=99, quartets=120)
    changed = page_text()
    assert re.search(r"Retrained: C.\n+\| Model \| metric \|", changed)
    rows = re.findall(
        r"^\| C \| (.*) within .* \| ([\d.]+) % \| ([\d.]+) % \| (better|worse) \|$", changed, re.MULTILINE
    )
    assert rows
    assert all((float(now) >= float(before)) == (word == "better") for _, before, now, word in rows)
    assert page_text() == changed  # the same again still stands beside the one before
    for file in ("metrics.json", "estimates.csv"):
        shutil.copy(evaluation_source / "C" / file, evaluation / "C" / file)
    keys(lambda m: m.update(profile="paper"))(evaluation / M)
    other = page_text()
    assert "Another profile or dataset size, so not compared: C." in other
    assert "| C | mean absolute error" not in other
    (tmp_path / "memory.json").write_text('{"version": 2, "last": {"runs": 3}, "before": null}')
    with pytest.raises(DataFileError, match=r"memory.json: .*damaged"):
        page_text()


@pytest.mark.usefixtures("one_figure_for_all")
def test_claims_of_the_paper_are_judged(page: Path, evaluation: Path, tmp_path: Path) -> None:
    text = read_text(page)
    assert "| Δh* and ln A are estimated much worse than x and β. | Section 3.2 | yes | skill" in text
    assert re.search(r"\| x is estimated better than β\. \| .* \| x / β within 0.02 \(%\): LU", text)
    write_comparison(evaluation, tmp_path / "out", **STUDY, models=["C-w1", "G"])
    alone = read_text(tmp_path / "out")
    assert "| Δh* is estimated best in RU. | Section 3.2, Fig. 9d | inconclusive |" in alone


Spoil = Callable[[Path], object]


def keys(change: Callable[[dict], object]) -> Spoil:
    def edit(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def columns(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    return lambda path: change(pd.read_csv(path)).to_csv(path, index=False)


def text(change: Callable[[str], str]) -> Spoil:
    return lambda path: path.write_text(change(path.read_text()))


def lines(count: int) -> Spoil:
    return text(lambda t: "".join(t.splitlines(keepends=True)[:count]))


BELOW_ZERO = {"fitted": 1, "failed": 0, "mae": {"x": -1.0}}


def as_set(metrics: dict) -> dict:
    return {"folder": "here", "md5": "0", "quartets": metrics["quartets"], "targets": metrics["targets"]}


M, E, R = "C/metrics.json", "C/estimates.csv", "materials.csv"
SPOILED: dict[str, tuple[str, Spoil, str]] = {
    "no metrics": (M, Path.unlink, "no such file"),
    "metrics cut short": (M, text(lambda t: t[:200]), "not a readable JSON"),
    "metrics a list": (M, text(lambda _: "[]"), "must hold one JSON object"),
    "metrics without a key": (M, keys(lambda m: m.pop("targets")), "targets = (missing)"),
    "metrics NaN": (M, keys(lambda m: m["targets"]["x"].update(mae=math.nan)), "targets.x.mae = nan"),
    "metrics of an older version": (
        M,
        keys(lambda m: m.update(weights=m.pop("loss_weights"))),
        "loss_weights = (missing)",
    ),
    "metrics of other targets": (
        M,
        keys(lambda m: m["targets"].pop("x")),
        "targets ln_a, dh_j_per_mol, beta: must be ln_a, dh_j_per_mol, x, beta",
    ),
    "metrics of another model": (M, keys(lambda m: m.update(model="G")), "belongs to model G, not to C"),
    "metrics in another unit": (
        M,
        keys(lambda m: m["targets"]["dh_j_per_mol"].update(unit="kJ/mol")),
        "must be in J/mol",
    ),
    "metrics without counts": (M, keys(lambda m: m.pop("quartets")), "quartets = (missing)"),
    "counts below zero": (M, keys(lambda m: m["quartets"].update(left_out=-1)), "quartets.left_out = -1"),
    "metrics without edges": (M, keys(lambda m: m["edges"].pop("edge")), "edges.edge = (missing)"),
    "metrics without descriptors": (M, keys(lambda m: m.pop("descriptors")), "descriptors.cp_n_max = (missing)"),
    "metrics without signals": (M, keys(lambda m: m.pop("sse_signals")), "sse_signals = (missing)"),
    "a test set without a target": (
        M,
        keys(lambda m: m.update(tests={"between": as_set(m) | {"targets": {"x": m["targets"]["x"]}}})),
        "tests.between.targets.ln_a = (missing)",
    ),
    "a test set below zero": (
        M,
        keys(lambda m: m.update(tests={"between": as_set(m) | {"fit": BELOW_ZERO}})),
        "tests.between.fit.mae.x = -1",
    ),
    "counts that do not add up": (M, keys(lambda m: m["quartets"].update(test=7)), "must add up"),
    "other thresholds": ("G/metrics.json", keys(lambda m: m["targets"]["x"]["within"].pop("0.05")), "differ"),
    "no estimates": (E, Path.unlink, "no such file"),
    "estimates empty": (E, text(lambda _: ""), "not a readable CSV"),
    "estimates binary": (E, lambda path: path.write_bytes(b"\xff\xfe\x00\x81"), "not a readable CSV"),
    "estimates cut short": (E, text(lambda t: t[:-9]), "cut short"),
    "estimates cut at a line": (E, lines(116), "115 quartets"),
    "estimates without rows": (E, lines(1), "cut short"),
    "estimates without a column": (E, columns(lambda t: t.drop(columns="true_x")), "lacks the columns true_x"),
    "estimates without a pair": (E, columns(lambda t: t.drop(columns="sse_x_beta")), "lacks the columns sse_x_beta"),
    "estimates with text": (E, columns(lambda t: t.assign(estimate_x="oops")), "row 1: oops is not"),
    "estimates with a gap": (E, columns(lambda t: t.assign(estimate_x=math.nan)), "column estimate_x"),
    "flags that are none": (E, columns(lambda t: t.assign(left_out="no")), "left_out must hold True or False"),
    "estimates of another run": (E, columns(lambda t: t.assign(estimate_x=t["estimate_x"] + 1)), "not of one"),
    "no materials": (R, Path.unlink, "no such file"),
    "a foreign table": (R, text(lambda _: "a,b\n1,2\n"), "lacks the columns model, material"),
    "materials cut at a line": (R, lines(12), "model G: acetaminophen must have one row"),
    "materials with infinity": (R, columns(lambda t: t.assign(estimate=math.inf)), "column estimate, row 1"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_files_are_named_in_one_line_and_nothing_is_written(
    case: str, evaluation: Path, tmp_path: Path
) -> None:
    name, spoil, message = SPOILED[case]
    spoil(evaluation / name)
    with pytest.raises(DataFileError) as caught:
        write_comparison(evaluation, tmp_path / "out", **STUDY)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(evaluation / name))
    assert message in line
    assert not (tmp_path / "out").exists()


def test_missing_folders_and_models(evaluation: Path, tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no such folder"):
        write_comparison(tmp_path / "none", tmp_path / "out", **STUDY)
    with pytest.raises(DataFileError, match=r"RU.*no such file"):
        write_comparison(evaluation, tmp_path / "out", **STUDY, models=[*FEW, "RU"])
    with pytest.raises(DataFileError, match="no evaluated model"):
        write_comparison(evaluation, tmp_path / "out", **STUDY, models=[])
    write_comparison(evaluation, tmp_path / "alone", **STUDY, models=["C"])
    assert "Real materials" not in read_text(tmp_path / "alone")  # no compared model has estimated them
    for wrong in ({"RU": {"loss": [1], "val_loss": [1]}}, {"C": {"loss": [1]}}):
        with pytest.raises(InvalidInputError, match="histories"):
            write_comparison(evaluation, tmp_path / "out", **STUDY, histories=wrong)


@pytest.mark.usefixtures("one_figure_for_all")
def test_estimates_that_cannot_be_simulated_are_counted(evaluation: Path, tmp_path: Path) -> None:
    columns(lambda t: t.assign(sse_signals=math.nan))(evaluation / E)
    write_comparison(evaluation, tmp_path / "out", **STUDY)
    count = metrics_of(evaluation, "C")["quartets"]["evaluated"]
    assert re.search(rf"\| C \|.*\| {count} \|", read_text(tmp_path / "out"))


@pytest.mark.usefixtures("one_figure_for_all")
def test_unwritable_output_is_one_line(evaluation: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "figures" / "sorted_errors.png").mkdir(parents=True)
    with pytest.raises(DataFileError, match=r"sorted_errors.png: cannot be written"):
        write_comparison(evaluation, tmp_path / "out", **STUDY, models=FEW)


@pytest.mark.parametrize(
    ("error", "word"), [(0.05, "good"), (0.051, "bad"), (0.04, "good"), (0.3, "bad: no better than the baseline")]
)
def test_words_on_external_cases(error: float, word: str) -> None:
    assert case_word(error, 0.05, 0.2) == word
    assert case_word(0.1, 0.05, 0.5) == "fair"
