"""One dataset, the same bytes wherever, whenever and however it is made."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import relaxnet
from relaxnet.core.executors import make_executor
from relaxnet.studies.relaxation.dataset import select, write_dataset
from relaxnet.studies.relaxation.physics import chr_program
from relaxnet.studies.relaxation.physics._expsum import exponential_sum

# Of the numbers in a dataset (the file itself names the version of PyArrow).  It changes with the arithmetic of the
# simulator only: another machine, Python or NumPy must find the same.
RECORDED = "7d999c8e00fb80c2"
SCRIPT = """
import sys
from hashlib import sha256
from pathlib import Path
from relaxnet.core.executors import make_executor
from relaxnet.studies.relaxation.dataset import select, shards, write_dataset
from relaxnet.studies.relaxation.physics import chr_program

shards.SHARD_QUARTETS = 64
quartets = select("LU", 200, seed=4)
files = write_dataset(
    Path(sys.argv[1]), quartets.parameters(), source="LU", program=chr_program(), seed=4, index=quartets,
    executor=make_executor("local", workers=int(sys.argv[2])),
)
print(sha256(b"".join(file.read_bytes() for file in files)).hexdigest())
"""


def make(folder, workers=1, source=None, command=(sys.executable,), **environment):
    """Hash of a dataset that a process of its own makes."""
    path = [str(source)] if source else []
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, *filter(None, sys.path)]), **environment}
    arguments = [*command, "-c", SCRIPT, str(folder / "data"), str(workers)]
    return subprocess.run(arguments, env=variables, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return make(tmp_path_factory.mktemp("usual"))


def test_the_numbers_are_the_recorded_ones_on_every_machine(small_dataset):
    table = pq.read_table(small_dataset)
    content = sha256()
    for name in table.column_names:
        column = table[name].combine_chunks()
        values = column.flatten() if hasattr(column, "flatten") and "list" in str(column.type) else column
        content.update(np.ascontiguousarray(values.to_numpy(zero_copy_only=False)).tobytes())
    assert content.hexdigest()[:16] == RECORDED


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_for_any_number_of_workers(tmp_path, usual, workers):
    assert make(tmp_path, workers) == usual


@pytest.mark.slow
def test_thirty_times_with_memory_in_disorder(tmp_path, rng):
    quartets = select("LU", 150, seed=4)
    sets = quartets.parameters()
    sets[:20, 3] = 1.0  # a single mode: the smallest arrays, nearest to each other
    found, kept = set(), []
    for number in range(30):
        kept.extend(np.empty(size) for size in rng.integers(1, 400, rng.integers(1, 60)))
        kept = [kept[place] for place in rng.permutation(len(kept))[: rng.integers(1, 200)]]
        exponential_sum.cache_clear()
        executor = make_executor("local", workers=1 + number % 2)
        (file,) = write_dataset(
            tmp_path / str(number), sets, source="LU", program=chr_program(), seed=4, executor=executor
        )
        found.add(sha256(file.read_bytes()).hexdigest())
    assert len(found) == 1


@pytest.mark.slow
def test_by_a_copy_of_the_package_with_its_compiled_kernels(tmp_path, usual):
    shutil.copytree(Path(relaxnet.__file__).parent, tmp_path / "src" / "relaxnet")
    assert make(tmp_path, source=tmp_path / "src") == usual


@pytest.mark.slow
def test_without_a_folder_to_keep_anything(tmp_path, usual):
    """Nothing compiled is at hand, and nothing can be kept: the process that simulates has compiled."""
    nowhere = tmp_path / "file"
    nowhere.touch()
    package = tmp_path / "src" / "relaxnet"
    shutil.copytree(Path(relaxnet.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "studies" / "relaxation" / "physics" / "__pycache__").touch()  # no folder, so nothing fits in
    places = dict.fromkeys(["HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "TMPDIR"], str(nowhere))
    assert make(tmp_path, source=tmp_path / "src", **places, PYTHONDONTWRITEBYTECODE="1") == usual


@pytest.mark.slow
@pytest.mark.parametrize("target", ["x86-64", "x86-64-v3", "skylake-avx512"])
def test_on_other_processors(tmp_path, usual, target):
    """Other vector registers (or none) in the kernels, in NumPy and in the linear algebra."""
    information = Path("/proc/cpuinfo")
    if target == "skylake-avx512" and not (information.exists() and "avx512f" in information.read_text()):
        pytest.skip("this processor has no AVX-512")
    other = {
        "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_CPU_NAME": target, "NUMBA_CPU_FEATURES": "",
        "NPY_DISABLE_CPU_FEATURES": "" if target == "skylake-avx512" else "AVX512_ICL X86_V4 X86_V3",
        "OPENBLAS_CORETYPE": "Nehalem",
    }  # fmt: skip
    assert make(tmp_path, **other) == usual
