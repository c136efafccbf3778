"""The page of a search as a browser shows it: ``make test-browser`` (needs a Chromium on the PATH)."""

import html
import json
import re
import shutil
import subprocess

import pytest
from test_in_a_browser import CATCH, FRAME
from test_search_page import LENGTH, SCORE, WEIGHT, facts, several, single

from relaxnet.reporting.searches import write_page

pytestmark = pytest.mark.browser

LOOK = """
const plots = [...page.querySelectorAll(".plot")];
const free = item => item.offsetParent && !item.parentElement.closest(".scroll, figure, .plot");
const beyond = item => item.getBoundingClientRect().right > view.innerWidth + 0.5;
const outside = [...page.body.querySelectorAll("*")].filter(item => free(item) && beyond(item));
return {failures: view.eval("failures"), plots: plots.length, outside: outside.map(item => item.outerHTML.slice(0, 80)),
  drawn: plots.filter(p => p.querySelector(".main-svg")).length,
  empty: plots.filter(p => !p.querySelector(".trace, .parcoords")).map(p => p.getAttribute("aria-label")),
  wide: page.documentElement.scrollWidth - view.innerWidth};
"""


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize(("trials", "objectives", "plots"), [(single(), (SCORE,), 6), (several(), (WEIGHT, LENGTH), 7)])
def test_all_figures_are_drawn_and_nothing_is_wider_than_the_screen(tmp_path, width, trials, objectives, plots):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "no Chromium on the PATH"
    write_page(facts(trials, objectives), tmp_path)
    inner = html.escape((tmp_path / "index.html").read_text().replace("<head>", f"<head>{CATCH}", 1))
    (tmp_path / "frame.html").write_text(FRAME.format(width=width, page=inner, body=LOOK))
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
        "--window-size=1300,30000", "--virtual-time-budget=20000", "--dump-dom",
    ]  # fmt: skip
    address = (tmp_path / "frame.html").as_uri()
    shown = subprocess.run([browser, *options, address], capture_output=True, text=True, timeout=300, check=True)
    match = re.search(r'<pre id="found">(.*?)</pre>', shown.stdout, re.DOTALL)
    assert match, "the script did not end"
    found = json.loads(html.unescape(match[1]))
    assert found["failures"] == []
    assert found["plots"] == found["drawn"] == plots
    assert found["empty"] == []
    assert found["outside"] == []
    assert found["wide"] <= 0
