"""What must hold for every parameter set of the state space."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dataset import ln_a_table
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL
from relaxnet.studies.relaxation.physics import TNMParameters, chr_program, describe, simulate, simulate_many
from relaxnet.studies.relaxation.physics.limits import highest_ln_a
from relaxnet.studies.relaxation.physics.parameters import RANGES

RATES = np.array(chr_program().cooling_rates_k_per_min)
FEW = settings(max_examples=12, deadline=None, derandomize=True)
shapes = st.floats(0.2, 1.0)
scales = st.floats(0.3, 3.0)


@st.composite
def state_space(draw):
    i, j = draw(st.integers(0, 100)), draw(st.integers(0, 80))
    return TNMParameters(ln_a_table()[i, j], DH_J_PER_MOL[i], draw(shapes), draw(shapes))


def same_curves(one, other, tolerance=3e-5):
    """Compare two `Signals` as functions of u = dh/(R T)."""
    for scan in range(one.u.shape[1]):
        u = one.u[0, scan]
        rebased = other.on_grid(other.u_scale_k[0] / u)[0, scan]
        # the steepest curves carry a wider error
        height = max(1.0, one.cp_n[0, scan].max())
        limit = tolerance if height <= 6 else 1e-3
        assert np.abs(rebased - one.cp_n[0, scan])[1:-1].max() <= limit * height


@FEW
@given(state_space())
def test_every_scan_runs_from_the_glass_to_the_liquid(parameters):
    signals = simulate(parameters)
    assert np.isfinite(signals.cp_n).all()
    assert (np.diff(signals.u) < 0).all()
    assert np.abs(signals.cp_n[:, :, 0]).max() < 1e-3
    assert np.abs(signals.cp_n[:, :, -1] - 1).max() < 1e-3


@FEW
@given(state_space())
def test_area_is_the_fictive_temperature_frozen_in(parameters):
    signals = simulate(parameters)
    lost_k = np.abs(describe(signals).area_fictive_k - signals.glass_fictive_k).max()
    steep = signals.cp_n.max() > 6
    assert lost_k < (0.1 if steep else 2e-3)


@FEW
@given(state_space())
def test_slower_cooling_freezes_a_colder_structure(parameters):
    assert (np.diff(simulate(parameters).glass_fictive_k[0]) > 0).all()


@FEW
@given(state_space(), scales)
def test_scaling_of_energy_temperature_and_rate(parameters, s):
    # d xi = dT / (q A exp(dh/RT)): T -> s T with dh -> s dh leaves A q / dh to be kept, by q or by A
    faster = TNMParameters(parameters.ln_a, parameters.dh_j_per_mol * s, parameters.x, parameters.beta)
    longer = TNMParameters(parameters.ln_a + np.log(s), parameters.dh_j_per_mol * s, parameters.x, parameters.beta)
    same_curves(simulate(parameters), simulate(faster, chr_program(RATES * s, 10.0 * s)))
    same_curves(simulate(parameters), simulate(longer))


@FEW
@given(state_space(), scales)
def test_only_the_product_of_rate_and_prefactor_matters(parameters, s):
    slower = TNMParameters(parameters.ln_a + np.log(s), parameters.dh_j_per_mol, parameters.x, parameters.beta)
    same_curves(simulate(parameters), simulate(slower, chr_program(RATES / s, 10.0 / s)))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(shapes, shapes)
def test_equal_ratio_of_rates_shifts_the_curves(x, beta):
    ln_a, dh, s = -79.21, 318443.9, 10.0
    slow = describe(simulate(TNMParameters(ln_a, dh, x, beta), chr_program([5.0], 10.0)))
    fast = describe(simulate(TNMParameters(ln_a, dh, x, beta), chr_program([5.0 * s], 10.0 * s)))
    scale = dh / 8.314462618
    u_slow, u_fast = scale / slow.half_rise_k[0, 0], scale / fast.half_rise_k[0, 0]
    # ln(q u**2) + u is what stays: the factor u**2 is dT = -T**2 R/dh du
    assert abs((u_slow - u_fast + 2 * np.log(u_slow / u_fast)) / np.log(s) - 1) < 0.02
    assert abs(fast.cp_n_max[0, 0] / slow.cp_n_max[0, 0] - 1) < 0.02


@FEW
@given(state_space())
def test_fictive_temperature_stays_between_the_temperatures_seen(parameters):
    signals = simulate_many(parameters.as_array()[None], chr_program([2.0]))
    low, high = signals.temperature_k[0, 0, [0, -1]]
    assert low < signals.glass_fictive_k[0, 0] < high


rates = st.floats(-6.0, 9.0).map(lambda decades: 10.0**decades)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.floats(3.0, 8.0), st.floats(*RANGES["x"]), st.floats(*RANGES["beta"]), st.floats(-6, 3.6), rates, rates)
def test_any_parameters_at_any_rates(decades, x, beta, below, cooling, heating):
    dh, program = 10.0**decades, chr_program([cooling], heating)
    ln_a = float(highest_ln_a(np.array([dh]), np.array([beta]), program)[0]) - 10.0**below
    assume(-5000.0 <= ln_a <= 100.0)
    try:
        signals = simulate(TNMParameters(ln_a, dh, x, beta), program)
    except InvalidInputError:
        assert cooling < heating  # a glass that never melts
        return
    assert np.isfinite(signals.cp_n).all()
    assert (np.diff(signals.temperature_k) > 0).all()
    assert abs(signals.cp_n[0, 0, 0]) < 1e-3
    assert abs(signals.cp_n[0, 0, -1] - 1) < 2e-3
    assert signals.temperature_k.min() < signals.glass_fictive_k[0, 0] < signals.u_scale_k[0] / 0.01
