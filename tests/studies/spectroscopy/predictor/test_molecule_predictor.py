"""What a logged model of the study takes: text of .xyz files; what it refuses, in one line."""

import numpy as np
import pandas as pd
import pytest
from learning import SMALL, network, source

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.spectroscopy.predictor.facts import describe
from relaxnet.studies.spectroscopy.predictor.network import load
from relaxnet.studies.spectroscopy.predictor.packing import PHENOL, pack
from relaxnet.studies.spectroscopy.samples.targets import spectrum
from relaxnet.training.estimator import Estimator
from relaxnet.training.losses import TargetLoss
from relaxnet.workflow.packing import Samples

POINTS = 60
LARGE = "30\n\n" + "\n".join(f"H 0 0 {z}" for z in range(30))


@pytest.fixture(scope="module", params=["cnn:cnn", "levels:levels"])
def packed(request, tmp_path_factory):
    folder, data, index = tmp_path_factory.mktemp("p") / "predictor", source(20, points=POINTS), np.arange(12)
    targets, built = spectrum(POINTS), network(request.param, SMALL, POINTS)
    estimator = Estimator.from_scaled(
        built.whole(), targets, targets.scaling(data.targets), TargetLoss([1.0] * POINTS), layout=data.layout,
        train_mean=data.targets.mean(axis=0), metadata={},
    )  # fmt: skip
    folder.mkdir()
    predictor = pack(estimator, describe(estimator, Samples(data, index), Samples(data, index)), folder)
    return request.param, data, estimator, predictor, load(folder)


def text(data, row):
    symbols = {1: "H", 6: "C", 7: "N", 8: "O"}
    numbers, places = data.molecules.numbers[row], data.molecules.positions_angstrom[row]
    lines = [f"{symbols[int(z)]} {x:.6f} {y:.6f} {w:.6f}" for z, (x, y, w) in zip(numbers, places, strict=True) if z]
    return "\n".join([str(len(lines)), "", *lines])


def test_an_xyz_block_gives_the_spectrum_of_its_molecule(packed):
    _, data, estimator, _, predictor = packed
    found = predictor.predict(pd.DataFrame({"xyz": [text(data, 3), text(data, 5)]}))
    assert list(found.columns) == ["molecule", "energy_ev", "intensity_per_ev", "std_per_ev", "remarks"]
    assert len(found) == 2 * POINTS
    expected = estimator.estimate(data.inputs(np.array([3, 5])))
    assert found["intensity_per_ev"].to_numpy().reshape(2, POINTS) == pytest.approx(expected, abs=1e-4)
    assert found["energy_ev"].iloc[[0, -1]].tolist() == [-30.0, 0.0]
    assert set(found["remarks"]) == {""}
    assert (found["std_per_ev"] >= 0).all()


def test_its_example_can_be_estimated(packed):
    *_, description, predictor = packed
    assert np.isfinite(predictor.predict(description.example)["intensity_per_ev"]).all()


def test_what_the_training_did_not_have_is_remarked_on(packed):
    predictor = packed[-1]
    with_fluorine, odd = PHENOL.replace("O", "F", 1).replace("H 0.914", "C 0.914"), PHENOL.replace("O", "N", 1)
    found = predictor.predict(pd.DataFrame({"xyz": [PHENOL, with_fluorine, odd, "2\n\nH 0 0 0\nF 0 0 1"]}))
    least, most = predictor.facts.atoms
    no_fluorine, unpaired = "F: in no molecule of the training", "an odd number of electrons: the training had none"
    few, small = "4 occupied levels: the spectra of the training had 16", f"2 atoms: the training had {least} to {most}"
    remarks = found.groupby("molecule")["remarks"].first().tolist()
    assert remarks == ["", no_fluorine, unpaired, "; ".join([no_fluorine, few, small])]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (PHENOL.replace("13", "12", 1), "xyz of row 1, line 15 = "),
        (PHENOL.replace("C", "Si", 1), "xyz of row 1, line 3, element = Si: must be one of H, C, N, O, F"),
        (PHENOL.replace("1.396", "much", 1), "xyz of row 1, line 3 = much: must be a finite number"),
        (LARGE, "xyz of row 1, number of atoms = 30: must be from 1 to 29"),
        (3.0, "xyz of row 1 = a float: must be the text of an .xyz file"),
        ("", "xyz of row 1, line 1 = "),
    ],
)
def test_other_geometries_are_refused_in_one_line(packed, value, message):
    with pytest.raises(InvalidInputError) as told:
        packed[-1].predict(pd.DataFrame({"xyz": [PHENOL, value]}))
    assert str(told.value).startswith(message)
    assert "\n" not in str(told.value)


def test_tables_without_molecules_are_refused(packed):
    with pytest.raises(InvalidInputError, match="columns = smiles: must be xyz among them"):
        packed[-1].predict(pd.DataFrame({"smiles": ["C"]}))
    with pytest.raises(InvalidInputError, match=r"^rows = 0: must be at least 1, one for each molecule$"):
        packed[-1].predict(pd.DataFrame({"xyz": pd.Series([], dtype=str)}))


def test_only_levels_can_be_broadened_otherwise(packed):
    name, data, estimator, _, predictor = packed
    table = pd.DataFrame({"xyz": [text(data, 3)] * 2, "sigma_ev": [0.5, 1.0]})
    if name == "cnn:cnn":
        with pytest.raises(InvalidInputError, match=r"sigma_ev = 1\.0: must be 0\.5, as in the training of this model"):
            predictor.predict(table)
        return
    found = predictor.predict(table)["intensity_per_ev"].to_numpy().reshape(2, POINTS)
    assert found[0] == pytest.approx(estimator.estimate(data.inputs(np.array([3])))[0], abs=1e-4)
    assert found[1].max() < found[0].max()
    assert predictor.predict(table)["std_per_ev"].isna().to_numpy().reshape(2, POINTS)[:, 0].tolist() == [False, True]
