"""The page of a search says what its numbers say."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from relaxnet.core.files import read_json
from relaxnet.reporting.searches import Objective, SearchFacts, value_text, write_page
from relaxnet.reporting.searches.lessons import lessons
from relaxnet.search.front import compromise, pareto_front
from relaxnet.search.importance import importances
from relaxnet.search.records import SearchResult, TrialRecord
from relaxnet.search.space import ParameterConfig

SPACE = {
    "rate": ParameterConfig(low=0.01, high=1.0, log=True),
    "kind": ParameterConfig(choices=("a", [1, 2])),
    "size": ParameterConfig(low=1, high=4, when={"kind": ("a",)}),
    "fixed": ParameterConfig(choices=(None,)),
}
SCORE = Objective("score", "relative RMSE")
WEIGHT, LENGTH = Objective("weight", "error of w", "kg", 1e-3), Objective("length", "error of l", "m")


def trial(number, values, *, rate=0.1, kind="a", state="complete", **more):
    params = {"rate": rate, "kind": kind, **({"size": 2} if kind == "a" else {}), "fixed": None}
    return TrialRecord(number, params, state, tuple(values), **more)


LONG = {
    "loss": ParameterConfig(choices=("rmse", "mse", "mae", {"name": "huber", "delta": 0.02}, "log_cosh")),
    "network": ParameterConfig(choices=("lab.studies.something.networks.cnn:cnn", "lab.studies.something.levels:deep")),
    "output": ParameterConfig(choices=("linear", "non-negative", "area")),
}


MANY = {
    "loss": ParameterConfig(
        choices=("rmse", "mse", "smooth_l1", "log_cosh", {"name": "huber", "delta": 0.02}, "mae", "cosine", "pearson")
    ),
    "network": ParameterConfig(choices=("resnet50", "vgg16", "densenet121", "equivariant", "boosting", "mean")),
    "levels": ParameterConfig(choices=("lab.a.levels:levels", "lab.b.levels:levels")),
}
ONE = {name: ParameterConfig(choices=parameter.choices[:1]) for name, parameter in LONG.items()}


def long_names(space=LONG):
    """A search over choices of long names."""
    return [
        TrialRecord(n, {name: p.choices[n % len(p.choices)] for name, p in space.items()}, "complete", (1.0 + n,))
        for n in range(12)
    ]


def facts(trials, objectives=(SCORE,), best=None, space=SPACE, epochs=5):
    complete = [t for t in trials if t.values]
    if best is None and len(objectives) > 1:
        best = compromise(pareto_front(complete))
    result = SearchResult(best or min(complete, key=lambda t: t.values[0]), tuple(trials), "study-1")
    errors = objectives if len(objectives) > 1 else ()
    return SearchFacts("s", "Search s", space, objectives, errors, result, "TPE, seed 1", "median", epochs)


def single():
    """The lower the rate the better; the kind is nearly without effect."""
    rates = np.geomspace(0.01, 1.0, 24)
    found = [
        trial(n, [0.2 + 0.1 * np.log10(100 * rate) + 0.001 * (n % 2)], rate=float(rate), kind="a" if n % 2 else [1, 2])
        for n, rate in enumerate(rates)
    ]
    pruned = trial(24, (), state="pruned", steps={0: 0.9, 1: 0.8})
    return [*found, pruned, trial(25, (), state="failed", reason="<b>the loss blew up</b>")]


def several():
    pairs = [(1000, 4.0), (2000, 2.0), (4000, 1.0), (4000, 3.0)]
    return [trial(n, pair, rate=0.1 * (n + 1)) for n, pair in enumerate(pairs)]


def test_the_front_and_its_compromise():
    trials = several()
    assert [t.number for t in pareto_front(trials)] == [0, 1, 2]
    assert compromise(pareto_front(trials)).number == 1


def test_what_matters_is_found():
    shares = importances(SPACE, single())
    assert list(shares) == ["rate", "kind"]  # the size does not always exist, and the fixed one does not vary
    assert shares["rate"] > 0.9
    assert sum(shares.values()) == pytest.approx(1.0)
    assert importances(SPACE, single()[:9]) == {}


def test_lessons_of_one_objective():
    found = lessons(facts(single()))
    assert found[0] == "26 trials of up to 5 epochs each: 24 complete, 1 stopped early and 1 failed."
    assert found[1] == "Trial 0 is the best, with 0.200: 33 % below the median of the complete trials."
    assert re.fullmatch(r"Of the variance of the relative RMSE, the parameters explain: rate (9\d|100) %\..*", found[3])
    (text,) = [line for line in found if line.startswith("In the best third of the trials, rate is 0.01 to")]
    assert "(searched: 0.01 to 1)" in text
    worse = lessons(facts([trial(n, [1.0 - 0.01 * n]) for n in range(12)]))
    assert "The last third of the complete trials lowered the best by 4 %: more trials may pay." in worse


def test_lessons_of_several_objectives():
    found = lessons(facts(several(), (WEIGHT, LENGTH)))
    assert found[1] == (
        "Three trials of 4 lie on the Pareto front. Chosen is trial 1, no error of which exceeds 2.00 times the lowest "
        "of the front: error of w 2.00 kg and error of l 2.00 m."
    )
    assert found[2] == (
        "The parameters of trial 0 (rate = 0.1 instead of 0.2) would lower the error of w by 50 % to 1.00 kg, at the "
        "price of 100 % more error of l."
    )
    assert found[-1].startswith("With fewer than 10 complete trials")


@pytest.mark.parametrize(("trials", "objectives"), [(single(), (SCORE,)), (several(), (WEIGHT, LENGTH))])
def test_the_page_is_whole(tmp_path, trials, objectives):
    shown = facts(trials, objectives)
    write_page(shown, tmp_path)
    page = (tmp_path / "index.html").read_text()
    own = re.sub(r'<script id="plotly">.*?</script>', "", page, flags=re.DOTALL)
    assert not re.search(r"https?:|url\(|<script[^>]+src|@import", own)
    assert "<b>the loss" not in own
    for sentence in lessons(shown):
        assert sentence in own.replace("&lt;", "<").replace("&gt;", ">")
    data = json.loads(re.search(r'id="figure-data">(.*?)</script>', page, flags=re.DOTALL)[1])
    assert [t["number"] for t in data["trials"]] == [t.number for t in trials]
    assert [p["name"] for p in data["parameters"]] == ["rate", "kind", "size"]
    if len(objectives) > 1:
        assert data["trials"][0]["values"] == [1.0, 4.0]  # in the unit for people
        assert [t["front"] for t in data["trials"]] == [True, True, True, False]
    else:
        assert data["trials"][24]["values"] == [0.8]  # the last that it reported
        assert "size" not in data["trials"][0]["places"]
    best = read_json(tmp_path / "best_params.json")
    assert best["params"] == shown.result.best.params
    assert best["value"] == (shown.result.best.values[0] if len(objectives) == 1 else {"weight": 2000, "length": 2.0})
    table = pd.read_csv(tmp_path / "trials.csv")
    assert table["number"].tolist() == [t.number for t in trials]
    assert table["state"].tolist() == [t.state for t in trials]


def shown_in(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_names_are_shown_without_their_package_and_kept_whole_for_programs(tmp_path):
    write_page(facts(long_names()[:4], space=LONG, epochs=1), tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "lab.studies" not in shown_in(page)
    assert "loss = huber (delta 0.02); network = levels:deep; output = linear" in shown_in(page)
    assert "Four trials of one epoch each: 4 complete." in page
    data = json.loads(re.search(r'id="figure-data">(.*?)</script>', page, flags=re.DOTALL)[1])
    texts = {parameter["name"]: parameter["texts"] for parameter in data["parameters"]}
    assert texts["network"] == ["cnn", "levels:deep"]
    assert texts["loss"][3] == "huber (delta 0.02)"
    assert read_json(tmp_path / "best_params.json")["params"]["network"] == LONG["network"].choices[0]


def test_names_that_only_their_packages_tell_apart_keep_them(tmp_path):
    space = {"levels": MANY["levels"]}
    trials = long_names(space)
    found = facts(trials, space=space)
    assert found.choice_texts == {"levels": space["levels"].choices}
    write_page(found, tmp_path)
    assert "levels = lab.b.levels:levels" in shown_in((tmp_path / "index.html").read_text())
    (text,) = [line for line in lessons(found) if line.startswith("Median")]
    assert "lab.a.levels:levels 6 (6) and lab.b.levels:levels 7 (6)" in text


@pytest.mark.parametrize("text", ["10.0.0.1:80", "same", "a:b", "a.b", "kernel.3x3:1"])
def test_other_texts_stay_as_they_are(text):
    assert value_text(text) == text
