"""The package alone, without extras, in an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = ("tensorflow", "keras", "mlflow", "optuna", "dvc", "great_expectations", "plotly", "sklearn", "distributed")
AS2SE3 = ["--ln-a", "-79.21", "--dh", "318444", "--x", "0.57", "--beta", "0.71"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Runs a program of a new environment in which relaxnet was installed, in an empty folder."""
    folder = tmp_path_factory.mktemp("install")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(program, *arguments):
        command = [str(programs / program), *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    start_s = time.perf_counter()
    done = run("python", "-m", "pip", "install", "--disable-pip-version-check", source)
    assert done.returncode == 0, done.stderr
    print(f"\npip install .: {time.perf_counter() - start_s:.1f} s")
    return folder, run


def test_the_pipeline_is_not_installed(installed):
    _, run = installed
    script = f"from importlib.util import find_spec; print([name for name in {EXTRAS} if find_spec(name)])"
    assert run("python", "-c", script).stdout == "[]\n"


def test_import_is_quick(installed):
    _, run = installed
    script = "import time; start = time.perf_counter(); import relaxnet; print(time.perf_counter() - start)"
    seconds = min(float(run("python", "-c", script).stdout) for _ in range(3))
    print(f"\nimport relaxnet: {seconds:.3f} s")
    assert seconds <= 1.0


def unannounced(stderr):
    """Without the line that a first run prints while it compiles."""
    return stderr.replace("relaxnet: compiling the simulator (some 20 s, once)\n", "")


def test_curves_and_their_figure(installed):
    folder, run = installed
    done = run("relaxnet", "simulate", *AS2SE3, "--output", "a.csv", "--plot", "a.png")
    assert (done.returncode, done.stdout, unannounced(done.stderr)) == (0, "", "")
    assert (folder / "a.csv").read_text().startswith("cooling_rate_k_per_min,temperature_c,cp_n\n")
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_table_of_parameters(installed):
    folder, run = installed
    rows = [f"-79.21,318444,{0.4 + 0.0001 * row:.4f},0.71\n" for row in range(1200)]  # two shards
    (folder / "sets.csv").write_text("ln_a,dh_j_per_mol,x,beta\n" + "".join(rows))
    done = run("relaxnet", "simulate", "--parameters", "sets.csv", "--output", "sets.parquet", "--workers", "2")
    assert (done.returncode, done.stdout, unannounced(done.stderr)) == (0, "", "")
    script = "from relaxnet.studies.relaxation.dataset import Dataset; print(len(Dataset('sets.parquet').scalars()))"
    assert run("python", "-c", script).stdout == "1200\n"
    assert sorted(path.name for path in folder.glob("*sets*")) == ["sets.csv", "sets.parquet"]


def test_an_estimate_with_its_report(installed):
    folder, run = installed
    done = run("relaxnet", "simulate", *AS2SE3, "--step", "1", "--output", "scans.csv")
    assert done.returncode == 0, done.stderr
    done = run("relaxnet", "estimate", "scans.csv", "--heating-rate", "10", "--lag", "0", "--report", "scans.html")
    assert (done.returncode, unannounced(done.stderr)) == (0, "")
    x = re.search(r"^  x +(\d\.\d+)", done.stdout, re.MULTILINE)
    assert x
    assert float(x[1]) == pytest.approx(0.57, abs=1e-4)
    assert "</html>" in (folder / "scans.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["compare"], 'relaxnet compare needs more: pip install ".[pipeline]" in a checkout'),
        (
            ["simulate", "--parameters", "sets.csv", "--output", "b.parquet", "--dask-address", "localhost:8786"],
            'dask_address needs more: pip install ".[dask]" in a checkout',
        ),
    ],
)
def test_what_needs_an_extra_says_so(installed, arguments, line):
    _, run = installed
    done = run("relaxnet", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"relaxnet: {line}\n")
