"""The page on the report: claims judged by the scores of the models, printed numbers beside those found here."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from learning import molecules

from relaxnet.reporting.records import MetricsRecord, TargetRecord, TrainingRecord
from relaxnet.studies.spectroscopy.assignment import tables
from relaxnet.studies.spectroscopy.assignment.claims import CLAIMS
from relaxnet.studies.spectroscopy.assignment.drawings import broadenings_figure, matrix_figure, points_figure
from relaxnet.studies.spectroscopy.assignment.evaluated import Evaluated
from relaxnet.studies.spectroscopy.assignment.figures import accuracy_figure, losses_figure, spectra_figure
from relaxnet.studies.spectroscopy.measures import MEANS, SCORES
from relaxnet.studies.spectroscopy.params import SpectroscopyParams
from relaxnet.workflow.params import check_params

CONTENT = yaml.safe_load((Path(__file__).parents[4] / "pipelines/spectroscopy/params.yaml").read_text())
PARAMS = check_params(SpectroscopyParams, CONTENT)
QUADRATIC = ("rmse", "smooth", "logcosh", "cosine")


def record(name, epochs=3, skill=0.5, **means):
    target = TargetRecord(
        unit="1/eV", mae=0.1, rmse=0.1, median_ae=0.1, baseline_mae=0.2, baseline_rmse=0.2, skill=skill, r2=0.5,
        nrmse=0.5, within={}, baseline_within={},
    )  # fmt: skip
    training = TrainingRecord(epochs=epochs, seconds=1.0, n_parameters=221_529, n_trainable=10, samples=5)
    return MetricsRecord(
        model=name, architecture="a", subset="qm9", loss="rmse", loss_weights={}, profile="p",
        samples={"test": 5, "evaluated": 5}, targets={"spectrum": target}, training=training, run_id="1",
        means={**dict.fromkeys(MEANS, 0.9), **means},
    )  # fmt: skip


def judged(found):
    return {claim.text.split(",")[0]: claim.judge(found).holds for claim in CLAIMS}


def test_claims_follow_the_scores():
    found = {name: record(name, accuracy_normalised=0.94, negative_share=0.3) for name in QUADRATIC}
    found |= {"pearson": record("pearson", accuracy_normalised=0.8, accuracy_centred=0.9, negative_share=0.6)}
    found |= {"sigma-300": record("sigma-300", accuracy=0.85), "sigma-100": record("sigma-100", accuracy=0.7)}
    found |= {"points-500": record("points-500", accuracy=0.705), "points-700": record("points-700", accuracy=0.66)}
    held = {claim.text: claim.judge(found).holds for claim in CLAIMS}
    assert list(held.values()) == [True, True, False, True, False, True]


@pytest.mark.parametrize(
    "other",
    [record("pearson", epochs=9), record("pearson", accuracy_normalised=None), None],
    ids=["epochs", "none", "gone"],
)
def test_what_cannot_be_compared_decides_nothing(other):
    found = {"rmse": record("rmse"), **({"pearson": other} if other else {})}
    assert CLAIMS[1].judge(found).holds is None


def test_models_that_have_learned_nothing_decide_nothing():
    alike = {name: record(name, skill=0.1) for name in QUADRATIC}
    assert CLAIMS[0].judge(alike).holds is None
    assert CLAIMS[0].judge({name: record(name) for name in QUADRATIC}).holds is True


def evaluated(name, sigma_ev=0.5, **scores):
    table = pd.DataFrame({"molecule": range(4), **dict.fromkeys(SCORES, 0.9), **scores, "sigma_ev": sigma_ev})
    curves = pd.DataFrame(
        {"case": ["median", "median", "worst", "worst"], "sample": [1, 1, 2, 2], "position": [-1.0, 0.0] * 2,
         "true": 1.0, "estimate": 0.5}
    )  # fmt: skip
    return Evaluated(record(name), table, {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]}, curves)


@pytest.fixture
def models():
    return {
        "rmse": evaluated("rmse", accuracy=0.93, negative_share=[0.1, 0.2, 0.3, 0.4], negative_magnitude=2e-6),
        "pearson": evaluated("pearson", accuracy=[0.5, np.nan, 0.5, 0.5], accuracy_centred=0.925),
        "area": evaluated("area", accuracy=0.95, negative_share=0.0, negative_magnitude=0.0),
        "sigma-100": evaluated("sigma-100", 0.1, accuracy=0.7, accuracy_at_300_mev=0.88, accuracy_at_500_mev=0.926),
    }


def row(table, name):
    (found,) = [cells for cells in table.rows if cells[0] == name]
    return found


def test_printed_numbers_stand_beside_those_found_here(models):
    table = tables.losses(PARAMS, models)
    assert row(table, "rmse")[:9] == ["rmse", "rmse", "0.5", "300", "94.8 %", "0.209", "0.111", "0.948", "93.0 %"]
    assert row(table, "area")[4:9] == ["–"] * 4 + ["95.0 %"]
    assert row(table, "smooth")[8:] == ["–"] * 5  # it is not evaluated
    assert "sigma-100" not in [cells[0] for cells in table.rows]  # of other spectra
    shifted = row(tables.losses_normalised(PARAMS, models), "pearson")
    assert (shifted[4], shifted[-1]) == ("76.3 %", "92.5 %")
    assert row(tables.broadenings(PARAMS, models), "sigma-100")[7] == "−0.0993"
    assert len(tables.densities(PARAMS, models).rows) == 3


def test_a_score_that_a_molecule_does_not_have_has_no_mean(models):
    assert np.isnan(models["pearson"].mean("accuracy"))


def test_negatives_of_all_models(models):
    table = tables.negatives(models)
    assert row(table, "rmse") == ["rmse", "30.4", "138", "25.0", "2"]
    assert row(table, "area") == ["area", "–", "–", "0.0", "0"]


def test_narrow_networks_stand_beside_separate_ones(models):
    table = tables.one_for_all(models)
    assert row(table, "sigma-100") == ["sigma-100", "0.1", "70.0 %", "88.0 %", "92.6 %"]
    assert row(table, "separate networks") == ["separate networks", "–", "–", "–", "93.0 %"]


def test_weights_stand_beside_the_printed_ones(models):
    assert tables.weights(models).rows[0] == ["300", "221529", "221529"]


def test_figures_have_all_models(models):
    histories = {name: model.history for name, model in models.items()}
    figure = losses_figure({"loss": ["rmse", "pearson", "smooth"], "points": ["sigma-100"]}, histories)
    assert [len(panel.get_lines()) for panel in figure.axes] == [4, 2]
    assert len(spectra_figure(models["rmse"]).axes) == 2
    assert len(accuracy_figure(models).axes[0].patches) == 4


def test_the_method_is_drawn_of_molecules_of_the_data():
    some = molecules(3)
    atoms = int((some.numbers[0] > 0).sum())
    assert matrix_figure(some).axes[0].images[0].get_array().shape == (atoms, atoms)
    assert len(broadenings_figure(some).axes) == 9
    assert len(broadenings_figure(some.take(slice(0, 1))).axes) == 3
    heights = [line.get_ydata().max() for line in points_figure(some).axes[0].get_lines()]
    assert len(heights) == 3
