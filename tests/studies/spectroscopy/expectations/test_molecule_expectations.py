"""What the validation of molecules finds, and that each of its checks can fail."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from geometries import molecules as made

from relaxnet.datasets.split import SplitConfig
from relaxnet.datasets.validation import ensure_valid
from relaxnet.studies.spectroscopy.dataset.config import SimulateConfig, ValidateConfig
from relaxnet.studies.spectroscopy.dataset.schema import Draw, Dropped, Metadata, shard_bytes
from relaxnet.studies.spectroscopy.expectations.molecules import validate
from relaxnet.studies.spectroscopy.expectations.table import homo_rank_correlation

COUNT = 40
PARAMS = SimpleNamespace(
    simulate={"all": SimulateConfig(molecules=COUNT + 1, seed=3)},
    split=SplitConfig(train=0.7, validation=0.15, test=0.15, seed=1),
    validate_=ValidateConfig(
        sigma_ev=0.3, points=300, area_tolerance=1e-3, homo_rank_correlation=0.9, homo_molecules=COUNT
    ),
)
DROPPED = (Dropped(COUNT, "w", "O", "fewer than 16 occupied levels"),)


@pytest.fixture(scope="module")
def molecules():
    return made(COUNT)


def judged(folder, molecules, dropped=DROPPED, **changes):
    folder.mkdir(exist_ok=True)
    metadata = Metadata(len(molecules) + len(dropped), {"seed": 3})
    (folder / "shard-0000.parquet").write_bytes(shard_bytes(metadata, molecules, Draw("", dropped)))
    return validate("all", SimpleNamespace(**{**vars(PARAMS), **changes}), folder)


def broken(report):
    return {result.name.partition(":")[0] for result in report.failures}


def test_good_molecules_are_valid_and_equal_data_give_equal_reports(tmp_path, molecules):
    report = judged(tmp_path / "a", molecules)
    ensure_valid(report)
    assert len(report.results) == 20
    assert report.counts == {
        "Molecules": 40, "Dropped: fewer than 16 occupied levels": 1, "Different identities": 12,
        "With the geometry of an earlier one": 0, "Whose source states a HOMO": 40,
        "Rank correlation of the highest level with it": report.counts["Rank correlation of the highest level with it"],
    }  # fmt: skip
    assert sum(report.histograms[0].counts) == COUNT
    assert judged(tmp_path / "b", molecules).to_json_dict() == report.to_json_dict()


def changed(molecules, row=0, **values):
    """Molecules with some values of one changed."""
    arrays = {name: getattr(molecules, name).copy() for name in values}
    for name, value in values.items():
        arrays[name][row] = value
    return replace(molecules, **arrays)


def moved(molecules, atom, place):
    positions = molecules.positions_angstrom[0].copy()
    positions[atom] = place
    return changed(molecules, positions_angstrom=positions)


def with_level(molecules, level, value):
    levels = molecules.levels_ev[0].copy()
    levels[level] = value
    return changed(molecules, levels_ev=levels)


def with_number(molecules, atom, value):
    numbers = molecules.numbers[0].copy()
    numbers[atom] = value
    return changed(molecules, numbers=numbers)


OF_MATRICES = {
    "Coulomb matrices are symmetric",
    "Coulomb matrices are 0 past the atoms",
    "Diagonals of the Coulomb matrices are those of the atoms (relative)",
}
BOUND = "Bonds are those of the identity (sample)"
AREA = "Areas of the spectra (sigma 0.3 eV, 300 points) are their 16 levels"


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda m: changed(m, row=1, number=0), {"Molecules are in the order of the draw"}),
        (lambda m: changed(m, name=m.name[1]), {"No molecule of the source occurs twice"}),
        (lambda m: with_number(m, 0, 16), {"Atoms are of the elements H, C, N, O and F", BOUND}),
        (lambda m: with_number(m, 0, -6),
         {"Atoms are of the elements H, C, N, O and F", "Atoms come first, and then none", "Positions of no atom are 0",
          *OF_MATRICES, BOUND}),
        (lambda m: with_number(m, 1, 0), {"Atoms come first, and then none", "Positions of no atom are 0", BOUND}),
        (lambda m: changed(m, numbers=np.zeros(29)), {"Number of atoms", "Positions of no atom are 0", BOUND}),
        (lambda m: moved(m, 28, [0, 0, 1.0]), {"Positions of no atom are 0"}),
        (lambda m: moved(m, 1, m.positions_angstrom[0, 0] + 0.1), {"Least distance of two atoms", *OF_MATRICES, BOUND}),
        (lambda m: moved(m, 0, [np.nan, 0, 0]), {"Least distance of two atoms", *OF_MATRICES, BOUND}),
        (lambda m: with_level(m, 3, -9.0), {"Levels ascend"}),
        (lambda m: with_level(m, 3, np.nan),
         {"No level is missing or infinite", "Levels ascend", "Lowest levels are within the window of the spectra",
          "Highest levels are within the window of the spectra", AREA}),
        (lambda m: with_level(m, 0, -35.0), {"Lowest levels are within the window of the spectra", AREA}),
        (lambda m: with_level(m, 15, 0.5), {"Highest levels are within the window of the spectra", AREA}),
        (lambda m: with_level(m, 0, -29.9), {AREA}),
        (lambda m: changed(m, identity="0" * 16), {BOUND}),
        (lambda m: replace(m, homo_ev=m.homo_ev[::-1].copy()),
         {"Rank correlation of the highest level with the HOMO that the source states"}),
        (lambda m: replace(m, homo_ev=np.full(COUNT, -6.0)),
         {"Rank correlation of the highest level with the HOMO that the source states"}),
    ],
)  # fmt: skip
def test_each_check_can_fail(tmp_path, molecules, change, names):
    assert broken(judged(tmp_path, change(molecules))) == names


def test_matrices_are_checked_as_the_networks_get_them(tmp_path, molecules, monkeypatch):
    """Those checks are of what the physics makes of the files: a mistake there is found here."""
    from relaxnet.studies.spectroscopy.expectations import table

    real = table.coulomb_matrices

    def spoiled(numbers, positions):
        matrices = real(numbers, positions)
        matrices[0, 0, 1] *= 1.1
        matrices[0, 28, 28] = 1.0
        return matrices

    monkeypatch.setattr(table, "coulomb_matrices", spoiled)
    assert {"Coulomb matrices are symmetric", "Coulomb matrices are 0 past the atoms"} < broken(
        judged(tmp_path, molecules)
    )


def test_copies_of_a_geometry_are_counted_and_must_be_of_one_identity(tmp_path, molecules):
    copied = changed(molecules, row=1, positions_angstrom=molecules.positions_angstrom[0])
    report = judged(tmp_path, copied)
    assert not broken(report)
    assert report.counts["With the geometry of an earlier one"] == 1
    told_apart = changed(copied, row=1, identity="1" * 16)
    assert broken(judged(tmp_path, told_apart)) == {BOUND, "Copies of one geometry are of one identity"}


def test_a_split_that_divides_an_identity_is_found(tmp_path, molecules, monkeypatch):
    from relaxnet.studies.spectroscopy.expectations import table

    real = table.split
    monkeypatch.setattr(table, "split", lambda samples, config, groups: real(samples, config))
    assert broken(judged(tmp_path, molecules)) == {"Molecules of one identity stay in one part"}


def test_fewer_than_asked_for_are_found(tmp_path, molecules):
    assert broken(judged(tmp_path, molecules, dropped=())) == {"As many were drawn as are asked for"}
    without_number = {"all": SimulateConfig(seed=3)}
    assert judged(tmp_path, molecules, dropped=(), simulate=without_number).success


def test_the_homo_is_judged_where_enough_molecules_state_one(tmp_path, molecules):
    few = replace(molecules, homo_ev=np.where(np.arange(COUNT) < 30, molecules.homo_ev[::-1], np.nan))
    report = judged(tmp_path, few)
    assert report.success
    assert report.counts["Whose source states a HOMO"] == 30
    assert len(report.results) == 19


def test_rank_correlation_is_spearmans(molecules):
    from scipy.stats import spearmanr

    count, found = homo_rank_correlation(molecules)
    assert count == COUNT
    assert found == pytest.approx(spearmanr(molecules.levels_ev[:, -1], molecules.homo_ev).statistic)
    assert np.isnan(homo_rank_correlation(molecules.take(slice(2)))[1])
