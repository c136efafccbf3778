import numpy as np
import pytest

from relaxnet import Hold, Program, Ramp, TNMParameters, chr_program, simulate, simulate_many
from relaxnet.core.errors import InvalidInputError

AS2SE3 = TNMParameters(-79.21, 318_444.0, 0.57, 0.71)


def test_signals_as_table_frame_and_figure():
    signals = simulate(AS2SE3, chr_program([1.0, 10.0]))
    lines = str(signals).splitlines()
    assert lines[0] == "Signals: 1 set of 2 scans, 128 nodes each"
    peak = signals.cp_n[0, 1].max()
    assert lines[3].split()[:4] == ["0", "10", "K/min", f"{peak:.3f}"]
    assert repr(signals) == str(signals)
    frame = signals.to_frame()
    assert len(frame) == signals.cp_n.size
    part = frame[frame["cooling_rate_k_per_min"] == 10.0]
    np.testing.assert_array_equal(part["cp_n"], signals.cp_n[0, 1])
    np.testing.assert_array_equal(part["temperature_k"], signals.temperature_k[0, 1])
    (axes,) = signals.plot().axes
    assert [line.get_label() for line in axes.lines] == ["1 K/min", "10 K/min"]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), signals.cp_n[0, 1])


def test_long_tables_are_cut():
    signals = simulate_many(np.tile(AS2SE3.as_array(), (5, 1)))
    assert len(str(signals).splitlines()) == 15
    assert str(signals).endswith("...")
    assert len(signals.take(slice(0, 2)).to_frame()) == 2 * 6 * 128
    assert signals.take(slice(0, 2)).cooling_rates_k_per_min == chr_program().cooling_rates_k_per_min
    with pytest.raises(InvalidInputError, match="index = 5: must be a whole number from 0 to 4"):
        signals.plot(5)


def test_trajectory_as_table_frame_and_figure():
    path = simulate(AS2SE3, Program(490.0, (Ramp(440.0, 20.0), Hold(600.0), Ramp(490.0, 10.0))))
    lines = str(path).splitlines()
    assert lines[0] == f"Trajectory: 3 segments, {len(path.time_s)} nodes"
    assert lines[4].split()[:4] == ["end", "of", "2", "36150"]
    fictive_c = path.at([36_150.0]).fictive_k[0] - 273.15
    assert float(lines[4].split()[-1]) == pytest.approx(fictive_c, abs=0.006)
    assert repr(path) == str(path)
    frame = path.to_frame()
    np.testing.assert_array_equal(frame["fictive_k"], path.fictive_k)
    assert len(path.plot().axes) == 2
