"""The comparison serves a study that it has never heard of."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import relaxnet.reporting.comparison
from relaxnet.reporting.comparison import LeftOut, ReferenceFigure, References, SseColumn, Study, TargetStyle, write_comparison
from relaxnet.core.errors import DataFileError
from relaxnet.evaluation.metrics import target_metrics

TARGETS = {"modulus_pa": ("Pa", 5e10, 4e10, (1e9, 5e9)), "poisson": ("1", 0.3, 0.1, (0.01,))}
BENDING = Study(
    title="Comparison of bending networks",
    sample="specimen",
    samples="specimens",
    targets={"modulus_pa": TargetStyle("E", "Pa", "GPa", 1e-9, digits=4)},
    sse=(SseColumn("sse_moduli", of="moduli", axis="SSE of moduli (–)", text="Of both moduli, normalised."),),
)
# Names and words of the first study, of its paper and of its materials.
RELAXATION = re.compile(
    r"ln_?a\b|ln\(a|\bln a|\bdh|\bbeta\b|β|δh|cp_?n|glass|relaxation|tnm|kww|quartet|signal|scan|\bpeak|j/mol|kelvin"
    r"|fictive|enthalp|temperature|material|inside_plane|selen|acetamin|as2se3|130107|fig\. 9|sse_parameters",
    re.IGNORECASE,
)


def write_bending(folder: Path, specimens: int = 60, **extra: object) -> Path:
    """Two models of the bending study: one good, one that knows nothing of the second target."""
    for seed, name in enumerate(("thin", "thick")):
        rng = np.random.default_rng(seed)
        table = pd.DataFrame({"specimen": [f"{name}-{n}</script><b>" for n in range(specimens)]})
        targets = {}
        for target, (unit, centre, spread, thresholds) in TARGETS.items():
            true = centre + spread * rng.uniform(-1, 1, specimens)
            error = spread * (0.9 if (name, target) == ("thick", "poisson") else 0.05)
            columns = true, true + error * rng.normal(size=specimens), np.full(specimens, centre)
            for kind, values in zip(("true", "estimate", "baseline"), columns, strict=True):
                table[f"{kind}_{target}"] = values
            targets[target] = {"unit": unit, **target_metrics(*columns, thresholds)}
        table["sse_moduli"] = rng.gamma(1.0, 1e-3, specimens)
        (folder / name).mkdir(parents=True)
        table.assign(**extra).to_csv(folder / name / "estimates.csv", index=False)
        sse = {"mean": table["sse_moduli"].mean(), "median": table["sse_moduli"].median()}
        metrics = {
            "model": name, "architecture": "dense", "subset": name, "weights": {"modulus_pa": 1.0, "poisson": 2.0},
            "profile": "quick", "run_id": f"{seed:08x}", "specimens": {"test": specimens, "evaluated": specimens},
            "targets": targets, "sse_moduli": sse,
            "training": {"epochs": 5, "seconds": 2.5, "parameters": 99, "specimens": 400},
        }  # fmt: skip
        (folder / name / "metrics.json").write_text(json.dumps(metrics))
    return folder


@pytest.fixture
def bending(tmp_path: Path) -> Path:
    return write_bending(tmp_path / "evaluation")


def texts(output: Path) -> dict[str, str]:
    """Texts by file name, the page without the library of its figures."""
    texts = {path.name: path.read_text() for path in output.iterdir() if path.is_file()}
    texts["index.html"] = re.sub(r"<script id=.*?</script>", "", texts["index.html"], flags=re.DOTALL)
    return texts


def test_page_of_another_study(bending: Path, tmp_path: Path) -> None:
    numbers = write_comparison(bending, tmp_path / "out", study=BENDING)
    for name, text in texts(tmp_path / "out").items():
        visible = re.sub(
            r"data:image/png;base64,[^\"]*|<style>.*?</style>|<script id=.*?</script>", "", text, flags=re.DOTALL
        )
        assert not (found := RELAXATION.findall(visible)), f"{name}: {found}"
        assert "paper" not in visible
    markdown = (tmp_path / "out" / "comparison.md").read_text()
    assert markdown.startswith(
        "# Comparison of bending networks\n\n"
        "Two models were each judged on 60 test specimens not seen in training.\n\n- E "
    )
    assert "\n- No more than the mean is known of poisson by thick." in markdown
    assert "| Model | E ± 1 GPa | E ± 5 GPa | poisson ± 0.01 |" in markdown
    assert "| Model | moduli, mean | moduli, median |" in markdown
    assert "(E in Pa)" in markdown
    headings = re.findall("^## (.*)", markdown, flags=re.MULTILINE)
    assert headings == [
        "Estimates within a threshold",
        "Errors beside predicting the mean",
        "Sums of squared errors",
        "Estimates against true values",
        "Training",
        "How each number is made",
    ]
    html = (tmp_path / "out" / "index.html").read_text()
    assert "</script><b>" not in html
    assert set(re.findall('href="#([^"]+)"', html)) == set(re.findall('<h2 id="([^"]+)"', html))
    assert not [name for name in numbers if "figures" in name or "left_out" in name]


def test_page_without_any_sum_of_squares(bending: Path, tmp_path: Path) -> None:
    write_comparison(bending, tmp_path / "out", study=dataclasses.replace(BENDING, sse=()))
    assert not [name for name, text in texts(tmp_path / "out").items() if "squared errors\n" in text or "sse_" in text]
    assert not (tmp_path / "out" / "figures" / "sorted_sse.png").exists()


def test_figures_of_another_publication(bending: Path, tmp_path: Path) -> None:
    figure = ReferenceFigure("poisson", 0.01, frozenset({"thin"}), 0.5, "half", "Table 7: <half> of all")
    handbook = References("handbook", "Bending, 1987", "Its specimens were dry.", (figure,))
    numbers = write_comparison(bending, tmp_path / "out", study=dataclasses.replace(BENDING, references=handbook))
    html = (tmp_path / "out" / "index.html").read_text()
    assert html.count('title="Table 7: &lt;half&gt; of all">✓ handbook half<') == 1
    assert "Handbook: Bending, 1987. Its specimens were dry." in html
    assert numbers["handbook.figures_printed"] == numbers["handbook.figures_reached"] == 1


def test_samples_left_out_need_a_reason(bending: Path, tmp_path: Path) -> None:
    path = bending / "thin" / "metrics.json"
    content = json.loads(path.read_text())
    content["specimens"] = {"test": 60, "evaluated": 59, "left_out": 1}
    path.write_text(json.dumps(content))
    with pytest.raises(DataFileError, match="1 specimens left out, must be none in this study"):
        write_comparison(bending, tmp_path / "out", study=BENDING)


def test_column_of_those_left_out_is_the_study_s(tmp_path: Path) -> None:
    study = dataclasses.replace(BENDING, left_out=LeftOut("as they broke", "Broken ones.", column="broken"))
    with pytest.raises(DataFileError, match="lacks the columns broken"):
        write_comparison(write_bending(tmp_path / "one"), tmp_path / "out", study=study)
    numbers = write_comparison(write_bending(tmp_path / "two", broken=False), tmp_path / "out", study=study)
    assert numbers["thin.specimens.left_out"] == 0
    markdown = (tmp_path / "out" / "comparison.md").read_text()
    assert "a further 0.0 % of the test data were left out as they broke." in markdown
    assert "## Specimens left out of the evaluation\n\nBroken ones. They count here" in markdown


PACKAGE = Path(relaxnet.reporting.comparison.__file__).parent


@pytest.mark.parametrize("path", sorted(p.name for p in PACKAGE.iterdir() if p.suffix in (".py", ".jinja", ".js")))
def test_package_names_nothing_of_the_first_study(path: str) -> None:
    for number, line in enumerate((PACKAGE / path).read_text().splitlines(), start=1):
        assert not (found := RELAXATION.findall(line)), f"{path}:{number}: {found}"
