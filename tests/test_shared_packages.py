"""What serves every study names none: no word of the relaxation study, its paper or its materials."""

from __future__ import annotations

import re
from itertools import permutations
from pathlib import Path

import pytest

import relaxnet

ROOT = Path(relaxnet.__file__).parent
SHARED = (
    "core", "parquet", "datasets", "models", "training", "evaluation", "search", "tracking", "registry", "reporting",
    "workflow",
)  # fmt: skip
KINDS = (".py", ".jinja", ".js", ".css")
WORDS = re.compile(
    r"\bln_?a\b|ln\(a|\bln a\b|\bdh\b|\bdh_|δh|\bbeta\b|β|\bcp_?n\b|\bcp_n_|\brelaxation\b|\btnm\b|\bkww\b|quartet"
    r"|fictive|enthalp|j/mol|k/min|k_per_min|heating|cooling|inside_plane|130107|sse_(?:parameters|signals)"
    r"|selen|acetamin|as2se3|kelvin|\bmaterials?\b",
    re.IGNORECASE,
)
COMPANION = re.compile(
    r"\belastic|\bstiffness|microstruct|homogenis|\bvoigt|\breuss|\bpoisson|\blam[eé]\b|\bc(?:11|12|44|66)\b|\bgpa\b|_gpa\b"
    r"|laminat|voronoi|two.phase|vgg16|resnet50|densenet",
    re.IGNORECASE,
)
"""Words of the study *elasticity*."""
SPECTRA = re.compile(
    r"molecul|coulomb|\bhomo\b|homo_ev|\bqm9|tblite|\bxtb\b|spectroscop|angstrom|hartree|\bsmiles\b|_ev\b",
    re.IGNORECASE,
)
"""Words of the study *spectroscopy*."""
READ = re.compile(r"\bsignals\b|\bscans?\b|\bpeaks?\b|temperature|glass", re.IGNORECASE)
"""Of what the networks of the zoo are made to read, which their documentation may say; processes, too, get signals."""
REFUSED = {"core": [WORDS], "models": [WORDS]}


def lines(package: str) -> list[tuple[str, str]]:
    """Place and text of every line of a package."""
    files = sorted(path for path in (ROOT / package).rglob("*") if path.suffix in KINDS)
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


@pytest.mark.parametrize("package", SHARED)
def test_no_word_of_a_study(package: str) -> None:
    patterns = [*REFUSED.get(package, [WORDS, READ]), COMPANION, SPECTRA]
    found = [(where, words) for where, line in lines(package) for p in patterns if (words := p.findall(line))]
    assert not found


def test_the_words_are_found_where_they_belong() -> None:
    text = "\n".join(line for _, line in lines("studies/relaxation"))
    assert all(pattern.search(text) for pattern in (WORDS, READ))
    assert COMPANION.search("\n".join(line for _, line in lines("studies/elasticity")))
    assert SPECTRA.search("\n".join(line for _, line in lines("studies/spectroscopy")))


@pytest.mark.parametrize(("study", "other"), [*permutations(("relaxation", "elasticity", "spectroscopy"), 2)])
def test_no_study_imports_another(study: str, other: str) -> None:
    found = [
        where for where, line in lines(f"studies/{study}") if re.search(rf"import.*{other}|studies\.{other}", line)
    ]
    assert not found
