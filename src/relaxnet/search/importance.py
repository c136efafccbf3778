"""Which parameters matter: shares of the variance of an objective over the complete trials."""

from __future__ import annotations

from collections.abc import Sequence

from .records import TrialRecord
from .space import Space

FEWEST = 10
"""Complete trials below which shares say nothing."""
_TREES = 32  # twice as many change no share by a percent


def importances(space: Space, records: Sequence[TrialRecord], objective: int = 0) -> dict[str, float]:
    """Share of the variance of an objective that each parameter explains by fANOVA, the largest first.

    Rated are parameters that exist in every complete trial and have more than one value there; none of fewer than
    `FEWEST` trials, or if the objective does not vary.
    """
    complete = [record for record in records if record.values]
    values = {name: {repr(record.params.get(name)) for record in complete} for name in space}
    rated = [name for name in space if len(values[name]) > 1 and all(name in record.params for record in complete)]
    if len(complete) < FEWEST or not rated or len({record.values[objective] for record in complete}) < 2:
        return {}
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    for record in complete:
        study.add_trial(
            optuna.trial.create_trial(
                params={name: space[name].encode(record.params[name]) for name in rated},
                distributions={name: space[name].distribution() for name in rated},
                value=record.values[objective],
            )
        )
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=_TREES, seed=0)
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator, params=rated)
    return {str(name): float(share) for name, share in shares.items()}
