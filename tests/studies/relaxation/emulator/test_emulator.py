import json
from dataclasses import replace

import numpy as np
import pytest

from relaxnet.core.errors import DataFileError, InvalidInputError
from relaxnet.studies.relaxation.dataset import ln_a_table
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL
from relaxnet.studies.relaxation.emulator import Emulator
from relaxnet.studies.relaxation.emulator.axes import AXES
from relaxnet.studies.relaxation.expectations.emulator import validate_emulator
from relaxnet.studies.relaxation.params import ValidateConfig
from relaxnet.studies.relaxation.physics import GAS_CONSTANT, chr_program, describe, simulate_many
from relaxnet.studies.relaxation.physics.program import ChrProgram

CONFIG = ValidateConfig(
    scaling_sample=1, area_tolerance_k=0.01, end_tolerance=1e-4, usual_cp_n_max=6.0, usual_share=0.75
)
# A table of a second's work: coarse, and without the lowest u, where the widest liquids would boil.
COARSE = tuple(
    replace(axis, spacing=spacing, low=max(axis.low, low))
    for axis, spacing, low in zip(AXES, (0.015, 0.5, 0.1), (40.0, 0.2, 0.2), strict=True)
)


@pytest.fixture(scope="module")
def emulator():
    return Emulator.build(axes=COARSE)


def sets_of(places):
    """Parameter sets at values of (u at the transition, x, beta), at several dh."""
    transition, x, beta = np.array(places).T
    dh = np.resize([2e5, 6e5, 12e5], len(transition))
    ln_a = -transition - 2 * np.log(transition) - np.log(10 / 60 / (dh / GAS_CONSTANT))
    return np.column_stack([ln_a, dh, x, beta])


def errors(emulator, sets):
    """Largest error of cp_n of each set over ``max(1, cp_n,max)``, on nodes four times as dense."""
    emulated, exact = emulator.signals(sets), simulate_many(sets, emulator.program, nodes=512)
    found = np.empty(len(sets))
    for q in range(len(sets)):
        one, other = emulated.take(slice(q, q + 1)), exact.take(slice(q, q + 1))
        grid_k = np.unique(other.temperature_k)
        height = max(1.0, float(other.cp_n.max()))
        found[q] = np.abs(one.on_grid(grid_k) - other.on_grid(grid_k)).max() / height
    return found


def test_at_the_nodes_of_the_table_it_is_the_simulator(emulator):
    values = [axis.values() for axis in COARSE]
    nodes = [(values[0][a], values[1][b], values[2][c]) for a, b, c in ((2, 1, 3), (5, 2, 6), (6, 4, 8), (3, 3, 1))]
    assert errors(emulator, sets_of(nodes)).max() < 2e-4


def test_between_the_nodes_it_interpolates(emulator):
    found = errors(emulator, sets_of([(60.0, 0.55, 0.62), (150.0, 0.8, 0.45), (300.0, 0.7, 0.33)]))
    assert found.max() < 2e-2
    assert found.max() > 1e-5  # it is no simulator


def test_fictive_temperature_and_temperature_scale(emulator):
    sets = sets_of([(60.0, 0.55, 0.62), (60.0, 0.55, 0.62)])
    emulated, exact = emulator.signals(sets), simulate_many(sets)
    np.testing.assert_allclose(emulated.glass_fictive_k, exact.glass_fictive_k, rtol=1e-4)
    np.testing.assert_allclose(describe(emulated).area_fictive_k, exact.glass_fictive_k, rtol=3e-4)
    assert emulated.temperature_k[1].mean() > 2 * emulated.temperature_k[0].mean()  # dh is three times as large


def test_result_depends_on_neither_company_nor_threads(emulator, rng):
    sets = sets_of(rng.uniform([50, 0.3, 0.3], [600, 1, 1], (600, 3)))
    whole = emulator.signals(sets, workers=2)
    part = emulator.signals(sets[300:310])
    np.testing.assert_array_equal(whole.cp_n[300:310], part.cp_n)
    np.testing.assert_array_equal(whole.u[300:310], part.u)


def test_other_programs(tmp_path):
    program = chr_program([1.0, 20.0], 20.0)
    emulator = Emulator.build(program, axes=COARSE)
    sets = np.array([[-79.21, 318443.9, 0.57, 0.71]])
    assert emulator.signals(sets).cp_n.shape[:2] == (1, 2)
    assert errors(emulator, sets).max() < 2e-2


def test_saved_and_loaded(emulator, tmp_path):
    emulator.save(tmp_path / "emulator")
    again = Emulator.load(tmp_path / "emulator")
    assert again.program == emulator.program == ChrProgram()
    assert again.axes == COARSE
    np.testing.assert_array_equal(again.table, emulator.table)
    np.testing.assert_array_equal(again.scalars, emulator.scalars)


def damage_nothing_there(folder):
    (folder / "emulator.json").unlink()


def damage_version(folder):
    path = folder / "emulator.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))


def damage_json(folder):
    (folder / "emulator.json").write_text("{")


def damage_table(folder):
    content = (folder / "table.npy").read_bytes()
    (folder / "table.npy").write_bytes(content[: len(content) // 2])


def damage_shape(folder):
    np.save(folder / "scalars.npy", np.zeros((2, 2)))


def damage_everything_in(folder):
    (folder / "scalars.npy").write_bytes(b"")


def damage_one_bit(folder):
    content = bytearray((folder / "table.npy").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "table.npy").write_bytes(content)


def damage_kind_of_json(folder):
    (folder / "emulator.json").write_text("[1]")


def damage_axes(folder):
    path = folder / "emulator.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "axes": [{"name": "x"}]}))


def damage_encoding(folder):
    (folder / "emulator.json").write_bytes(b"\xff\xfe")


DAMAGES = [value for name, value in dict(globals()).items() if name.startswith("damage_")]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_one_clear_line(emulator, tmp_path, damage):
    emulator.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(DataFileError, match="build it again") as caught:
        Emulator.load(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "field"),
    [((15.0, 0.5, 0.5), "transition_u"), ((60.0, 0.15, 0.5), "x"), ((60.0, 0.5, 1.01), "beta"),
     ((60.0, np.nan, 0.5), "x")],
)  # fmt: skip
def test_sets_outside_the_table_are_refused(emulator, place, field):
    with pytest.raises(InvalidInputError, match=f"^{field} = .*: must be from .* for the emulator"):
        emulator.signals(sets_of([(60.0, 0.5, 0.5), place]))


def test_shape_of_the_parameters(emulator):
    with pytest.raises(InvalidInputError, match="parameters"):
        emulator.signals(np.zeros((3, 5)))


def test_validation_needs_the_whole_state_space(emulator):
    with pytest.raises(InvalidInputError, match="transition_u"):
        validate_emulator(emulator, CONFIG, quartets=200)


@pytest.fixture(scope="module")
def full():
    return Emulator.build(workers=2)


@pytest.mark.slow
def test_validated_like_a_dataset(full):
    report = validate_emulator(full, CONFIG)
    assert report.success, [result for result in report.results if not result.success]
    assert report.counts["Simulated again"] == 1000
    blurred = Emulator(full.program, full.table.copy(), full.scalars, full.axes)
    blurred.table[..., 1, 2, :] = blurred.table[..., 1, 1, :]  # one scan with the shape of another
    assert not validate_emulator(blurred, CONFIG, quartets=50).success


@pytest.mark.slow
def test_error_over_the_state_space(full, rng, record_property):
    assert full.nbytes < 500e6
    n = 1500
    i, j = rng.integers(101, size=n), rng.integers(81, size=n)
    shapes = np.concatenate([rng.uniform(0.2, 1.0, (1000, 2)), rng.uniform([0.2, 0.8], [0.3, 1.0], (500, 2))])
    found = errors(full, np.column_stack([ln_a_table()[i, j], DH_J_PER_MOL[i], shapes]))
    text = f"median {np.median(found):.1e}, 99 % {np.quantile(found, 0.99):.1e}, worst {found.max():.1e}"
    record_property("error over max(1, cp_n,max)", text)
    print(f"\nemulator: {text}")
    assert found.max() <= 1e-3
