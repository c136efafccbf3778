"""An environment with the packages that requirements name and what these require, and nothing else: no relaxnet."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def make(folder: Path, requirements: Iterable[str]) -> Path:
    """Its Python; the packages are links to those installed here, in exactly the versions required."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in _closure(map(Requirement, requirements)):
        for top in {file.parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
            link, origin = site / top, Path(str(distribution(name).locate_file(top)))
            if origin.exists() and not link.exists():
                link.symlink_to(origin)
    python = folder / "bin" / "python"
    (folder / "bin" / "uvicorn").write_text(f"#!{python}\nfrom uvicorn.main import main\nmain()\n")  # MLflow's server
    (folder / "bin" / "uvicorn").chmod(0o755)
    return python


def run(python: Path, *arguments: str, cwd: Path, **options) -> subprocess.CompletedProcess:
    """A process that has nothing of ours in its surroundings."""
    return subprocess.run([python, *arguments], cwd=cwd, env=surroundings(python), text=True, **options)


def surroundings(python: Path, **more: str) -> dict[str, str]:
    """Environment variables: a path, a home, quiet libraries."""
    kept = {key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ}
    path = os.pathsep.join([str(python.parent), "/usr/bin", "/bin"])
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    return {**kept, "PATH": path, "HOME": str(python.parents[1]), "PYTHONDONTWRITEBYTECODE": "1", **quiet, **more}


def _closure(requirements: Iterable[Requirement]) -> set[str]:
    found: dict[tuple[str, str], None] = {}
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue
        if not extra:
            assert requirement.specifier.contains(there.version, prereleases=True), requirement
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in found:
                found[name, wanted] = None
                waiting += [(Requirement(text), wanted) for text in there.requires or ()]
    return {name for name, _ in found}


if __name__ == "__main__":
    print(make(Path(sys.argv[1]), sys.argv[2:]))
