"""The report: deterministic JSON, a self-contained page, one line for the command line."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pytest

from relaxnet.core.errors import ValidationFailedError
from relaxnet.datasets.validation import ensure_valid, rounded
from relaxnet.reporting.validation import write_validation
from relaxnet.studies.relaxation.dataset import Dataset, select, write_dataset
from relaxnet.studies.relaxation.expectations.dataset import validate_dataset
from relaxnet.studies.relaxation.params import ValidateConfig
from relaxnet.studies.relaxation.physics import chr_program

CONFIG = ValidateConfig(
    scaling_sample=2, area_tolerance_k=0.5, end_tolerance=1e-3, usual_cp_n_max=6.0, usual_share=0.75
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    quartets = select("C", 20, seed=1)
    folder = tmp_path_factory.mktemp("dataset")
    write_dataset(folder, quartets.parameters(), source="C", program=chr_program(), seed=1, index=quartets)
    return folder


@pytest.fixture(scope="module")
def valid(folder):
    return validate_dataset(Dataset(folder), CONFIG, subset="C", expected_quartets=20)


@pytest.fixture(scope="module")
def invalid(folder):
    strict = CONFIG.model_copy(update={"end_tolerance": 1e-9})
    return validate_dataset(Dataset(folder), strict, subset="C", expected_quartets=21)


def test_equal_data_give_equal_bytes(folder, valid, tmp_path):
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    again = validate_dataset(Dataset(elsewhere), CONFIG, subset="C", expected_quartets=20)
    write_validation(valid, tmp_path / "a.json", tmp_path / "a.html")
    write_validation(again, tmp_path / "b.json", tmp_path / "b.html")
    for kind in ("json", "html"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_json_holds_no_path_and_only_plain_values(folder, valid, invalid):
    for report in (valid, invalid):
        text = json.dumps(report.to_json_dict(), allow_nan=False)
        assert str(folder.parent) not in text
        assert json.loads(text) == report.to_json_dict()


def test_page_is_self_contained(valid, tmp_path):
    write_validation(valid, tmp_path / "report.json", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    own = re.sub(r'src="data:image/png;base64,[^"]*"', "", page)
    assert not re.search(r"https?://|<link|src=|@import|url\(", own)
    assert "prefers-color-scheme: dark" in page
    assert page.count('<img src="data:image/png;base64,') == 1
    assert "✓ Valid." in page
    assert f"All {len(valid.results)} expectations are met" in page
    assert "✗" not in page


def test_page_shows_broken_expectations_first(invalid, tmp_path):
    write_validation(invalid, tmp_path / "report.json", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "✗ Not valid." in page
    assert "Observed 20; must be 21." in page
    assert page.index("✗ broken") < page.index("All expectations") < page.index("✓ met")
    table = page[page.index("All expectations") :]
    assert table.rindex("✗ broken") < table.index("✓ met")
    assert "quartet 0:" in page


def test_page_escapes_what_files_say(valid, tmp_path):
    report = replace(valid, subset="<b>C</b>")
    write_validation(report, tmp_path / "report.json", tmp_path / "report.html")
    assert "<b>C</b>" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_ensure_valid(valid, invalid):
    ensure_valid(valid)
    with pytest.raises(ValidationFailedError) as caught:
        ensure_valid(invalid)
    assert str(caught.value).startswith("C: Number of quartets: observed 20: must be 21")
    assert "\n" not in str(caught.value)


def test_ensure_valid_names_the_first_rows(invalid):
    ends = replace(invalid, results=tuple(r for r in invalid.results if r.name.startswith("Glass end")))
    with pytest.raises(
        ValidationFailedError, match=r"must be at most 1e-9; failing rows: 18, first: 0 \(glass_end_error"
    ):
        ensure_valid(ends)


def test_rounded():
    assert rounded(1.23456789) == 1.23457
    assert rounded(float("inf")) == "inf"
    assert rounded("word") == "word"
