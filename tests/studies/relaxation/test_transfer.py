"""From one subset to another: the inputs of the model to start from, its frozen layers, a share of the data."""

from dataclasses import replace

import numpy as np
import pytest
from stored import store_untrained

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.params import TemperatureGridConfig
from relaxnet.studies.relaxation.samples.source import SignalSource, temperature_grid_k
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.training.config import StartConfig
from relaxnet.workflow.fit import Task, fit
from relaxnet.workflow.recipe import recipe, with_config

BRANCHES = ("attention_*", "downsampled_*", "raw_*")


@pytest.fixture
def tuned(params):
    """Model C, started from G with frozen branches."""
    base = recipe(params, "C")
    return replace(base, model=base.model.model_copy(update={"start": StartConfig(model="G", freeze=BRANCHES)}))


def prepare(project, params, chosen):
    return Task.prepare(STUDY, project, params, chosen, "data")


def test_a_network_is_tuned_on_signals_as_it_has_read_them(project, params, dataset, tuned):
    wide = SignalSource(dataset, temperature_grid_k(dataset, TemperatureGridConfig(step_c=4.0, span="full")))
    stored = store_untrained(project, params, "G", wide)
    task = prepare(project, params, tuned)
    assert task.source.layout == stored.layout != prepare(project, params, recipe(params, "C")).source.layout
    estimator, trained = fit(STUDY, task, project.workspace)
    assert estimator.layout == stored.layout
    before, after = (model.network.get_layer("mcnn").get_layer("mcnn").layers for model in (stored, estimator))
    changed = {
        layer.name
        for layer, other in zip(before, after, strict=True)
        if any(not np.array_equal(*pair) for pair in zip(layer.get_weights(), other.get_weights(), strict=True))
    }
    assert changed == {"transform_1", "transform_2", "estimate"}
    assert trained.n_trainable < trained.n_parameters


def test_signals_that_a_network_cannot_read_are_refused(project, params, dataset, source, tuned):
    store_untrained(project, params, "G", SignalSource(dataset, source.grid_k[: len(source.grid_k) // 2]))
    with pytest.raises(DataFileError, match=r"C: signals from \d+ to \d+ K: start\.model G reads \d+ to \d+ K only"):
        prepare(project, params, tuned)


def test_a_network_of_other_inputs_is_refused(project, params, source, tuned):
    class Times(SignalSource):
        @property
        def layout(self):
            return {"time_s": {}}

    store_untrained(project, params, "G", Times(source.dataset, source.grid_k))
    with pytest.raises(DataFileError, match="G: reads time_s: must read temperature_k"):
        prepare(project, params, tuned)


def test_a_share_of_the_quartets_is_trained_on_for_as_many_steps(project, params):
    model = params.models["C"].model_copy(update={"architecture": "perceptron"})
    base = recipe(params.model_copy(update={"models": {"C": model}}), "C")
    whole, few = (prepare(project, params, with_config(base, share=share)) for share in (None, 0.25))
    assert (whole.parts.n_train, few.parts.n_train) == (8, 2)
    assert len(few.parts.train) == len(whole.parts.train)
    assert few.identity(STUDY) == whole.identity(STUDY)  # the share is told by the configuration
    estimator, _ = fit(STUDY, few, project.workspace)
    known = few.source.targets[np.unique(few.parts.train)]
    np.testing.assert_allclose(estimator.train_mean, known.mean(axis=0))
    assert estimator.metadata["split"] == whole.parts.fingerprint()  # whose test part stays unseen


def test_a_stream_has_no_share(project, params):
    study = replace(STUDY, stream=lambda *_: object())
    task = prepare(project, params, with_config(recipe(params, "C"), share=0.5))
    with pytest.raises(InvalidInputError, match=r"share = 0\.5: must be null for a stream"):
        fit(study, task, project.workspace)
