"""The pages are complete: no gap that was to be filled, no figure without a page or the other way round."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
BLOCK = re.compile(r"<!-- from (?P<command>.*?) -->(?P<lines>.*?)<!-- to here -->", re.DOTALL)
FIGURE = re.compile(r"\]\(([^)\s]+\.(?:png|svg))\)|src=\"([^\"]+\.(?:png|svg))\"")


def gaps(text):
    """Placeholders, and blocks that a command is to write and has not."""
    empty = [found["command"] for found in BLOCK.finditer(text) if not found["lines"].strip()]
    return [*re.findall(r"@@\w*@*", text), *empty]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_gaps(page):
    assert gaps(page.read_text(encoding="utf-8")) == []


def test_gaps_are_found():
    assert gaps("a\n@@RESULTS@@\n<!-- from a.py -->\n\n<!-- to here -->") == ["@@RESULTS@@", "a.py"]
    assert gaps("<!-- from a.py -->\n| 1 |\n<!-- to here -->") == []


def test_every_figure_is_on_a_page_and_every_page_has_its_figures():
    named = {
        (page.parent / (first or second)).resolve()
        for page in PAGES
        for first, second in FIGURE.findall(page.read_text(encoding="utf-8"))
        if "://" not in first + second
    }
    assert [str(path.relative_to(ROOT)) for path in named if not path.exists()] == []
    there = {path for path in (ROOT / "docs" / "figures").iterdir() if path.suffix in {".png", ".svg"}}
    unused = {path for path in there - named if path.with_suffix(".png") not in named}  # for print, beside the other
    assert sorted(path.name for path in unused) == []
