"""Simulated scans of the whole state space (cp_n,max <= 6) with sloping lines, noise and events."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relaxnet.studies.relaxation.estimation.scans import simulate_scans

sys.path.append(str(Path(__file__).parents[1] / "estimation"))
from random_sets import random_sets

HEATING_RATE = 10.0


@dataclass(frozen=True, eq=False)
class SimulatedScan:
    """A scan at 1 K; ``cp_n`` is without noise, ``signal`` on sloping lines with a step of about 1."""

    temperature_k: np.ndarray
    signal: np.ndarray
    cp_n: np.ndarray
    noise: float
    cooling_rate: float

    @property
    def rise_k(self):
        """From a tenth to nine tenths, at least 4 K."""
        return max(self.temperature_k[np.argmax(self.cp_n > 0.9)] - self.temperature_k[np.argmax(self.cp_n > 0.1)], 4.0)


def half_rise_k(scan):
    """Where cp_n without noise crosses 1/2."""
    at = int(np.argmax(scan.cp_n >= 0.5)) - 1
    share = (0.5 - scan.cp_n[at]) / (scan.cp_n[at + 1] - scan.cp_n[at])
    return scan.temperature_k[at] + share


def clean_scans(count, seed):
    """Scans whose windows reach 15 to 50 K further into glass and liquid than the transition needs."""
    generator = np.random.default_rng(seed)
    for sample in simulate_scans(random_sets(count, seed)):
        scan = sample.scans[generator.choice([0, 3, 5])]
        low_k, high_k = scan.temperature_k[[0, -1]]
        below, above = (int(reach) for reach in generator.uniform(15, 50, 2))
        below = min(below, int(low_k) - 20)
        temperature_k = np.arange(low_k - below, high_k + above + 0.5)
        cp_n = np.concatenate([np.zeros(below), scan.cp_n, np.ones(above)])
        yield dressed(temperature_k, cp_n, scan.cooling_rate_k_per_min, generator)


def dressed(temperature_k, cp_n, cooling_rate, generator):
    """Signal on sloping lines with noise 0.003 or 0.01."""
    share = (temperature_k - temperature_k.mean()) / np.ptp(temperature_k)
    noise = generator.choice([0.003, 0.01])
    step = 1.0 + generator.uniform(-0.5, 0.5) * share
    signal = 0.5 + generator.uniform(-1, 1) * share + step * cp_n + noise * generator.standard_normal(len(share))
    return SimulatedScan(temperature_k, signal, cp_n, noise, cooling_rate)


def with_event(scan, generator):
    """The scan with a Gaussian of 5 to 50 % of the step, 2 to 12 K wide, anywhere; and its centre and width."""
    height = np.exp(generator.uniform(np.log(0.05), np.log(0.5))) * generator.choice([-1.0, 1.0])
    width_k = generator.uniform(2.0, 12.0)
    centre_k = generator.uniform(scan.temperature_k[0] + 2 * width_k, scan.temperature_k[-1] - 2 * width_k)
    return scan.signal + height * np.exp(-0.5 * ((scan.temperature_k - centre_k) / width_k) ** 2), centre_k, width_k
