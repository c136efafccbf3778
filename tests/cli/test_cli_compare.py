"""``relaxnet compare`` from the command line."""

import shutil
import sys
from pathlib import Path

import pytest

from relaxnet.cli.command import main

sys.path.insert(0, str(Path(__file__).parent / "comparison"))
from synthetic_evaluations import write_evaluation

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_evaluation(folder / "reports" / "evaluation", ("C", "G", "C-w1"), quartets=60)
    return folder


def test_the_page_of_all_models_remembers_itself(evaluated, capsys):
    assert main(["compare", "--folder", str(evaluated)]) == 0
    page = Path(capsys.readouterr().out.strip())
    assert page == evaluated / "reports" / "comparison" / "index.html"
    assert "Real materials" in page.read_text()
    assert (evaluated / ".relaxnet" / "comparison.json").exists()


def test_some_models_elsewhere(evaluated, tmp_path, capsys):
    assert main(["compare", "C-w1", "C", "--folder", str(evaluated), "--output", str(tmp_path / "two")]) == 0
    markdown = (tmp_path / "two" / "comparison.md").read_text()
    assert markdown.startswith("# Comparison of relaxation networks\n\nTwo models")
    assert markdown.index("| C-w1 |") < markdown.index("| C |")
    assert "Real materials" not in markdown  # they were estimated by G


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["C", "G"], "a page over some models needs --output, a folder of its own"),
        (["C", "LU", "--output", "@"], "models = LU: must be one of C, C-w1, G"),
        (
            ["--folder", "nowhere", "--output", "@"],
            "nowhere/reports/evaluation: no evaluation found: run",
        ),
    ],
)
def test_bad_choices_are_one_line(evaluated, tmp_path, capsys, words, message):
    folder = [] if "--folder" in words else ["--folder", str(evaluated)]
    words = [str(tmp_path / "out") if word == "@" else word for word in words]
    assert main(["compare", *words, *folder]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert not (tmp_path / "out").exists()


def test_models_of_the_params_in_their_order(evaluated, tmp_path, capsys):
    folder = tmp_path / "project"
    shutil.copytree(evaluated / "reports" / "evaluation", folder / "reports" / "evaluation")
    shutil.copytree(folder / "reports" / "evaluation" / "G", folder / "reports" / "evaluation" / "G-old")
    shutil.copy(PARAMS, folder)
    assert main(["compare", "--folder", str(folder)]) == 0
    markdown = (folder / "reports" / "comparison" / "comparison.md").read_text()
    assert "G-old" not in markdown
    assert markdown.index("| C |") < markdown.index("| G |") < markdown.index("| C-w1 |")
