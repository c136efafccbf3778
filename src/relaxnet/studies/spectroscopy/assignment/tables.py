"""The tables of the page: printed numbers beside those found here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from relaxnet.core.text import number
from relaxnet.reporting.items import DASH, Table, claims_table

from ..measures import BROADER_EV, broader
from .claims import CLAIMS
from .evaluated import Evaluated
from .printed import BROADENINGS, DEFAULT, DENSITIES, LOSSES, LOSSES_NORMALISED, NEGATIVES, WEIGHTS, Scores

if TYPE_CHECKING:
    from ..params import SpectroscopyParams

Models = Mapping[str, Evaluated]


def weights(models: Models) -> Table:
    """Table 1: weights of the network by the number of points."""
    names = dict(zip(WEIGHTS, (DEFAULT, "points-500", "points-700"), strict=True))
    rows = [
        [str(points), str(printed), str(models[name].metrics.training.n_parameters) if name in models else DASH]
        for (points, printed), name in zip(WEIGHTS.items(), names.values(), strict=True)
    ]
    return Table(["Points", "printed", "here"], rows, texts=0)


_MEASURES = ("accuracy", "RMSE", "MAE", "R² (eq. 5)")
_HEADS = ("Model", "loss", "σ (eV)", "points", *(f"printed: {name}" for name in _MEASURES),
          *(f"here: {name}" for name in _MEASURES), "R²")  # fmt: skip


def losses(params: SpectroscopyParams, models: Models) -> Table:
    """Table 2, predictions as they are; models beside those of the report follow, the most accurate first."""
    return _scores(params, models, {**LOSSES, **_others(params, models)})


def losses_normalised(params: SpectroscopyParams, models: Models) -> Table:
    """Table 2, normalised predictions."""
    table = _scores(params, models, {**LOSSES_NORMALISED, **_others(params, models)}, "_normalised")
    heads = [*table.heads[:-1], "accuracy, shifted and scaled"]
    rows = [
        [*row[:-1], _percent(models[row[0]].mean("accuracy_centred")) if row[0] in models else DASH]
        for row in table.rows
    ]
    return Table(heads, rows, table.texts)


def broadenings(params: SpectroscopyParams, models: Models) -> Table:
    """Table 3."""
    return _scores(params, models, dict(BROADENINGS))


def densities(params: SpectroscopyParams, models: Models) -> Table:
    """Table 4."""
    return _scores(params, models, dict(DENSITIES))


def negatives(models: Models) -> Table:
    """Table 5, for all models."""
    rows = []
    for name in (*NEGATIVES, *(name for name in models if name not in NEGATIVES)):
        printed, model = NEGATIVES.get(name), models.get(name)
        rows.append([
            name, *(printed or (DASH, DASH)),
            *((DASH, DASH) if model is None else (f"{1e2 * model.mean('negative_share'):.1f}", _micro(model))),
        ])  # fmt: skip
    heads = ["Model", "printed: % of points", "magnitude (10⁻⁶)", "here: % of points", "magnitude (10⁻⁶)"]
    return Table(heads, rows)


def one_for_all(models: Models) -> Table:
    """Networks trained on narrow spectra, broadened further, beside those trained on the broader ones."""
    own = {0.3: "sigma-300", 0.5: DEFAULT}
    rows = []
    for name, model in models.items():
        sigma = float(model.scores["sigma_ev"].iloc[0])
        if all(value <= sigma for value in BROADER_EV):
            continue
        at = [DASH if value <= sigma else _percent(model.mean(broader(value))) for value in BROADER_EV]
        rows.append([name, f"{sigma:g}", _percent(model.mean("accuracy")), *at])
    separate = [_percent(models[own[value]].mean("accuracy")) if own[value] in models else DASH for value in BROADER_EV]
    rows.append(["separate networks", DASH, DASH, *separate])
    heads = ["Model", "trained at σ (eV)", "accuracy there", *(f"broadened to {value:g} eV" for value in BROADER_EV)]
    return Table(heads, rows)


def claims(models: Models) -> Table:
    """Statements, whether they hold here, and the numbers."""
    return claims_table(CLAIMS, {name: model.metrics for name, model in models.items()})


def _others(params: SpectroscopyParams, models: Models) -> dict[str, None]:
    """Models of the default's spectra that the report does not have, the most accurate first."""
    default = params.models.get(DEFAULT)
    if default is None:
        return {}
    alike = [
        name for name in models
        if name not in LOSSES_NORMALISED and name in params.models
        and (params.models[name].sigma_ev, params.models[name].points) == (default.sigma_ev, default.points)
    ]  # fmt: skip
    return dict.fromkeys(sorted(alike, key=lambda name: -models[name].mean("accuracy_normalised")))


def _scores(
    params: SpectroscopyParams, models: Models, printed: Mapping[str, Scores | None], kind: str = ""
) -> Table:  # fmt: skip
    rows = []
    for name, row in printed.items():
        own, model = params.models.get(name), models.get(name)
        about = [own.loss.text, f"{own.sigma_ev:g}", str(own.points)] if own else [DASH] * 3
        told = [DASH] * 4 if row is None else [f"{row.accuracy} %", row.rmse, row.mae, row.r2.replace("-", "−")]
        found = [DASH] * 5
        if model is not None:
            errors = [_small(model.mean(f"{measure}{kind}")) for measure in ("rmse", "mae", "r2_printed")]
            found = [_percent(model.mean(f"accuracy{kind}")), *errors, _small(model.mean("r2"))]
        rows.append([name, *about, *told, *found])
    return Table(_HEADS, rows, texts=2)


def _micro(model: Evaluated) -> str:
    return number(1e6 * model.mean("negative_magnitude"))


def _percent(value: float) -> str:
    return f"{1e2 * value:.1f} %".replace("-", "−") if np.isfinite(value) else DASH


def _small(value: float) -> str:
    return number(value).replace("-", "−") if np.isfinite(value) else DASH
