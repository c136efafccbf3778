"""``relaxnet compare`` and ``relaxnet report`` from the command line."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from relaxnet.cli.command import main

sys.path.insert(0, str(Path(__file__).parents[1] / "reporting"))
from reading import read_text
from synthetic_evaluations import add_test_sets, write_evaluation

pytestmark = pytest.mark.usefixtures("one_figure_for_all")
PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(PARAMS, folder)
    write_evaluation(folder / "reports" / "relaxation" / "evaluation", ("C", "G", "C-w1"), quartets=60)
    return folder


def refused(capsys, *words):
    """The one line that a command ends with."""
    assert main([*words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"relaxnet: [^\n]+\n", captured.err)
    return captured.err.removeprefix("relaxnet: ").rstrip("\n")


def test_the_page_of_all_models_remembers_itself(evaluated, capsys):
    assert main(["compare", "--folder", str(evaluated)]) == 0
    page = Path(capsys.readouterr().out.strip())
    assert page == evaluated / "reports" / "relaxation" / "comparison" / "index.html"
    assert "Real materials" in page.read_text()
    assert (evaluated / ".relaxnet" / "relaxation" / "comparison.json").exists()


def test_some_models_elsewhere(evaluated, tmp_path, capsys):
    words = ["compare", "C-w1", "C", "--study", "relaxation", "--folder", str(evaluated)]
    assert main([*words, "--output", str(tmp_path / "two")]) == 0
    text = read_text(tmp_path / "two")
    assert re.search("# Comparison of relaxation networks\n+Two models", text)
    assert text.index("| C-w1 |") < text.index("| C |")
    assert "Real materials" not in text  # they were estimated by G


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["C", "G"], "a page over some models needs --output, a folder of its own"),
        (["C", "LU", "--output", "@"], "models = LU: must be one of C, C-w1, G"),
        (["--folder", "nowhere", "--output", "@"], "nowhere/reports/relaxation/evaluation: no evaluation found: run"),
        (["--study", "elastic"], "study = elastic: must be one of "),
    ],
)
def test_bad_choices_are_one_line(evaluated, tmp_path, capsys, words, message):
    folder = [] if "--folder" in words else ["--folder", str(evaluated)]
    words = [str(tmp_path / "out") if word == "@" else word for word in words]
    assert message in refused(capsys, "compare", *words, *folder)
    assert not (tmp_path / "out").exists()


def test_pages_of_models_are_an_extra(evaluated, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    line = refused(capsys, "compare", "--folder", str(evaluated))
    assert line == 'relaxnet compare needs more: pip install ".[pipeline]" in a checkout'


def test_models_of_the_params_in_their_order(evaluated, tmp_path, capsys):
    folder = tmp_path / "project"
    evaluation = folder / "reports" / "relaxation" / "evaluation"
    shutil.copytree(evaluated / "reports" / "relaxation" / "evaluation", evaluation)
    shutil.copytree(evaluation / "G", evaluation / "G-old")
    shutil.copy(PARAMS, folder)
    assert main(["compare", "--folder", str(folder)]) == 0
    text = read_text(folder / "reports" / "relaxation" / "comparison")
    assert "G-old" not in text
    text = text[text.index("# Share of estimates") :]
    assert text.index("| C |") < text.index("| G |") < text.index("| C-w1 |")


def test_report_in_a_few_lines(evaluated, capsys):
    assert main(["compare", "--folder", str(evaluated)]) == 0
    capsys.readouterr()
    assert main(["report", "--folder", str(evaluated)]) == 0
    title, head, *rows = capsys.readouterr().out.strip().splitlines()
    assert title == "Relaxation: test quartets estimated within (percent):"
    assert re.split(r" {2,}", head.strip()) == [
        "model", "region", "w_ln_a", "β ≤ 0.02", "x ≤ 0.02", "Δh* ≤ 10 kJ/mol", "ln(A/s) ≤ 10",
    ]  # fmt: skip
    assert [row.split()[:3] for row in rows[:3]] == [["C", "C", "0.1"], ["C-w1", "C", "1"], ["G", "G", "0.1"]]
    assert all(0 <= float(share) <= 100 for row in rows[:3] for share in row.split()[3:])
    assert any(line.startswith("  comparison page") and line.endswith("comparison/index.html") for line in rows)


def test_models_of_the_past_are_named_but_not_shown(evaluated, tmp_path, capsys):
    shutil.copytree(evaluated, tmp_path / "p")
    evaluation = tmp_path / "p" / "reports" / "relaxation" / "evaluation"
    for old in ("C", "G", "C-w1"):
        shutil.move(evaluation / old, evaluation / f"old-{old}")
    line = refused(capsys, "report", "--folder", str(tmp_path / "p"))
    assert "no model of" in line
    assert "params.yaml is evaluated: run `make repro`" in line
    shutil.move(evaluation / "old-C", evaluation / "C")
    assert main(["report", "--folder", str(tmp_path / "p")]) == 0
    text = capsys.readouterr().out
    assert "  (not in params.yaml any more: old-C-w1, old-G)" in text
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  C")] == ["C"]


def test_report_on_nothing(tmp_path, capsys):
    assert "no evaluation found: run `make repro` first" in refused(capsys, "report", "--folder", str(tmp_path))


@pytest.fixture
def report(evaluated, tmp_path, monkeypatch):
    """Folder of evaluations that may be changed."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copytree(evaluated, tmp_path / "project")
    return tmp_path / "project"


def test_report_sets_the_mildest_and_the_hardest_test_side_by_side(report, capsys):
    evaluation = report / "reports" / "relaxation" / "evaluation"
    add_test_sets(evaluation, {"lattice": 1.0, "between": 2.0, "between_noisy": 3.0}, ("C", "G"))
    file = evaluation / "C" / "metrics.json"
    content = json.loads(file.read_text())
    content["tests"]["between_noisy"]["targets"]["beta"]["within"]["0.02"] = 0.125
    file.write_text(json.dumps(content))
    assert main(["report", "--folder", str(report)]) == 0
    title, _, first, second, *_ = capsys.readouterr().out.strip().splitlines()
    assert title.endswith("(percent, on the lattice / between its points with noise):")
    share = f"{100 * content['targets']['beta']['within']['0.02']:.1f}"
    assert first.split()[:6] == ["C", "C", "0.1", share, "/", "12.5"]
    assert second.split()[:6] == ["C-w1", "C", "1", "–", "/", "–"]


def test_report_names_the_server_that_keeps_the_runs(report, capsys, monkeypatch):
    assert main(["report", "--folder", str(report)]) == 0
    assert "make ui, then http://127.0.0.1:5000 (experiment relaxation" in capsys.readouterr().out
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example/store/")
    assert main(["report", "--folder", str(report)]) == 0
    assert re.search(r"all runs +https://mlflow\.example/store \(experiment relaxation", capsys.readouterr().out)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///x")
    assert "MLFLOW_TRACKING_URI = file:///x: must be" in refused(capsys, "report", "--folder", str(report))


@pytest.mark.parametrize("key", ["model", "loss_weights", "targets", "training", "run_id"])
def test_a_damaged_evaluation_is_one_line_with_the_command_that_mends_it(report, capsys, key):
    file = report / "reports" / "relaxation" / "evaluation" / "C" / "metrics.json"
    content = json.loads(file.read_text())
    without = {name: value for name, value in content.items() if name != key}
    for text in (json.dumps(without), json.dumps(content | {key: [1]}), "[]", file.read_text()[:100]):
        file.write_text(text)
        line = refused(capsys, "report", "--folder", str(report))
        assert "C/metrics.json: " in line
        assert line.endswith("; make it anew: dvc repro -f -s evaluate@C")


def test_a_damaged_entry_of_a_target_or_of_the_registry_is_one_line(report, capsys):
    registered = report / "reports" / "relaxation" / "registered.json"
    registered.write_text('{"C": {"name": "relaxnet-relaxation-C"}}')
    line = refused(capsys, "report", "--folder", str(report))
    end = "registered.json: C.version = (missing): must be given; make it anew: dvc repro -f -s register"
    assert line.endswith(end)
    registered.write_text('{"name": "relaxnet-relaxation"}')
    assert "registered.json: name = relaxnet-relaxation: must be" in refused(capsys, "report", "--folder", str(report))
    file = report / "reports" / "relaxation" / "evaluation" / "C" / "metrics.json"
    content = json.loads(file.read_text())
    content["targets"]["beta"]["within"] = {}
    file.write_text(json.dumps(content))
    assert "metrics.json: targets: '0.02' is missing" in refused(capsys, "report", "--folder", str(report))
