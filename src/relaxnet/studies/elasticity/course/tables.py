"""The tables of the page: printed numbers beside those found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from relaxnet.core.text import number
from relaxnet.reporting.items import DASH, Table, claims_table
from relaxnet.reporting.records import MetricsRecord

from ..physics.constants import CONSTANTS
from .claims import CLAIMS, mean_nrmse
from .printed import LOWEST_TEST_MSE, TEST_MSE, TOP_TEN, Setting
from .weights import weights_before

if TYPE_CHECKING:
    from ..params import ElasticityParams


class Unit(NamedTuple):
    """The unit in which estimating the mean scores what the report prints as its best, in GPa."""

    gpa: float
    variance_gpa2: float

    @classmethod
    def of(cls, models: Mapping[str, MetricsRecord]) -> Unit:
        """By the mean over the constants of the squared errors of the training mean on the test cells."""
        records = next(iter(models.values())).targets.values()
        variance = float(np.mean([record.baseline_rmse**2 for record in records]))
        return cls(float(np.sqrt(variance / LOWEST_TEST_MSE)), variance)


def mse_gpa2(model: MetricsRecord) -> float:
    """Mean squared error over the nine constants."""
    return float(np.mean([record.rmse**2 for record in model.targets.values()]))


def training_mean(models: Mapping[str, MetricsRecord]) -> tuple[float | None, float | None]:
    """R² and NRMSE of estimating the mean of the training cells on the test cells, as means over the constants.

    Both by the spread of a constant, which the errors of any model that errs tell.
    """
    complete = (m.targets.values() for m in models.values() if all(record.nrmse for record in m.targets.values()))
    nrmse = [record.baseline_rmse * record.nrmse / record.rmse for record in next(complete, ()) if record.nrmse]
    return _mean([1.0 - value**2 for value in nrmse]), _mean(nrmse)


def final(params: ElasticityParams, models: Mapping[str, MetricsRecord], unit: Unit) -> Table:
    """The report's final comparison, with what it does not have: what the mean scores, and errors in spreads."""
    heads = ["Model", "weights before", "epochs", "weights", "printed MSE", "MSE (GPa²)", "in printed units", "mean R²",
             "mean NRMSE"]  # fmt: skip
    printed = f"{unit.variance_gpa2 / unit.gpa**2:.2e}"
    r2, nrmse = training_mean(models)
    rows = [["training mean", *[DASH] * 4, number(unit.variance_gpa2), printed, _signed(r2), _signed(nrmse)]]
    for name, model in sorted(models.items(), key=lambda item: mean_nrmse(item[1])):
        error = mse_gpa2(model)
        r2 = _mean([record.r2 for record in model.targets.values()])
        rows.append([
            name, weights_before(params, name) if name in params.models else DASH, str(model.training.epochs),
            str(model.training.n_parameters), TEST_MSE.get(name, DASH), number(error), f"{error / unit.gpa**2:.2e}",
            _signed(r2), f"{mean_nrmse(model):.3f}",
        ])  # fmt: skip
    return Table(heads, rows, texts=2)


def constants(models: Mapping[str, MetricsRecord]) -> Table:
    """NRMSE of each constant."""
    rows = [
        [name, *(DASH if (value := model.targets[c].nrmse) is None else f"{value:.3f}" for c in CONSTANTS)]
        for name, model in sorted(models.items(), key=lambda item: mean_nrmse(item[1]))
    ]
    return Table(["Model", *CONSTANTS], rows)


def top_ten(trials: pd.DataFrame) -> Table:
    """The ten best settings of the report, and the ten best here, side by side; errors relative to the mean's."""
    best = trials[trials["state"] == "complete"].sort_values("value").head(len(TOP_TEN))
    setting = ["kernel", "dropout", "rate"]
    heads = ["Rank", "printed: filters", *setting, "MSE", "here: filters", *setting, "RMSE / that of the mean"]
    rows = []
    for rank, (printed, row) in enumerate(zip(TOP_TEN, best.to_dict("records"), strict=False), start=1):
        found = Setting(0, *(row[name] for name in ("filters", "kernel", "dropout", "learning_rate", "value")))
        rows.append([str(rank), *_setting(printed), f"{printed.mse:.2e}", *_setting(found), f"{found.mse:.3f}"])
    return Table(heads, rows, texts=0)


def claims(models: Mapping[str, MetricsRecord]) -> Table:
    """Statements, whether they hold here, and the numbers."""
    return claims_table(CLAIMS, models)


def _setting(setting: Setting) -> list[str]:
    return [str(setting.filters), str(setting.kernel), f"{setting.dropout:g}", f"{setting.learning_rate:g}"]


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean; None where there are no values, or one is missing."""
    found = [value for value in values if value is not None]
    return float(np.mean(found)) if found and len(found) == len(values) else None


def _signed(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}".replace("-", "−")
