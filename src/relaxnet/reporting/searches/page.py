"""Write the page of a search: self-contained HTML, its trials as a table, its best parameters."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from relaxnet.core.files import atomic_path, write_json, write_text

from ..pages import render
from .facts import SearchFacts, value_text
from .figures import figure_data
from .lessons import lessons

SHOWN = 10  # trials of a table


def write_page(facts: SearchFacts, output: Path) -> None:
    """Write ``index.html``, ``trials.csv`` and ``best_params.json`` into ``output``.

    Raises
    ------
    DataFileError
        Where they cannot be written.
    """
    from plotly.offline import get_plotlyjs

    result = facts.result
    ranked = facts.front
    if len(facts.objectives) == 1:
        ranked = sorted(facts.complete, key=lambda record: record.values[0])[:SHOWN]
    context = {
        "facts": facts,
        "lessons": lessons(facts),
        "ranked": sorted(ranked, key=facts.ratio),
        "several": len(facts.objectives) > 1,
        "rated": any(facts.importances),
        "failed": [record for record in result.trials if record.state == "failed"],
        "conditional": [name for name, parameter in facts.varied.items() if parameter.when],
        "searched": {name: _searched(facts, name) for name in facts.space},
        "plotly": get_plotlyjs(),
        "script": (files(__package__) / "search.js").read_text(encoding="utf-8"),
        "figure_data": figure_data(facts),
    }
    write_text(output / "index.html", render(__package__, "search.html.jinja", context))
    write_json(output / "best_params.json", _best(facts))
    with atomic_path(output / "trials.csv") as part:
        pd.DataFrame(_rows(facts)).to_csv(part, index=False, float_format="%.9g")


def _searched(facts: SearchFacts, name: str) -> str:
    parameter = facts.space[name]
    if parameter.choices is not None:
        return ", ".join(facts.choice_texts[name])
    return f"{value_text(parameter.low)} to {value_text(parameter.high)}{', logarithmic' if parameter.log else ''}"


def _best(facts: SearchFacts) -> dict[str, Any]:
    best = facts.result.best
    value: Any = best.values[0]
    if len(facts.objectives) > 1:
        value = {objective.name: v for objective, v in zip(facts.objectives, best.values, strict=True)}
    return {
        "value": value,
        "trials": len(facts.result.trials),
        "trial": best.number,
        "study": facts.result.study_name,
        "params": dict(best.params),
    }


def _rows(facts: SearchFacts) -> list[dict[str, Any]]:
    names = ["value"] if len(facts.objectives) == 1 else [objective.name for objective in facts.objectives]
    return [
        {
            "number": record.number,
            "state": record.state,
            **(dict(zip(names, record.values, strict=True)) if record.values else dict.fromkeys(names)),
            **record.params,
            **{f"mae_{key}": v for key, v in record.notes.get("mae", {}).items()},
            "reason": record.reason,
        }
        for record in facts.result.trials
    ]
