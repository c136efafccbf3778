"""The page on the course's report: claims judged by the errors of the models, units, what weights began with."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from relaxnet.reporting.records import MetricsRecord, TargetRecord, TrainingRecord
from relaxnet.studies.elasticity.course import tables
from relaxnet.studies.elasticity.course.claims import CLAIMS, mean_nrmse
from relaxnet.studies.elasticity.course.figures import errors_figure, losses_figure
from relaxnet.studies.elasticity.course.printed import TEST_MSE, TOP_TEN
from relaxnet.studies.elasticity.course.weights import weights_before
from relaxnet.studies.elasticity.params import ElasticityParams
from relaxnet.studies.elasticity.physics.constants import CONSTANTS
from relaxnet.workflow.params import check_params

CONTENT = yaml.safe_load(
    (Path(__file__).parents[4] / "pipelines" / "elasticity" / "params.yaml").read_text(encoding="utf-8")
)
SPREAD_GPA = 10.0


def record(name, nrmse, epochs=3):
    error = nrmse * SPREAD_GPA
    target = TargetRecord(
        unit="GPa", mae=error, rmse=error, median_ae=error, baseline_mae=8.0, baseline_rmse=SPREAD_GPA,
        skill=1 - nrmse, r2=1 - nrmse**2, nrmse=nrmse, within={}, baseline_within={},
    )  # fmt: skip
    training = TrainingRecord(epochs=epochs, seconds=1.0, n_parameters=10, n_trainable=10, samples=5)
    return MetricsRecord(
        model=name, architecture="a", subset="course", loss="mse", loss_weights={}, profile="p",
        samples={"test": 5, "evaluated": 5}, targets=dict.fromkeys(CONSTANTS, target), training=training, run_id="1",
    )  # fmt: skip


def models(**errors):
    return {name.replace("_", "-"): record(name.replace("_", "-"), error) for name, error in errors.items()}


def judged(found):
    return {claim.text: claim.judge(found).holds for claim in CLAIMS}


def test_claims_follow_the_errors():
    found = judged(
        models(
            baseline=0.5, tuned=0.3, vgg16_head=0.6, vgg16_fine=0.4, resnet50_head=0.2, resnet50_fine=0.5,
            densenet121_head=0.7, densenet121_fine=0.8,
        )
    )  # fmt: skip
    assert found["Tuning improves on the baseline."] is True
    assert found["Fine-tuning improves VGG16."] is True
    assert found["Fine-tuning harms ResNet50."] is True
    assert found["The tuned CNN is the best of all models."] is False
    assert found["The baseline fits the constants to numerical noise."] is False


def test_small_differences_and_missing_models_decide_nothing():
    found = judged(models(baseline=0.50, tuned=0.48))
    assert found["Tuning improves on the baseline."] is None
    assert found["Fine-tuning harms DenseNet121."] is None
    assert found["The tuned CNN is the best of all models."] is None


@pytest.mark.parametrize(("tuned", "holds"), [(0.28, None), (0.32, None), (0.2, True), (0.4, False)])
def test_the_best_of_all_is_no_near_tie(tuned, holds):
    others = [f"{name}_{how}" for name in ("vgg16", "resnet50", "densenet121") for how in ("head", "fine")]
    found = models(baseline=0.5, tuned=tuned, **dict.fromkeys(others, 0.3))
    assert judged(found)["The tuned CNN is the best of all models."] is holds


def test_unequal_trainings_decide_nothing():
    found = {**models(baseline=0.5, tuned=0.2), "baseline": record("baseline", 0.5, epochs=1)}
    claim = next(claim for claim in CLAIMS if claim.text == "Tuning improves on the baseline.")
    assert claim.judge(found) == (None, "mean NRMSE tuned 0.200 (3 epochs), baseline 0.500 (1 epoch)")


def test_the_mean_scores_the_best_printed_number_in_the_unit_of_the_page():
    found = models(baseline=0.5, tuned=0.25)
    unit = tables.Unit.of(found)
    assert unit.variance_gpa2 == SPREAD_GPA**2
    assert unit.variance_gpa2 / unit.gpa**2 == pytest.approx(8.41e-15)
    params = check_params(ElasticityParams, CONTENT)
    rows = tables.final(params, found, unit).rows
    assert [row[0] for row in rows] == ["training mean", "tuned", "baseline"]  # best first
    assert rows[0][7:] == ["0.000", "1.000"]
    assert rows[1][4:] == ["8.41e-15", "6.25", f"{8.41e-15 / 16:.2e}", "0.938", "0.250"]


def test_the_training_mean_is_scored_like_a_model():
    """It is off by a quarter more than the test cells vary."""
    found = models(baseline=0.5)
    shifted = {"baseline_rmse": 1.25 * SPREAD_GPA}
    targets = {name: target.model_copy(update=shifted) for name, target in found["baseline"].targets.items()}
    r2, nrmse = tables.training_mean({"baseline": found["baseline"].model_copy(update={"targets": targets})})
    assert (r2, nrmse) == (pytest.approx(1 - 1.25**2), pytest.approx(1.25))
    assert tables.training_mean(models(exact=0.0)) == (None, None)


def test_what_weights_were_before_a_training():
    params = check_params(ElasticityParams, CONTENT)
    assert params.simulate["pretraining"].cells == 400  # of which 70 % are trained on
    expected = "280 cells of subset pretraining"
    assert {name: weights_before(params, name) for name in ("tuned", "vgg16-source", "vgg16-head", "vgg16-fine")} == {
        "tuned": "random", "vgg16-source": "random", "vgg16-head": expected, "vgg16-fine": expected
    }  # fmt: skip
    assert weights_before(params, "boosting") == weights_before(params, "hill") == "–"
    content = yaml.safe_load(yaml.safe_dump(CONTENT))
    content["models"]["vgg16-head"] |= {"start": None, "set": {"network.weights": "imagenet", "network.frozen": True}}
    assert weights_before(check_params(ElasticityParams, content), "vgg16-fine") == "ImageNet"


def test_the_ten_best_stand_beside_the_printed_ones():
    trials = pd.DataFrame(
        {"state": ["complete"] * 12 + ["failed"], "value": [0.5 - 0.01 * n for n in range(12)] + [0.0],
         "filters": 8, "kernel": 3, "dropout": 0.0, "learning_rate": 1e-3}
    )  # fmt: skip
    found = tables.top_ten(trials).rows
    assert len(found) == len(TOP_TEN) == 10
    assert found[0] == ["1", "32", "5", "0.2", "0.001", "6.85e-15", "8", "3", "0", "0.001", "0.390"]


def test_all_printed_models_are_models_of_the_pipeline():
    assert set(TEST_MSE) <= set(CONTENT["models"])


def test_figures_have_all_models():
    found = models(baseline=0.5, tuned=0.3)
    assert mean_nrmse(found["tuned"]) == pytest.approx(0.3)
    labels = [text.get_text() for text in errors_figure(found).axes[0].get_yticklabels()]
    assert labels == ["tuned", "baseline"]
    histories = {name: {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]} for name in found}
    assert len(losses_figure(histories).axes[0].get_lines()) == 3
