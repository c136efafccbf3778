"""``relaxnet estimate`` and ``relaxnet predict`` from files to outputs."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from measured_files import COLD_K, HOT_K, TRUE, cycle, heating_of, write_proteus, write_table, write_tidy

from relaxnet.cli.command import main
from relaxnet.studies.relaxation.dsc.figures import scans_figure
from relaxnet.studies.relaxation.dsc.fit.report import nothing

NAMES = ("ln_a", "dh_j_per_mol", "x", "beta")
PROGRAM = f"""
start_c: {HOT_K - 273.15}
steps:
  - {{to_c: {COLD_K - 273.15}, rate_k_per_min: 10}}
  - {{to_c: {HOT_K - 273.15}, rate_k_per_min: 10}}
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def tidy(tmp_path_factory):
    """Result of an estimate from a tidy file, with all outputs; made once."""
    folder = tmp_path_factory.mktemp("tidy")
    write_tidy(folder / "scans.csv")
    outputs = ["--json", f"{folder / 'r.json'}", "--report", f"{folder / 'r.html'}", "--plot", f"{folder / 'r.png'}"]
    assert main(["estimate", str(folder / "scans.csv"), "--heating-rate", "10", "--lag", "0", *outputs]) == 0
    return folder


def refused(capsys, *arguments, status=2):
    """Run ``relaxnet estimate``; returns its one line after checking that nothing is left."""
    before = set(os.listdir())  # noqa: PTH208
    assert main(["estimate", *map(str, arguments)]) == status
    captured = capsys.readouterr()
    lines = captured.err.replace("relaxnet: compiling the simulator (some 20 s, once)\n", "")
    assert captured.out == ""
    assert re.fullmatch(r"relaxnet: [^\n]+\n", lines)
    assert set(os.listdir()) == before  # noqa: PTH208
    return lines.removeprefix("relaxnet: ").rstrip("\n")


def near(result, sigmas=4.0):
    """Whether all four parameters are within so many standard deviations of the true ones."""
    value, std = (np.array([result[name][key] for name in NAMES]) for key in ("value", "std"))
    return bool((np.abs(value - TRUE) <= sigmas * std).all())


def test_tidy_curves(tidy, capsys):
    result = json.loads((tidy / "r.json").read_text())
    assert near(result)
    assert result["x"]["std"] < 0.01
    assert result["beta"]["std"] < 0.01
    assert [scan["label"] for scan in result["scans"]] == [f"cooled at {rate} K/min" for rate in (1, 3, 10, 30)]
    page = (tidy / "r.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "Δh*" in page
    assert "://" not in re.sub(r"data:image/[^\"]+", "", page)  # nothing is loaded from elsewhere
    assert (tidy / "r.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert sorted(os.listdir(tidy)) == ["r.html", "r.json", "r.png", "scans.csv"]  # noqa: PTH208


def test_the_json_has_what_is_documented(tidy):
    result = json.loads((tidy / "r.json").read_text())
    assert result["format"] == "relaxnet-estimate-1"
    for name in NAMES:
        entry = result[name]
        assert set(entry) == {"value", "std", "interval_90"}
        low, high = entry["interval_90"]
        assert low < entry["value"] < high
    assert result["correlation"]["names"] == list(NAMES)
    matrix = np.array(result["correlation"]["matrix"])
    np.testing.assert_allclose(np.diag(matrix), 1.0)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)
    assert matrix[0, 1] < -0.9
    assert len(result["tg_c"]["half_step"]) == len(result["tg_c"]["fictive"]) == len(result["scans"]) == 4
    assert result["tg_c"]["fictive"] == sorted(result["tg_c"]["fictive"])  # slower cooling, lower fictive temperature
    documented = set(
        re.findall(r"^\| `(\w+)", Path(__file__).parents[4].joinpath("docs/estimate.md").read_text(), re.M)
    )
    assert set(result) <= documented
    assert set(result["scans"][0]) <= documented
    (source,) = result["sources"]
    assert set(source) <= documented
    assert source["sha256"] == __import__("hashlib").sha256((tidy / "scans.csv").read_bytes()).hexdigest()
    assert result["lag_s"] == 0
    assert result["lag_s_std"] == 0
    assert result["flags"] == []
    assert result["versions"]["relaxnet"]


def test_the_table_that_is_printed(tidy, capsys):
    assert main(["estimate", str(tidy / "scans.csv"), "--heating-rate", "10", "--lag", "0", "--fix", "x=0.57"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Estimate by .* from 4 scans \(\d+\.\d\d s\)", lines[0])
    assert re.fullmatch(r"  dh \(kJ/mol\) +31\d\.\d+ \+- \d\.\d+ +90 %: 31\d\.\d+ to 3[12]\d\.\d+", lines[2])
    assert lines[3].split() == ["x", "0.5700", "fixed"]
    assert any(line.startswith("  cooled at 30 K/min") for line in lines)


def test_a_whole_measurement_tells_its_history(capsys):
    """Heating, cooling and heating in one file: the second heating is fitted, with the cooling before it."""
    write_table(Path("as2se3.csv"), cycle())
    assert main(["estimate", "as2se3.csv", "--exo", "down", "--json", "r.json", "--report", "r.html"]) == 0
    assert re.search(r"lines known</th><td>0\.\d\d</td>", Path("r.html").read_text())
    assert "fragility m" in capsys.readouterr().out
    result = json.loads(Path("r.json").read_text())
    assert near(result)
    (scan,) = result["scans"]
    assert [step.get("rate_k_per_min", 0) for step in scan["program"]["steps"]] == pytest.approx([10.0, 10.0], rel=0.01)
    assert result["dcp"]["value"] == pytest.approx(0.25, abs=5 * result["dcp"]["std"])
    assert result["dcp"]["unit"] == "J/(g K)"


def test_sign_and_maker_do_not_matter(capsys):
    """The same heating as a table and from Proteus, in either sign, gives the same parameters."""
    heating = heating_of(cycle())
    write_table(Path("a.csv"), heating, sign=-1.0)
    write_proteus(Path("b.csv"), heating)
    write_proteus(Path("c.csv"), heating, exo=1)
    found = []
    for file, options in (("a.csv", ["--exo", "up"]), ("b.csv", []), ("c.csv", [])):
        assert main(["estimate", file, "--cooling-rate", "10", *options, "--fix", "x=0.57", "--json", "r.json"]) == 0
        result = json.loads(Path("r.json").read_text())
        found.append([result[name]["value"] for name in NAMES])
        assert near(result)
    np.testing.assert_allclose(found[0], found[1], rtol=2e-3)
    np.testing.assert_allclose(found[1], found[2], rtol=1e-5)
    assert result["sources"][0]["maker"] == "netzsch"
    assert result["sources"][0]["sample_mass_mg"] == 10.5


def test_a_program_file_says_what_the_rates_would(capsys):
    heating = heating_of(cycle())
    write_table(Path("a.csv"), heating)
    Path("p.yaml").write_text(PROGRAM)
    found = []
    for options in (["--cooling-rate", "10"], ["--program", "p.yaml"]):
        assert main(["estimate", "a.csv", "--exo", "down", *options, "--fix", "x=0.57", "--json", "r.json"]) == 0
        result = json.loads(Path("r.json").read_text())
        found.append([result[name]["value"] for name in NAMES])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3)
    assert result["sources"][0]["curves"][0]["history"] == "program file"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--cooling-rate = (missing): must be given, or the history in a --program file: a.csv"),
        (["--cooling-rate", "fast"], "--cooling-rate = fast: must be a rate such as 10 (K/min) or 1000K/s"),
        (["--cooling-rate", "1,5,20"], "--cooling-rate = 1,5,20: must be one rate, for all files, such as 10 (K/min)"),
        (["--cooling-rate", "10K/h"], "--cooling-rate = 10K/h: must be a rate"),
        (["--cooling-rate", "-1"], "--cooling-rate = -1"),
        (["--cooling-rate", "10", "--heating-rate", "20"], "--heating-rate = 20.0: must be 10 K/min, as measured"),
        (["--fix", "x"], "--fix = x: must be NAME=VALUE, with NAME one of ln_a, dh_j_per_mol, x, beta"),
        (["--fix", "gamma=1"], "--fix = gamma=1: must be NAME=VALUE"),
        (["--fix", "x=2"], "x = 2: must be a number from 0.05 to 1"),
        (["--fix", "x=0.5", "--fix", "x=0.6"], "--fix = x=0.6: must be given once for x"),
        (["--fix", "dh=300"], "is 300 in kJ/mol?"),
        (["--lag", "-1"], "--lag = -1: must be auto, or a time in s from 0"),
        (["--lag", "short"], "--lag = short: must be auto, or a time in s from 0"),
        (["--glass-range", "20"], "--glass-range = 20: must be two temperatures in degC, the lower one first"),
        (["--glass-range", "60,20"], "--glass-range = 60,20: must be two temperatures in degC, the lower one first"),
        (["--glass-range", "1,2"], "--glass-range = 1,2: must be within the scan"),
        (
            ["--glass-range", "110,150", "--liquid-range", "140,240"],
            "--liquid-range = 140,240: must be above the glass",
        ),
        (["--segment", "9"], "--segment = 9: must be from 1 to 1"),
        (["--segment", "x"], "--segment = x: must be a whole number from 1"),
        (["--exo", "left"], "--exo = left: must be up or down"),
        (["--mass-mg", "-1"], "--mass-mg = -1"),
        (["--method", "magic"], "--method = magic: must be fit or network"),
        (["--workers", "0"], "--workers = 0: must be a whole number from 1"),
        (["--json", "r.txt"], "--json = r.txt: must be a file name ending in .json"),
        (["--json", "a.csv/r.json"], "a.csv/r.json: cannot be written"),
        (["--plot", "r.doc"], "--plot = r.doc: must be a file name ending in .png or .svg or .pdf"),
        (["--report", "folder.html"], "folder.html: cannot be written"),
        (["--csv", "a.csv"], "must be another file than those that are read"),
        (["--csv", "b.csv"], "--csv = b.csv: must be absent without --batch"),
        (["--program", "gone.yaml"], "gone.yaml: no such file"),
        (["--batch"], "--batch needs --csv FILE.csv"),
    ],
)
def test_bad_options(capsys, arguments, message):
    write_table(Path("a.csv"), heating_of(cycle()))
    Path("folder.html").mkdir()
    options = arguments if "--exo" in arguments else ["--exo", "down", *arguments]
    assert message in refused(capsys, "a.csv", *options)


def test_bad_files(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    assert "FILE = a.csv: must be given once" in refused(capsys, "a.csv", "a.csv")
    assert refused(capsys, "a.csv", "gone.csv", "--exo", "down") == "gone.csv: no such file"
    Path("folder").mkdir()
    assert "folder" in refused(capsys, "folder")


def test_the_sign_is_asked_for(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    assert "--exo = (missing): must be given (up or down): a.csv" in refused(capsys, "a.csv", "--cooling-rate", "10")


def test_heating_and_cooling_suggest_the_sign(capsys):
    write_table(Path("a.csv"), cycle())
    write_table(Path("b.csv"), cycle(), sign=-1.0)
    assert refused(capsys, "a.csv").endswith("its heating lies above its cooling, as with --exo down")
    assert refused(capsys, "b.csv").endswith("its heating lies below its cooling, as with --exo up")
    message = refused(capsys, "a.csv", "--exo", "up")
    assert "no glass transition found" in message
    assert message.endswith("the heating lies below the cooling, as with --exo down")


def test_a_heating_rate_beside_a_program(capsys):
    write_tidy(Path("t.csv"), rates=(10.0,))
    Path("p.yaml").write_text(PROGRAM)
    words = ["t.csv", "--program", "p.yaml", "--heating-rate"]
    message = refused(capsys, *words, "5")
    assert message == "--heating-rate = 5.0: must be absent, or 10 K/min, the last step of p.yaml"
    assert main(["estimate", *words, "10", "--lag", "0"]) == 0


def test_a_program_that_starts_in_the_glass(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    words = ["estimate", "a.csv", "--exo", "down", "--program", "p.yaml", "--fix", "x=0.57", "--json", "r.json"]
    for start_c, told in ((HOT_K - 273.15, False), (130.0, True)):
        Path("p.yaml").write_text(PROGRAM.replace(f"start_c: {HOT_K - 273.15}", f"start_c: {start_c}"))
        assert main(words) == 0
        flags = json.loads(Path("r.json").read_text())["flags"]
        texts = [flag["text"] for flag in flags if flag["name"] == "starts_in_glass"]
        assert bool(texts) is told
    assert texts[0].startswith("The program starts in equilibrium at 130.0 °C, where the liquid takes")


def test_a_range_that_was_not_measured_is_told(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    words = ["estimate", "a.csv", "--exo", "down", "--cooling-rate", "10", "--fix", "x=0.57", "--json", "r.json"]
    for glass, told in (("110,150", False), ("70,140", True)):
        assert main([*words, "--glass-range", glass]) == 0
        flags = json.loads(Path("r.json").read_text())["flags"]
        texts = [flag["text"] for flag in flags if flag["name"] == "range_beyond_scan"]
        assert bool(texts) is told
    assert re.fullmatch(
        r"--glass-range 70,140 reaches beyond the scan: of it 10\d\.\d to 140.0 °C were measured\.", texts[0]
    )


def test_curves_that_are_not_used_are_told_in_one_line():
    from relaxnet.cli.estimate import _not_used

    skipped = [{"curve": name, "why": why} for name, why in (("1", "a"), ("2", "b"), ("4", "a"))]
    assert _not_used(skipped) == ["curves 1, 4 not used: a", "curve 2 not used: b"]


def test_labels_stay_within_the_figure():
    """Also of scans without noise, whose residuals are next to nothing."""
    from relaxnet.studies.relaxation.dsc.fit import fit
    from relaxnet.studies.relaxation.dsc.simulated import simulated_scans

    figure = scans_figure(fit(simulated_scans(TRUE), lag=0.0))
    figure.draw_without_rendering()
    assert min(axes.yaxis.label.get_window_extent().x0 for axes in figure.axes) > 0.0


def test_the_rate_of_a_tidy_file_is_asked_for(capsys):
    write_tidy(Path("t.csv"))
    assert "--heating-rate = (missing): must be given: t.csv" in refused(capsys, "t.csv")
    message = refused(capsys, "t.csv", "--heating-rate", "10", "--cooling-rate", "7")
    assert "--cooling-rate = 7.0: must be absent: t.csv, curve cooled at 1 K/min was cooled at 1 K/min" in message


def test_no_transition(capsys):
    time_s, temperature_k, flow = heating_of(cycle())
    below = temperature_k < 430.0
    write_table(Path("a.csv"), (time_s[below], temperature_k[below], flow[below]))
    message = refused(capsys, "a.csv", "--exo", "down", "--cooling-rate", "10")
    assert re.search(r"a\.csv: no glass transition found between 107\.\d and 15\d\.\d °C", message)


def test_the_wrong_sign_is_not_fitted(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    message = refused(capsys, "a.csv", "--exo", "up", "--cooling-rate", "10")
    assert "--exo" in message


def test_a_cooling_is_no_heating(capsys):
    write_table(Path("a.csv"), cycle())
    message = refused(capsys, "a.csv", "--exo", "down", "--segment", "2")
    assert re.search(r"a\.csv, curve .*: cools from 246\.\d* to 10\d\.?\d* °C; a heating scan is fitted", message)


def test_two_samples(capsys):
    write_proteus(Path("a.csv"), heating_of(cycle()), sample="As2Se3")
    write_proteus(Path("b.csv"), heating_of(cycle(seed=2)), sample="a-Se")
    message = refused(capsys, "a.csv", "b.csv", "--cooling-rate", "10")
    assert message.startswith("b.csv: sample = 'a-Se': must be that of a.csv, 'As2Se3'")


def test_two_glass_transitions(capsys):
    time_s, temperature_k, flow = heating_of(cycle())
    write_table(Path("a.csv"), (time_s, temperature_k, flow))
    write_table(Path("b.csv"), (time_s, temperature_k + 40.0, flow))
    message = refused(capsys, "a.csv", "b.csv", "--exo", "down", "--cooling-rate", "10")
    assert re.search(
        r"b\.csv: glass transition = 22\d\.\d °C: must be near that of a\.csv, 18\d\.\d °C: these are two", message
    )


def test_a_program_in_kelvin(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    Path("p.yaml").write_text(
        f"start_c: {HOT_K}\nsteps: [{{to_c: {COLD_K}, rate_k_per_min: 9}}, {{to_c: {HOT_K}, rate_k_per_min: 9}}]"
    )
    message = refused(capsys, "a.csv", "--exo", "down", "--program", "p.yaml")
    assert message.endswith("are its temperatures in kelvin?")


def test_a_program_that_does_not_heat(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    Path("p.yaml").write_text("start_c: 240\nsteps: [{to_c: 100, rate_k_per_min: 10}]")
    assert "no heating: must be the heating of a.csv" in refused(
        capsys, "a.csv", "--exo", "down", "--program", "p.yaml"
    )


def test_a_gap(capsys):
    time_s, temperature_k, flow = heating_of(cycle())
    flow[50] = np.nan
    write_table(Path("a.csv"), (time_s, temperature_k, flow))
    assert re.search(r"a\.csv, line 52", refused(capsys, "a.csv", "--exo", "down", "--cooling-rate", "10"))


def test_one_point(capsys):
    time_s, temperature_k, flow = heating_of(cycle())
    write_table(Path("a.csv"), (time_s[:1], temperature_k[:1], flow[:1]))
    line = refused(capsys, "a.csv", "--exo", "down", "--cooling-rate", "10")
    assert line.startswith("a.csv")
    assert "point" in line


def test_an_event_is_flagged(capsys):
    """A melting peak in the liquid is kept out, and said."""
    time_s, temperature_k, flow = heating_of(cycle())
    peak = 0.5 * 0.25 * 10 / 60 * np.exp(-0.5 * ((temperature_k - 507.0) / 2.0) ** 2)
    write_table(Path("a.csv"), (time_s, temperature_k, flow + peak))
    assert (
        main(["estimate", "a.csv", "--exo", "down", "--cooling-rate", "10", "--fix", "x=0.57", "--json", "r.json"]) == 0
    )
    result = json.loads(Path("r.json").read_text())
    assert any("between" in flag["text"] and "melting" in flag["name"] for flag in result["flags"])
    assert near(result)


def test_the_networks_alone(capsys):
    write_tidy(Path("t.csv"))
    assert main(["estimate", "t.csv", "--heating-rate", "10", "--no-refine", "--json", "r.json"]) == 0
    result = json.loads(Path("r.json").read_text())
    assert result["method"] == "network"
    assert "network_only" in [flag["name"] for flag in result["flags"]]
    assert result["x"]["value"] == pytest.approx(0.57, abs=0.02)


def test_predict(tidy, capsys):
    """A prediction of the very cycle that was measured is the measured curve; a slower one relaxes more."""
    Path("p.yaml").write_text(PROGRAM)
    capsys.readouterr()
    assert main(["predict", str(tidy / "r.json"), "--program", "p.yaml", "--csv", "p.csv", "--plot", "p.png"]) == 0
    assert "Tf/degC" in capsys.readouterr().out
    table = pd.read_csv("p.csv")
    assert list(table) == [
        "time_s", "temperature_c", "fictive_c", "fictive_c_low", "fictive_c_high", "cp_n", "cp_n_low", "cp_n_high"
    ]  # fmt: skip
    assert (table["fictive_c_low"] <= table["fictive_c_high"]).all()
    result = json.loads((tidy / "r.json").read_text())
    coldest = table.loc[table["temperature_c"].idxmin()]
    measured_c = result["tg_c"]["fictive"][2]  # cooled at 10 K/min
    assert coldest["fictive_c"] == pytest.approx(measured_c, abs=0.2)
    assert coldest["fictive_c_low"] < measured_c < coldest["fictive_c_high"] + 0.2
    assert Path("p.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "must be a result of `relaxnet estimate --json`"),
        ("no json", "not a readable JSON file"),
        ('{"format": "relaxnet-estimate-1", "coordinates": null}', "holds no parameters"),
        ('{"format": "relaxnet-estimate-1", "coordinates": {"t0_k": 1}}', "are damaged"),
    ],
)
def test_bad_results(capsys, content, message):
    Path("r.json").write_text(content)
    Path("p.yaml").write_text(PROGRAM)
    assert main(["predict", "r.json", "--program", "p.yaml", "--csv", "p.csv"]) == 2
    assert re.fullmatch(rf"relaxnet: r\.json: .*{re.escape(message)}.*\n", capsys.readouterr().err)
    assert sorted(os.listdir()) == ["p.yaml", "r.json"]  # noqa: PTH208


def test_the_classical_way(capsys):
    write_tidy(Path("t.csv"))
    words = ["estimate", "t.csv", "--heating-rate", "10", "--method", "classical"]
    assert main([*words, "--json", "r.json", "--report", "r.html"]) == 0
    result = json.loads(Path("r.json").read_text())
    assert result["method"] == "peak heights"
    assert result["dh_j_per_mol"]["value"] == pytest.approx(TRUE[1], rel=0.03)
    for file in ("r.json", "r.html"):
        Path(file).unlink()
    capsys.readouterr()
    assert "--fix = {'x': 0.5}: must be absent with --method classical" in refused(
        capsys, "t.csv", "--heating-rate", "10", "--method", "classical", "--fix", "x=0.5"
    )


def test_a_first_heating_without_a_history_is_left_out_and_told(capsys):
    """Also where a rate is given, which is meant for another file."""
    write_table(Path("a.csv"), cycle())
    found = []
    for options in ([], ["--cooling-rate", "10"]):
        assert main(["estimate", "a.csv", "--exo", "down", "--json", "r.json", *options]) == 0
        result = json.loads(Path("r.json").read_text())
        found.append(result["dh_j_per_mol"]["value"])
        ((skipped,),) = [source["skipped"] for source in result["sources"]]
        assert skipped["curve"] == "part 1"
        assert skipped["why"].startswith("its history is not known")
        assert len(result["scans"]) == 1
    assert found[0] == found[1]


def test_the_same_measurement_twice(capsys):
    write_table(Path("a.csv"), cycle())
    Path("copy.csv").write_bytes(Path("a.csv").read_bytes())
    line = refused(capsys, "a.csv", "copy.csv", "--exo", "down")
    assert line == "FILE = copy.csv: must be another measurement than a.csv, whose content it has"
    assert "must be given once" in refused(capsys, "a.csv", Path("a.csv").resolve(), "--exo", "down")


@pytest.mark.parametrize("option", [["--fix", "x=0.5"], ["--robust"]])
def test_options_of_a_fit_are_not_ignored(capsys, option):
    write_tidy(Path("t.csv"))
    line = refused(capsys, "t.csv", "--heating-rate", "10", "--no-refine", *option)
    assert "must be absent with --method network" in line


def test_programs_that_the_networks_do_not_know(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    Path("p.yaml").write_text(PROGRAM.replace("  - {to_c: ", "  - {hold_h: 1}\n  - {to_c: ", 1).replace(
        f"  - {{hold_h: 1}}\n  - {{to_c: {COLD_K - 273.15}",
        f"  - {{to_c: 170, rate_k_per_min: 10}}\n  - {{hold_h: 1}}\n  - {{to_c: {COLD_K - 273.15}",
    ))  # fmt: skip
    line = refused(capsys, "a.csv", "--exo", "down", "--program", "p.yaml", "--method", "network")
    assert line.startswith("--method = network: must be fit: the networks know")


def test_labels_of_one_program_for_several_files(capsys):
    for seed in (1, 2, 3):
        write_table(Path(f"r{seed}.csv"), heating_of(cycle(seed=seed)))
    Path("p.yaml").write_text(PROGRAM + "label: glass\n")
    words = ["estimate", "r1.csv", "r2.csv", "r3.csv", "--exo", "down", "--program", "p.yaml", "--json", "r.json"]
    assert main(words) == 0
    labels = [scan["label"] for scan in json.loads(Path("r.json").read_text())["scans"]]
    assert labels == ["glass", "glass (2)", "glass (3)"]


def test_two_events_of_one_kind_are_told_both(capsys):
    time_s, temperature_k, flow = heating_of(cycle())
    step = 0.25 * 10 / 60
    events = sum(0.5 * step * np.exp(-0.5 * ((temperature_k - at) / 1.5) ** 2) for at in (500.0, 511.0))
    write_table(Path("a.csv"), (time_s, temperature_k, flow + events))
    assert main(["estimate", "a.csv", "--exo", "down", "--cooling-rate", "10", "--json", "r.json"]) == 0
    result = json.loads(Path("r.json").read_text())
    (curve,) = result["sources"][0]["curves"]
    assert len([flag for flag in result["flags"] if "melting" in flag["name"]]) >= 2
    assert curve["cut_c"]


def test_what_is_read_is_not_overwritten(tidy, capsys):
    write_table(Path("a.csv"), cycle())
    Path("log.csv").write_text("time_s,temperature_c\n0,246.85\n900,96.85\n")
    Path("p.yaml").write_text(f"start_c: {HOT_K - 273.15}\nsteps:\n  - {{measured: log.csv}}\n")
    before = {file: Path(file).read_bytes() for file in ("a.csv", "log.csv", "p.yaml")}
    assert main(["predict", str(tidy / "r.json"), "--program", "p.yaml", "--csv", "log.csv"]) == 2
    assert "output = log.csv: must be another file than those that are read" in capsys.readouterr().err
    assert "output = log.csv" in refused(capsys, "a.csv", "--program", "p.yaml", "--batch", "--csv", "log.csv")
    assert main(["inspect", "a.csv", "--exo", "down", "--json", "a.csv"]) == 2
    assert "--json = a.csv: must be a file name ending in .json" in capsys.readouterr().err
    assert {file: Path(file).read_bytes() for file in before} == before


def test_a_recorded_history_is_smoothed_for_a_prediction_too(tidy, capsys):
    """The noise of a thermocouple is no heating and cooling of the glass."""
    time_s = np.arange(0.0, 1800.0, 2.0)
    temperature_c = HOT_K - 273.15 - (HOT_K - COLD_K) * np.minimum(time_s, 1800.0 - time_s) / 900.0
    for name, noise_k in (("exact", 0.0), ("noisy", 0.1)):
        measured_c = temperature_c + noise_k * np.random.default_rng(3).standard_normal(len(time_s))
        measured_c[0] = temperature_c[0]
        rows = [f"{t:.1f},{c:.4f}" for t, c in zip(time_s, measured_c, strict=True)]
        Path("log.csv").write_text("\n".join(["time_s,temperature_c", *rows]) + "\n")
        Path("p.yaml").write_text(f"start_c: {HOT_K - 273.15}\nsteps:\n  - {{measured: log.csv}}\n")
        assert main(["predict", str(tidy / "r.json"), "--program", "p.yaml", "--csv", f"{name}.csv"]) == 0
        told = "it was smoothed to" in " ".join(capsys.readouterr().out.split())
        assert told == bool(noise_k)
    exact, noisy = (pd.read_csv(f"{name}.csv").dropna() for name in ("exact", "noisy"))
    assert noisy["cp_n"].max() == pytest.approx(exact["cp_n"].max(), rel=0.05)
    assert noisy["cp_n"].min() > -0.1


def test_a_classical_result_says_what_it_lacks(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    write_tidy(Path("t.csv"))
    assert main(["estimate", "t.csv", "--heating-rate", "10", "--method", "classical", "--json", "c.json"]) == 0
    assert "lag (s)          0.00 (assumed)" in capsys.readouterr().out
    Path("p.yaml").write_text(PROGRAM)
    assert main(["predict", "c.json", "--program", "p.yaml"]) == 2
    assert "method peak heights gives no covariance of the parameters" in capsys.readouterr().err
    words = ["estimate", "a.csv", "--exo", "down", "--cooling-rate", "10", "--method", "classical"]
    assert main([*words, "--json", "r.json", "--report", "r.html"]) == 0
    assert "residual         unknown" in capsys.readouterr().out
    assert json.loads(Path("r.json").read_text())["dcp"]["std"] is None
    assert "nan" not in re.sub(r"base64,[^\"]*", "", Path("r.html").read_text())


def test_nothing_estimated_is_drawn_as_nothing():
    found = nothing((), 0.0)
    assert len(found.scans_frame()) == 0
    for figure in (found.plot(), scans_figure(found)):
        assert "Nothing could be estimated" in figure.texts[0].get_text()


def test_a_turning_table_without_times_asks_for_its_rates(capsys):
    _, temperature_k, flow = cycle()
    rows = [f"{k:.3f},{q:.7f}" for k, q in zip(temperature_k, flow, strict=True)]
    Path("a.csv").write_text("\n".join(["temperature [K],heat flow [W/g]", *rows]) + "\n")
    assert main(["inspect", "a.csv", "--exo", "down"]) == 0
    capsys.readouterr()
    assert "--heating-rate" in refused(capsys, "a.csv", "--exo", "down")
    assert "--cooling-rate" in refused(capsys, "a.csv", "--exo", "down", "--heating-rate", "10")
    words = ["estimate", "a.csv", "--exo", "down", "--heating-rate", "10", "--cooling-rate", "10", "--segment", "3"]
    assert main([*words, "--json", "r.json"]) == 0
    assert near(json.loads(Path("r.json").read_text()))


def test_a_program_must_heat_as_the_file_was_heated(capsys):
    write_table(Path("a.csv"), heating_of(cycle()))
    Path("p.yaml").write_text(PROGRAM[::-1].replace("01", "04", 1)[::-1])  # the last rate
    line = refused(capsys, "a.csv", "--exo", "down", "--program", "p.yaml")
    assert re.fullmatch(r"p.yaml: the last step = 40 K/min: must be 10 K/min, as measured in a.csv", line)
    Path("p.yaml").write_text(PROGRAM)
    line = refused(capsys, "a.csv", "--exo", "down", "--program", "p.yaml", "--cooling-rate", "5")
    assert line == "--cooling-rate = 5.0: must be absent beside p.yaml, which has the history of each scan"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--glass-range", "110,200"], "--glass-range = 110,200: must be colder than the glass transition"),
        (["--liquid-range", "150,240"], "--liquid-range = 150,240: must be hotter than the glass transition"),
        (["--lag", "900"], "lag = 900.0: must be at most 300 s, 50 K at this heating rate"),
    ],
)
def test_ranges_and_lags_that_cannot_be(capsys, option, message):
    write_table(Path("a.csv"), cycle())
    assert refused(capsys, "a.csv", "--exo", "down", *option).startswith(message)


def test_the_wrong_sign_of_a_whole_measurement_is_the_reason_told(capsys):
    write_table(Path("a.csv"), cycle())
    line = refused(capsys, "a.csv", "--exo", "up")
    assert "--exo" in line
    assert "--segment" not in line


def test_a_fit_that_describes_nothing_gives_no_parameters(capsys):
    """A scan after ageing that nobody told of, with half of its peak cut off by a wrong range."""
    time_s, temperature_k, flow = heating_of(cycle())
    odd = 0.25 * 10 / 60 * 0.8 * np.sin((temperature_k - COLD_K) / 3.0)
    write_table(Path("a.csv"), (time_s, temperature_k, flow + odd))
    ranges = ["--glass-range", "110,150", "--liquid-range", "200,240"]
    words = ["estimate", "a.csv", "--exo", "down", "--cooling-rate", "10", *ranges, "--json", "r.json"]
    assert main([*words, "--report", "r.html"]) == 0
    result = json.loads(Path("r.json").read_text())
    assert result["flags"][0]["name"] == "no_fit"
    assert result["x"] == {"value": None, "std": None, "interval_90": [None, None]}
    assert "unknown" in capsys.readouterr().out


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_steps_of_different_height_are_told(capsys, factor):
    for name, scale, seed in (("a.csv", 1.0, 1), ("b.csv", factor, 2)):
        time_s, temperature_k, flow = heating_of(cycle(seed=seed))
        write_table(Path(name), (time_s, temperature_k, scale * flow))
    assert main(["estimate", "a.csv", "b.csv", "--exo", "down", "--cooling-rate", "10", "--json", "r.json"]) == 0
    names = {flag["name"] for flag in json.loads(Path("r.json").read_text())["flags"]}
    assert ("steps_differ" in names) == (factor > 1.0)
