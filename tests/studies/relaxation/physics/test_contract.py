"""The error contract of the simulator over the state space, with the direct solver as the judge.

``max over T of |cp_n - exact|`` stays within ``1e-4 max(1, cp_n,max)`` up to cp_n,max = 6, and within
``1e-3 cp_n,max`` above.  The judge in turn is checked against a differential equation (beta = 1), a quadrature (x = 1)
and itself.
"""

from __future__ import annotations

import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from direct import direct_scan
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.special import expn

from relaxnet.studies.relaxation.dataset import ln_a_table
from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, SHAPE_VALUES
from relaxnet.studies.relaxation.physics import GAS_CONSTANT, TNMParameters, chr_program, simulate

RATES = chr_program().cooling_rates_k_per_min
HEATING = chr_program().heating_rate_k_per_min
SCANS = (0, 5)  # the slowest cooling makes the steepest scan, the fastest the flattest
CERTAINTY = 3.0  # times better than the contract that the judge must be
CLASSES = {"cp_n,max <= 6": (0.0, 6.0), "6 to 60": (6.0, 60.0), "above 60": (60.0, np.inf)}
SHAPE = (*ln_a_table().shape, len(SHAPE_VALUES), len(SHAPE_VALUES))
STEEPEST = (-630.0, 12e5, 0.2, 1.0)


@dataclass(frozen=True)
class Verdict:
    values: tuple[float, ...]
    cooling_k_per_min: float
    cp_n_max: float
    error: float  # of the simulator, over what the contract allows
    doubt: float  # estimated error of the judge, over the same

    def __str__(self) -> str:
        values = ", ".join(f"{value:.6g}" for value in self.values)
        return (
            f"({values}) at {self.cooling_k_per_min:g} K/min: cp_n,max {self.cp_n_max:.4g}, "
            f"error {self.error:.3g} of the contract, judge {self.doubt:.1g}"
        )


def contract(cp_n_max):
    return 1e-4 * max(1.0, cp_n_max) if cp_n_max <= 6.0 else 1e-3 * cp_n_max


def judge(values) -> list[Verdict]:
    signals = simulate(TNMParameters(*values))
    verdicts = []
    for scan in SCANS:
        exact = direct_scan(*values, RATES[scan], HEATING)
        top = float(exact.cp_n.max())
        error = np.abs(signals.on_grid(exact.temperature_k)[0, scan] - exact.cp_n).max()
        verdicts.append(Verdict(values, RATES[scan], top, *(float(e / contract(top)) for e in (error, exact.error))))
    return verdicts


def check(verdicts, record_property):
    """Print and record the errors of each class, then assert the contract."""
    print()
    for name, (low, high) in CLASSES.items():
        rows = [v for v in verdicts if low < v.cp_n_max <= high]
        if not rows:
            continue
        errors = [v.error for v in rows]
        text = (
            f"{len(rows)} scans, error / contract: worst {max(errors):.3g}, median {np.median(errors):.3g}; "
            f"judge: worst {max(v.doubt for v in rows):.1g}"
        )
        print(f"{name}: {text}")
        record_property(name, text)
    uncertain = [v for v in verdicts if not CERTAINTY * v.doubt <= 1.0]
    assert not uncertain, "the judge is not certain:\n" + "\n".join(map(str, uncertain))
    broken = sorted((v for v in verdicts if not v.error <= 1.0), key=lambda v: -v.error)
    assert not broken, f"{len(broken)} of {len(verdicts)} scans:\n" + "\n".join(map(str, broken))


def at(i, j, k, m):
    """Parameters at indices of dh, ln A, x and beta."""
    return (float(ln_a_table()[i, j]), float(DH_J_PER_MOL[i]), float(SHAPE_VALUES[k]), float(SHAPE_VALUES[m]))


def sample(rng):
    """Indices: all of the space, its corners, its faces, and the corner of the steep scans."""
    points = [tuple(rng.integers(SHAPE)) for _ in range(400)]
    points += itertools.product(*((0, n - 1) for n in SHAPE))
    for axis, size in enumerate(SHAPE):
        for end in (0, size - 1):
            for _ in range(5):
                point = list(rng.integers(SHAPE))
                point[axis] = end
                points.append(tuple(point))
    steep = [(0, SHAPE[0]), (0, SHAPE[1]), (0, 8), (SHAPE[3] - 9, SHAPE[3])]
    points += [tuple(int(rng.integers(*limits)) for limits in steep) for _ in range(60)]
    return points


@pytest.mark.slow
def test_contract_over_the_state_space(rng, record_property):
    points = [at(*point) for point in sample(rng)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        verdicts = [verdict for rows in pool.map(judge, points, chunksize=4) for verdict in rows]
    check(verdicts, record_property)


def test_contract_at_a_few_points(record_property):
    points = [
        at(12, 70, 40, 0),
        at(50, 40, 20, 20),
        at(30, 10, 12, 33),
        at(100, 80, 5, 8),
        at(70, 60, 0, 28),
        at(100, 0, 0, 40),
    ]
    check([verdict for point in points for verdict in judge(point)], record_property)


def differential_equation(ln_a, dh, x, cooling, temperature_k, hot_k):
    """cp_n of the heating scan for beta = 1, where lag = Tf - T obeys ``d lag/dT = -1 - lag / (rate tau)``."""
    scale = dh / GAS_CONSTANT

    def pace(t_k, lag_k, rate):
        return np.exp(-ln_a - x * scale / t_k - (1 - x) * scale / (t_k + lag_k)) / rate

    def slope(t_k, lag_k, rate):
        return -1.0 - lag_k * pace(t_k, lag_k, rate)

    def jacobian(t_k, lag_k, rate):
        return (-pace(t_k, lag_k, rate) * (1 + lag_k * (1 - x) * scale / (t_k + lag_k) ** 2)).reshape(1, 1)

    options = {"method": "Radau", "rtol": 1e-11, "atol": 1e-12, "jac": jacobian}
    start = 1.0 / pace(hot_k, 0.0, cooling / 60)
    cold_k = temperature_k[0]
    cold = solve_ivp(slope, (hot_k, cold_k), [start], args=(-cooling / 60,), **options).y[:, -1]
    heating = solve_ivp(slope, (cold_k, temperature_k[-1]), cold, args=(HEATING / 60,), t_eval=temperature_k, **options)
    return 1.0 + slope(temperature_k, heating.y[0], HEATING / 60)


SINGLE = [
    (*STEEPEST[:3], RATES[0]),
    (*STEEPEST[:3], RATES[5]),
    (-101.27, 2e5, 0.2, RATES[0]),
    (-18.0, 2e5, 0.2, RATES[0]),
    (-300.0, 9e5, 0.4, RATES[1]),
    (-84.0, 12e5, 1.0, RATES[0]),
]


@pytest.mark.parametrize(("ln_a", "dh", "x", "cooling"), SINGLE)
def test_judge_and_simulator_against_a_differential_equation(ln_a, dh, x, cooling):
    judged = direct_scan(ln_a, dh, x, 1.0, cooling, HEATING)
    # in the liquid the equation for the lag loses cp_n - 1 to rounding
    last = np.flatnonzero(np.abs(judged.cp_n - 1.0) > 1e-4)[-1]
    t_k = judged.temperature_k[:last]
    exact = differential_equation(ln_a, dh, x, cooling, t_k, judged.temperature_k[-1])
    assert judged.error <= 1e-5 * max(1.0, exact.max())
    assert np.abs(judged.cp_n[:last] - exact).max() <= judged.error
    found = simulate(TNMParameters(ln_a, dh, x, 1.0), chr_program([cooling], HEATING)).on_grid(t_k)[0, 0]
    assert float(np.abs(found - exact).max() / contract(exact.max())) <= 1.0


def quadrature(ln_a, dh, beta, cooling, t_k, cold_k, hot_k):
    """cp_n of the heating scan at ``t_k`` for x = 1, where reduced time is an exponential integral."""
    scale = dh / GAS_CONSTANT
    s, weights = np.polynomial.legendre.leggauss(600)
    s, weights = 0.5 * (s + 1), 0.5 * weights
    near, near_weights = np.polynomial.legendre.leggauss(20)
    near, near_weights = 0.5 * (near + 1), 0.5 * near_weights

    def pace(temperature_k):
        return np.exp(-ln_a - scale / temperature_k) / (HEATING / 60)

    def distance(later_k, gap_k):
        """Reduced time to heat by ``gap_k`` up to ``later_k``."""
        close = gap_k * (pace(later_k[:, None] - gap_k[:, None] * near) @ near_weights)
        whole = (np.exp(-ln_a) * t * expn(2, scale / t) / (HEATING / 60) for t in (later_k, later_k - gap_k))
        # the difference of exponential integrals cancels over short gaps
        return np.where(gap_k < later_k**2 / scale, close, np.subtract(*whole))

    def decay(d):
        p = d**beta
        return beta * p / d * np.exp(-p)

    out = np.empty(len(t_k))
    power = 3.0 / beta  # takes the cusp away
    for n, now in enumerate(t_k):
        gap = (now - cold_k) * s**power
        rising = decay(distance(np.full_like(s, now), gap)) * (now - cold_k) * power * s ** (power - 1)
        width = (hot_k - cold_k) * s
        cooled = distance(cold_k + width, width) * (HEATING / cooling)
        heated = distance(np.array([now]), np.array([now - cold_k]))
        out[n] = pace(now) * (weights @ (rising - decay(heated + cooled) * (hot_k - cold_k)))
    return out


@pytest.mark.parametrize("beta", [0.2, 0.45, 0.8])
@pytest.mark.parametrize("scan", SCANS)
def test_judge_against_a_quadrature(beta, scan):
    ln_a, dh = -120.0, 4e5
    found = direct_scan(ln_a, dh, 1.0, beta, RATES[scan], HEATING)
    inner = np.searchsorted(found.temperature_k, np.linspace(350.0, 440.0, 60))
    exact = quadrature(ln_a, dh, beta, RATES[scan], found.temperature_k[inner], found.temperature_k[0], 600.0)
    assert np.abs(found.cp_n[inner] - exact).max() <= found.error


@pytest.mark.parametrize(
    "values", [STEEPEST, (-101.27, 2e5, 0.2, 0.8), (-300.0, 9e5, 0.5, 0.5), (-79.21, 318443.9, 0.57, 0.3)]
)
def test_judge_estimates_its_error(values):
    coarse = direct_scan(*values, RATES[0], HEATING, tolerance=1.0)
    fine = direct_scan(*values, RATES[0], HEATING, du=0.05, end=1e-11)
    height = max(1.0, fine.cp_n.max())
    assert fine.error <= 1e-6 * height
    # fourth order, or so exact that rounding hides it
    assert coarse.order > 3.8 or coarse.error < 1e-7
    exact = CubicSpline(fine.temperature_k, fine.cp_n)(coarse.temperature_k)
    within = coarse.temperature_k <= fine.temperature_k[-1]
    # a little for the spline, and for where the scan turns
    assert np.abs(coarse.cp_n - exact)[within].max() <= coarse.error + 2e-6 * height
