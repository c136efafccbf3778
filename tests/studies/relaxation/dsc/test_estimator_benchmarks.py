"""The benchmarks of estimators run, resume, and score what they ran."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from relaxnet.core.errors import InvalidInputError

ROOT = Path(__file__).parents[4]
BENCHMARKS = ROOT / "benchmarks"
NAMES = ("ln_a", "dh_j_per_mol", "x", "beta")


def run(script, *options):
    return subprocess.run(
        [sys.executable, BENCHMARKS / script, "--quick", "--workers", "1", *map(str, options)],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@pytest.fixture
def comparison(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from comparison import results, scores

    return results, scores


def lines_of(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def half(condition, number):
    """A sample's row, in a worker."""
    return {"condition": condition, "set": number, "half": number / 2}


def test_results_are_kept_and_only_missing_ones_are_made(comparison, tmp_path):
    results, _ = comparison
    keys = [("a", 0), ("a", 1), ("b", 0)]
    options = {"workers": 1, "label": "test", "warm_up": int}
    first = results.run(tmp_path, {"seed": 1}, keys[:2], half, **options)
    file = tmp_path / "results.jsonl"
    file.write_text(file.read_text().replace('"half": 0.5', '"half": 7') + '{"condition": "b", "se')  # killed there
    second = results.run(tmp_path, {"seed": 1}, keys, half, **options)
    assert [row["half"] for row in first] == [0.0, 0.5]
    assert [row["half"] for row in second] == [0.0, 7, 0.0]
    with pytest.raises(InvalidInputError, match="--folder"):
        results.run(tmp_path, {"seed": 2}, keys, half, **options)


@pytest.mark.slow
def test_estimators_are_compared_and_a_broken_run_goes_on(tmp_path):
    folder, docs = tmp_path / "results", tmp_path / "docs"
    options = ("--only", "rates-1", "--folder", folder, "--models", tmp_path / "none")
    first = run("estimators.py", *options)
    assert first.returncode == 0, first.stderr
    before = lines_of(folder)
    assert [row["set"] for row in before] == [0, 1]
    assert set(before[0]["answers"]) == {"network", "fit", "multistart", "LM good", "LM poor", "classical"}
    kept, lost = (folder / "results.jsonl").read_text().splitlines()
    (folder / "results.jsonl").write_text(f"{kept}\n{lost[:100]}")  # killed while writing
    second = run("estimators.py", *options, "--docs", docs)
    assert second.returncode == 0, second.stderr
    after = (folder / "results.jsonl").read_text().splitlines()
    assert after[0] == kept
    again = json.loads(after[-1])
    assert again["answers"]["fit"]["parameters"] == before[1]["answers"]["fit"]["parameters"]
    scored = json.loads((folder / "scores.json").read_text())
    assert {row["samples"] for row in scored} == {2}
    page = (docs / "benchmark.md").read_text()
    assert "| one rate |" in page
    assert (docs / "figures" / "benchmark-failures.png").stat().st_size > 5000
    other = run("estimators.py", *options, "--seed", 12)
    assert other.returncode == 2
    assert other.stderr.count("\n") == 1
    assert "--folder" in other.stderr


def test_an_unknown_condition_is_one_line(tmp_path):
    found = run("estimators.py", "--only", "sunshine", "--folder", tmp_path)
    assert found.returncode == 2
    assert found.stderr.strip().startswith("relaxnet: --only = sunshine: must be one of")
    assert found.stderr.count("\n") == 1


@pytest.mark.slow
def test_calibration_ranks_the_truth(tmp_path):
    found = run("calibration.py", "--folder", tmp_path / "results", "--docs", tmp_path / "docs")
    assert found.returncode == 0, found.stderr
    rows = lines_of(tmp_path / "results")
    assert len(rows) == 4
    ranks = [rank for row in rows for rank in row["answers"]["fit"]["ranks"] if row["condition"] == "prior"]
    assert all(0 <= rank <= 99 for rank in ranks)
    assert (tmp_path / "docs" / "figures" / "benchmark-ranks.png").exists()
    assert "two betas" in (tmp_path / "docs" / "benchmark.md").read_text()


def answer(error, *, flags=(), width=2.0):
    true = np.array([-80.0, 3e5, 0.5, 0.6])
    bound = np.array([1.0, 3e3, 0.01, 0.01])
    found = true + np.array(error) * bound
    interval = found[:, None] + width * bound[:, None] * np.array([-1.0, 1.0])
    return {"true": true.tolist(), "bound": bound.tolist(), "parameters": found.tolist(), "std": bound.tolist(),
            "interval_90": interval.tolist(), "flags": list(flags), "seconds": 0.1}  # fmt: skip


def test_scores_are_what_they_say(comparison):
    _, scores = comparison
    nothing = answer([np.nan] * 4, flags=("dh_unidentified",))
    rows = [answer([0, 1, 1, 1]), answer([0, -3, 1, 1]), answer([0, 1, 6, 1]), nothing]
    found = scores.scores(rows, NAMES)
    assert found["answered"] == 0.75
    assert found["failed"] == 0.5
    assert found["failed_unflagged"] == 0.25
    assert found["gross"] == 0.25  # none of those that answered
    assert found["held_dh_j_per_mol"] == pytest.approx(2 / 3)
    assert found["median_x"] == pytest.approx(0.01)
    assert found["rms_ratio_dh_j_per_mol"] == pytest.approx(np.sqrt(11 / 3))
    assert found["milliseconds"] == pytest.approx(100.0)


def test_figures_of_tables_have_two_digits(comparison):
    _, scores = comparison
    given = [0.01234, 1.234, 12.34, 1234.5, 0.0, 1e-5, np.nan]
    assert [scores.number(value) for value in given] == ["0.012", "1.2", "12", "1234", "0", "<0.001", "–"]


def test_parts_of_a_page_are_replaced(comparison):
    _, scores = comparison
    page = scores.put_into("# Title\n", "estimators", "usual", "| a |\n")
    page = scores.put_into(page + "\nThe end.\n", "estimators", "usual", "| b |\n")
    assert "| a |" not in page
    assert page.startswith("# Title\n")
    assert page.endswith("The end.\n")
