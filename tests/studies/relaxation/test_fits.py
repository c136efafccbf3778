"""The plain fit beside which the networks are judged: made on validated sets, and no failure hidden."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, ValidationFailedError
from relaxnet.core.files import read_json, write_json
from relaxnet.studies.relaxation.fits import fits_of, record, write_fits
from relaxnet.studies.relaxation.physics import PARAMETER_NAMES
from relaxnet.studies.relaxation.study import STUDY

TRUTH = np.array([[-79.0, 3.2e5, 0.5, 0.7], [-80.0, 3.3e5, 0.6, 0.6]])


@pytest.fixture
def steep(params):
    """No quartet is left out, and two are fitted."""
    limits = params.evaluate.model_copy(update={"largest_cp_n_max": 1e4})
    return params.model_copy(update={"evaluate": limits, "fit": params.fit.model_copy(update={"quartets": 2})})


def test_fits_to_a_test_set_are_close_and_reach_the_evaluation(project, steep):
    write_fits(STUDY, project, steep, "C")
    (name, found), *others = fits_of(project, steep.models["C"]).items()
    assert (name, others) == ("between_noisy", [])
    assert (found.fitted, found.failed) == (2, 0)
    assert list(found.mae) == list(PARAMETER_NAMES)
    assert found.mae["x"] < 0.05
    assert found.mae["beta"] < 0.05


def test_sets_that_did_not_pass_are_not_fitted(project, steep):
    file = project.validation / "test" / "C.json"
    write_json(file, read_json(file) | {"success": False})
    with pytest.raises(ValidationFailedError, match="did not pass"):
        write_fits(STUDY, project, steep, "C")
    assert not (project.reports / "fits").exists()


def test_no_usual_quartet_is_no_error(project, steep):
    limits = steep.evaluate.model_copy(update={"largest_cp_n_max": 1.0})
    write_fits(STUDY, project, steep.model_copy(update={"evaluate": limits}), "C")
    (found,) = fits_of(project, steep.models["C"]).values()
    assert (found.fitted, found.mae) == (0, {})


def test_a_fit_that_failed_is_counted_and_does_not_spoil_the_mean():
    fits = [SimpleNamespace(parameters=TRUTH[0] + [1.0, 1e3, 0.1, 0.2]), SimpleNamespace(parameters=np.full(4, np.nan))]
    found = record(fits, TRUTH)
    assert (found.fitted, found.failed) == (2, 1)
    assert list(found.mae.values()) == pytest.approx([1.0, 1e3, 0.1, 0.2])
    assert record(fits[1:], TRUTH[1:]).mae == {}


@pytest.mark.parametrize("content", [[], {"between_noisy": {"fitted": 2}}, {"between_noisy": 3}])
def test_a_damaged_file_is_one_line(project, steep, content):
    file = project.reports / "fits" / "C.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content))
    with pytest.raises(DataFileError, match=r"fits/C\.json: "):
        fits_of(project, steep.models["C"])
