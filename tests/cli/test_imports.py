"""What is imported, and how long it takes, before anything is asked for."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "dvc", "great_expectations", "keras", "matplotlib", "mlflow", "numba", "optuna", "pandas", "plotly", "pyarrow",
    "scipy", "sklearn", "tensorflow",
}  # fmt: skip
LIMIT_S = 1.0  # for a busy machine; 0.3 s is meant
IMPORT = "import relaxnet"
HELP = "import sys; from relaxnet.cli.command import main; sys.stdout = sys.stderr; main(['--help'])"
PHYSICS = "from relaxnet.studies.relaxation import physics"
MEASURE = """
import json, sys, time
start_s = time.perf_counter()
{code}
seconds = time.perf_counter() - start_s
print(json.dumps([seconds, sorted({{name.partition('.')[0] for name in sys.modules}})]), file=sys.__stdout__)
"""


@pytest.mark.parametrize("code", [IMPORT, HELP, PHYSICS])
def test_import_is_quick_and_light(code):
    best_s, loaded = float("inf"), set()
    for _ in range(3):
        arguments = [sys.executable, "-c", MEASURE.format(code=code)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        seconds, modules = json.loads(done.stdout)
        best_s, loaded = min(best_s, seconds), loaded | set(modules)
    print(f"\n{code}: {best_s:.3f} s")
    assert not HEAVY & loaded
    assert best_s <= LIMIT_S


def test_public_names():
    script = (
        "import relaxnet; print([getattr(relaxnet, name).__module__ for name in relaxnet.__all__ if name[0] != '_'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("relaxnet.studies.relaxation.physics.") == 9
    import relaxnet

    assert set(relaxnet.__all__) <= set(dir(relaxnet))
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        relaxnet.simulat  # noqa: B018


def test_commands_on_the_registry_load_no_keras():
    script = (
        "import sys, relaxnet.workflow.lineage, relaxnet.studies.relaxation.study; "
        "print(*{'keras', 'tensorflow', 'numba', 'optuna', 'matplotlib'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "\n"


def test_numba_stays_as_it_was():
    script = (
        "import numba; before = dict(vars(numba.config)); "
        "import relaxnet; relaxnet.simulate(relaxnet.TNMParameters(-79.21, 318443.9, 0.57, 0.71)); "
        "print([name for name, value in vars(numba.config).items() if before.get(name) != value])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
