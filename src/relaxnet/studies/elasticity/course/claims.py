"""Statements of the course's report on how its models compare, each with the rule by which it is judged.

Models are compared by their mean NRMSE over the nine constants on the test cells: root-mean-square errors in standard
deviations of the true values.  Differences below `ALIKE` decide nothing.
"""

from collections.abc import Mapping

import numpy as np

from relaxnet.reporting.records import MetricsRecord
from relaxnet.reporting.references import Claim, Finding

Models = Mapping[str, MetricsRecord]
ALIKE = 0.1  # of the larger one
PHOTOGRAPHS = ("vgg16", "resnet50", "densenet121")


def mean_nrmse(model: MetricsRecord) -> float:
    """Mean over the constants; NaN where one does not vary."""
    return float(np.mean([np.nan if record.nrmse is None else record.nrmse for record in model.targets.values()]))


def _better(models: Models, one: str, other: str) -> Finding:
    """Whether one model errs less than another."""
    missing = [name for name in (one, other) if name not in models]
    if missing:
        return Finding(None, f"without model {missing[0]}")
    errors = [mean_nrmse(models[name]) for name in (one, other)]
    alike = abs(errors[0] - errors[1]) <= ALIKE * max(errors)
    text = f"mean NRMSE {one} {errors[0]:.3f}, {other} {errors[1]:.3f}"
    return Finding(None if alike or not np.isfinite(errors).all() else errors[0] < errors[1], text)


def _fits(models: Models) -> Finding:
    if "baseline" not in models:
        return Finding(None, "without model baseline")
    found = {name: record.r2 for name, record in models["baseline"].targets.items() if record.r2 is not None}
    worst = min(found, key=lambda name: found[name])
    return Finding(found[worst] > 0.999, f"lowest R² of baseline {found[worst]:.3f} ({worst})")


def _best_of_all(models: Models) -> Finding:
    """Among the models of the report."""
    kinds = ["baseline", "tuned", *(f"{name}-{how}" for name in PHOTOGRAPHS for how in ("head", "fine"))]
    errors = {name: mean_nrmse(models[name]) for name in kinds if name in models}
    if "tuned" not in errors or len(errors) < 2:
        return Finding(None, "without the models to compare")
    best = min(errors, key=lambda name: errors[name])
    text = ", ".join(f"{name} {error:.3f}" for name, error in sorted(errors.items(), key=lambda item: item[1]))
    return Finding(best == "tuned", f"mean NRMSE {text}")


CLAIMS = (
    Claim("The baseline fits the constants to numerical noise.", "Section 3", _fits),
    Claim("Tuning improves on the baseline.", "Section 8", lambda m: _better(m, "tuned", "baseline")),
    Claim("Fine-tuning improves VGG16.", "Section 5.1", lambda m: _better(m, "vgg16-fine", "vgg16-head")),
    Claim("Fine-tuning harms ResNet50.", "Section 5.2", lambda m: _better(m, "resnet50-head", "resnet50-fine")),
    Claim(
        "Fine-tuning harms DenseNet121.", "Section 5.3", lambda m: _better(m, "densenet121-head", "densenet121-fine")
    ),
    Claim("The tuned CNN is the best of all models.", "Sections 8 and 9", _best_of_all),
)
