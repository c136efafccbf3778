"""The report as a browser shows it: ``make test-browser`` (needs a Chromium on the PATH)."""

import html
import json
import re
import shutil
import subprocess

import pytest
from synthetic_evaluations import MODELS, add_test_sets, histories, write_evaluation

from relaxnet.reporting.comparison import write_comparison
from relaxnet.studies.relaxation.report import REPORT
from relaxnet.studies.relaxation.samples.targets import TARGETS

pytestmark = pytest.mark.browser

CATCH = """<script>
const failures = [];
addEventListener("error", event => failures.push(event.message));
addEventListener("unhandledrejection", event => failures.push(String(event.reason)));
</script>"""
FRAME = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe style="border:0;width:{width}px;height:30000px" srcdoc="{page}"></iframe>
<script>
const frame = document.querySelector("iframe");
const report = found => document.body.insertAdjacentHTML("beforeend", "<pre id=found></pre>")
  || (document.getElementById("found").textContent = JSON.stringify(found));
frame.onload = () => setTimeout(async () => {{
  const page = frame.contentDocument, view = frame.contentWindow;
  const wait = () => new Promise(done => setTimeout(done, 500));
  try {{ report(await (async () => {{ {body} }})()); }} catch (error) {{ report({{failures: [String(error)]}}); }}
}}, 4000);
</script>"""
LOOK = """
const plots = [...page.querySelectorAll(".plot")], map = page.querySelector("[data-maps]");
const bar = () => [...map.querySelectorAll(".cbtitle, .infolayer text")].map(t => t.textContent).join(" ");
const before = bar(), select = map.previousElementSibling.querySelectorAll("select")[2];
select.value = select.options.length - 1;
select.dispatchEvent(new view.Event("change"));
await wait();
const table = page.querySelector("#errors ~ .scroll table.sortable"), head = table.tHead.rows[0].cells[1];
const column = () => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[1].textContent.replace("−", "-")));
head.click();
const rising = column();
head.click();
const falling = column();
const frames = [...page.querySelectorAll(".scroll, figure")].filter(frame => frame.offsetParent);
const hinted = frame => frame.previousElementSibling?.matches(".hint:not([hidden])") ?? false;
const overflows = frame => frame.scrollWidth > frame.clientWidth + 1;
const hints = frames.map(frame => [overflows(frame), hinted(frame), frame.classList.contains("more")]);
const first = frames.find(frame => frame.matches(".scroll"));
first.scrollLeft = first.scrollWidth;
first.dispatchEvent(new view.Event("scroll"));  // a browser without a screen paints no frames, so it sends none itself
const beyond = item => item.getBoundingClientRect().right > view.innerWidth + 0.5;
const free = item => item.offsetParent && !item.parentElement.closest(".scroll, figure, .plot");
const outside = [...page.body.querySelectorAll("*")].filter(item => free(item) && beyond(item));
return {hints, outside: outside.map(item => item.outerHTML.slice(0, 80)), atEnd: first.classList.contains("more"),
  failures: view.eval("failures"), plots: plots.length, before, after: bar(), rising, falling,
  drawn: plots.filter(p => p.querySelector(".main-svg")).length,
  empty: plots.filter(p => !p.querySelector(".trace, .heatmaplayer image")).map(p => p.getAttribute("aria-label")),
  wide: page.documentElement.scrollWidth - view.innerWidth};
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    write_evaluation(folder / "evaluation", quartets=120)
    add_test_sets(folder / "evaluation", {"lattice": 1.0, "between": 2.0, "between_noisy": 3.0}, fit=0.1)
    shown = {"spec": REPORT, "targets": TARGETS, "models": MODELS, "histories": histories(("C", "G"))}
    write_comparison(folder / "evaluation", folder / "page", **shown)
    return (folder / "page" / "index.html").read_text()


@pytest.fixture(scope="module", params=[390, 1200])
def width(request):
    return request.param


@pytest.fixture(scope="module")
def found(width, page, tmp_path_factory):
    """What the script `LOOK` finds on the page, on a phone and on a desk."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "no Chromium on the PATH"
    folder = tmp_path_factory.mktemp("frame")
    inner = html.escape(page.replace("<head>", f"<head>{CATCH}", 1))
    (folder / "frame.html").write_text(FRAME.format(width=width, page=inner, body=LOOK))
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--window-size=1300,30000",
        "--virtual-time-budget=20000", "--dump-dom",
    ]  # fmt: skip
    address = (folder / "frame.html").as_uri()
    shown = subprocess.run([browser, *options, address], capture_output=True, text=True, timeout=300, check=True)
    match = re.search(r'<pre id="found">(.*?)</pre>', shown.stdout, re.DOTALL)
    assert match, "the script did not end"
    return json.loads(html.unescape(match[1]))


def test_no_script_fails(found):
    assert found["failures"] == []


def test_every_figure_is_drawn_and_shows_something(found):
    assert found["plots"] == found["drawn"] == 4 + 2 + 2
    assert found["empty"] == []


def test_another_colour_is_another_map(found):
    assert "SSE of signals" in found["before"]
    assert "quartets in the cell (count)" in found["after"]


def test_a_click_sorts_a_table_and_a_second_one_turns_it(found):
    assert len(found["rising"]) == len(MODELS)
    assert found["rising"] == sorted(found["rising"])
    assert found["falling"] == sorted(found["rising"], reverse=True)


def test_nothing_is_wider_than_the_screen(found):
    assert found["wide"] <= 0
    assert found["outside"] == []


def test_what_scrolls_says_so_and_nothing_else_does(found, width):
    assert all(overflows == hint == shadow for overflows, hint, shadow in found["hints"])
    scrolling = sum(overflows for overflows, *_ in found["hints"])
    assert scrolling >= 15 if width == 390 else scrolling < len(found["hints"]) / 3
    assert not found["atEnd"]  # scrolled to its end, a table has no shadow left


def test_the_evidence_fits_a_desk_and_comes_first(found, width):
    first = found["hints"][1]  # after the map, which fits any screen
    assert not found["hints"][0][0]
    assert first[0] == (width == 390)
