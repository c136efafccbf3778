"""Events of a scan by the TNM model: how many are seen, and how many are seen where there are none."""

import numpy as np
import pytest
from scans_with_events import HEATING_RATE, clean_scans, with_event

from relaxnet.studies.relaxation.dsc.lines import find_lines
from relaxnet.studies.relaxation.dsc.scan_events import events_of_scan


def looked_at(scan, signal):
    lines = find_lines(scan.temperature_k, signal)
    return lines and events_of_scan(scan.temperature_k, signal, lines, scan.cooling_rate, HEATING_RATE)


def is_seen(found, centre_k, width_k):
    """Named, flagged or cut off."""
    low_k, high_k = found.range_k if found else (0.0, np.inf)
    cut = centre_k + 1.5 * width_k < low_k or centre_k - 1.5 * width_k > high_k
    return found is None or bool(found.events) or found.flagged or cut


def test_an_event_on_the_rise_is_flagged_and_one_beyond_is_cut():
    scan = next(iter(clean_scans(1, seed=4)))
    assert not looked_at(scan, scan.signal).events
    half_k = scan.temperature_k[np.argmax(scan.cp_n > 0.5)]
    bump = 0.2 * np.exp(-0.5 * ((scan.temperature_k - half_k - 6.0) / 3.0) ** 2)
    assert looked_at(scan, scan.signal - bump).flagged
    beyond_k = scan.temperature_k[-1] - 12.0
    found = looked_at(scan, scan.signal - 0.2 * np.exp(-0.5 * ((scan.temperature_k - beyond_k) / 3.0) ** 2))
    assert found.range_k[1] < beyond_k


@pytest.mark.slow
def test_95_of_100_events_are_seen_and_2_alarms_are_false():
    generator = np.random.default_rng(8)
    seen, alarms = [], []
    for scan in clean_scans(300, seed=8):
        found = looked_at(scan, scan.signal)
        alarms.append(found is None or bool(found.events) or found.flagged)
        signal, centre_k, width_k = with_event(scan, generator)
        seen.append(is_seen(looked_at(scan, signal), centre_k, width_k))
    print(f"seen {np.mean(seen):.3f}, false alarms {np.mean(alarms):.3f}")
    assert np.mean(seen) >= 0.95
    assert np.mean(alarms) <= 0.02
