"""What the page of a search is told of its study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relaxnet.core.text import listed
from relaxnet.reporting.searches import Objective, SearchFacts, value_text, write_page
from relaxnet.search.records import SearchResult

from .search_config import SCORE_OBJECTIVE

if TYPE_CHECKING:
    from .search_plan import Plan


def write_search(plan: Plan, result: SearchResult, output: Path) -> None:
    """Write the page, the trials and the best parameters."""
    config, sampler, pruner = plan.config, plan.config.sampler, plan.config.pruning
    errors = tuple(Objective.of_target(target) for target in plan.study.targets(plan.base.model).items)
    single = config.objectives == SCORE_OBJECTIVE
    paths = {path: parameter for name, parameter in config.space.items() for path in parameter.paths(name)}
    choices = paths["architecture"].choices if "architecture" in paths else None
    searched = listed(map(value_text, choices or [config.architecture]))
    words = {"tpe": "TPE", "random": "random", "grid": "grid", "nsga2": "NSGA-II"}
    facts = SearchFacts(
        name=plan.name,
        title=f"Search {plan.name}: {searched} on {plan.study.report.samples} of subset {config.subset}",
        space=config.space,
        objectives=(Objective(SCORE_OBJECTIVE, "relative RMSE"),) if single else errors,
        errors=errors,
        result=result,
        sampler=f"{words[sampler.name]}, seed {sampler.seed}",
        pruner=pruner.name,
        epochs=config.epochs,
    )
    write_page(facts, output)
