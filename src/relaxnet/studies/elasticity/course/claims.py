"""Statements of the course's report on how its models compare, each with the rule by which it is judged.

Models are compared by their mean NRMSE over the nine constants on the test cells: root-mean-square errors in standard
deviations of the true values.  Differences below `ALIKE`, and models trained for unequal numbers of epochs, decide
nothing.
"""

from collections.abc import Mapping

import numpy as np

from relaxnet.reporting.records import MetricsRecord
from relaxnet.reporting.references import Claim, Finding

from ..stages import BACKBONES

Models = Mapping[str, MetricsRecord]
ALIKE = 0.1  # of the larger one


def mean_nrmse(model: MetricsRecord) -> float:
    """Mean over the constants; NaN where one does not vary."""
    return float(np.mean([np.nan if record.nrmse is None else record.nrmse for record in model.targets.values()]))


def _best(models: Models, claimed: str, *others: str) -> Finding:
    """Whether the model ``claimed`` errs less than each of ``others``, after as many epochs."""
    missing = [name for name in (claimed, *others) if name not in models]
    if missing:
        return Finding(None, f"without model {missing[0]}")
    errors = {name: mean_nrmse(models[name]) for name in (claimed, *others)}
    epochs = {name: models[name].training.epochs for name in errors}
    ranked = sorted(errors, key=lambda name: errors[name])
    text = "mean NRMSE " + ", ".join(f"{name} {errors[name]:.3f} ({_epochs(epochs[name])})" for name in ranked)
    own, best_other = errors[claimed], min(errors[name] for name in others)
    alike = abs(own - best_other) <= ALIKE * max(own, best_other)
    undecided = alike or len(set(epochs.values())) > 1 or not np.isfinite(list(errors.values())).all()
    return Finding(None if undecided else own < best_other, text)


def _epochs(count: int) -> str:
    return f"{count} epoch{'s' if count != 1 else ''}"


def _fits(models: Models) -> Finding:
    if "baseline" not in models:
        return Finding(None, "without model baseline")
    found = {name: record.r2 for name, record in models["baseline"].targets.items() if record.r2 is not None}
    epochs = _epochs(models["baseline"].training.epochs)
    worst = min(found, key=lambda name: found[name])
    return Finding(found[worst] > 0.999, f"lowest R² of baseline {found[worst]:.3f} ({worst}), {epochs}")


def _best_of_all(models: Models) -> Finding:
    """Among the models of the report."""
    return _best(models, "tuned", "baseline", *(f"{name}-{how}" for name in BACKBONES for how in ("head", "fine")))


CLAIMS = (
    Claim("The baseline fits the constants to numerical noise.", "Section 3", _fits),
    Claim("Tuning improves on the baseline.", "Section 8", lambda m: _best(m, "tuned", "baseline")),
    Claim("Fine-tuning improves VGG16.", "Section 5.1", lambda m: _best(m, "vgg16-fine", "vgg16-head")),
    Claim("Fine-tuning harms ResNet50.", "Section 5.2", lambda m: _best(m, "resnet50-head", "resnet50-fine")),
    Claim("Fine-tuning harms DenseNet121.", "Section 5.3", lambda m: _best(m, "densenet121-head", "densenet121-fine")),
    Claim("The tuned CNN is the best of all models.", "Sections 8 and 9", _best_of_all),
)
