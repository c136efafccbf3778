"""The page of a search as a browser shows it: ``make test-browser`` (needs a Chromium on the PATH)."""

import html
import json
import re
import shutil
import subprocess

import pytest
from test_in_a_browser import CATCH, FRAME
from test_search_page import LENGTH, LONG, MANY, ONE, SCORE, SPACE, WEIGHT, facts, long_names, several, single

from relaxnet.reporting.searches import write_page
from relaxnet.reporting.searches.facts import is_numeric

pytestmark = pytest.mark.browser

LOOK = """
const plots = [...page.querySelectorAll(".plot")];
const free = item => item.offsetParent && !item.parentElement.closest(".scroll, figure, .plot");
const beyond = item => item.getBoundingClientRect().right > view.innerWidth + 0.5;
const outside = [...page.body.querySelectorAll("*")].filter(item => free(item) && beyond(item));
const seen = (plot, text) => text.style.display !== "none"
  && text.getBoundingClientRect().bottom <= plot.getBoundingClientRect().bottom;
const count = (plot, kind) => [...plot.querySelectorAll(kind)].filter(text => seen(plot, text)).length;
const over = plot => {  // in pixels, of one label over the next
  const boxes = [...plot.querySelectorAll(".xtick text")].map(text => text.getBoundingClientRect());
  return Math.max(0, ...boxes.slice(1).map((box, i) => boxes[i].right - box.left));
};
const labels = plot => [count(plot, ".xtick text"), count(plot, ".xtitle"), over(plot)];
return {failures: view.eval("failures"), plots: plots.length, outside: outside.map(item => item.outerHTML.slice(0, 80)),
  drawn: plots.filter(p => p.querySelector(".main-svg")).length,
  empty: plots.filter(p => !p.querySelector(".trace, .parcoords")).map(p => p.getAttribute("aria-label")),
  labels: Object.fromEntries(plots.filter(p => p.dataset.slice).map(p => [p.dataset.slice, labels(p)])),
  wide: page.documentElement.scrollWidth - view.innerWidth};
"""


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize(
    ("trials", "objectives", "space", "plots"),
    [
        (single(), (SCORE,), SPACE, 6),
        (several(), (WEIGHT, LENGTH), SPACE, 7),
        (long_names(), (SCORE,), LONG, 6),
        (long_names(MANY), (SCORE,), MANY, 6),
        (long_names(ONE), (SCORE,), ONE, 2),
    ],
)
def test_all_figures_are_drawn_and_nothing_is_wider_than_the_screen(tmp_path, width, trials, objectives, space, plots):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "no Chromium on the PATH"
    shown_facts = facts(trials, objectives, space=space)
    write_page(shown_facts, tmp_path)
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
    for number, parameter in enumerate(shown_facts.varied.values()):
        ticks, titles, over = found["labels"][str(number)]
        assert titles == 1
        if not is_numeric(parameter):
            assert over <= 1
        assert ticks == len(parameter.choices) if parameter.choices else ticks > 1
    assert found["wide"] <= 0
