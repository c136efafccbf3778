"""Which code and which data: the commit of the checkout, and the hash by which DVC knows a file or folder."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from relaxnet.core.errors import DataFileError, MissingFileError


def dvc_hash(path: Path) -> str:
    """Hash by which DVC knows ``path`` as it is now, whatever is recorded of it: two seconds for a gigabyte.

    It is the MD5, for a folder with ``.dir`` at its end.  A ``path`` that does not exist, or that cannot be read, is a
    `DataFileError`.
    """
    if not path.exists():
        raise MissingFileError(f"{path}: no such file or folder")
    try:
        return _folder_md5(path) if path.is_dir() else _file_md5(path)
    except OSError as error:
        raise DataFileError(f"{error.filename or path}: cannot be read ({error.strerror or error})") from None


def recorded_outs(root: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the outputs that ``dvc.lock`` records, in ``root`` and its ``pipelines``, with their folders."""
    for lock in (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock"))):
        stages = _mapping(lock).get("stages")
        for stage in stages.values() if isinstance(stages, dict) else ():
            outs = stage.get("outs") if isinstance(stage, dict) else None
            # paths are relative to where a stage runs, which the lock does not say: beside it, or at the top
            folders = {lock.parent, root}
            yield from ((out, folder) for out in outs or () if isinstance(out, dict) for folder in folders)


def git_commit(folder: Path) -> str | None:
    """Commit of the checkout at ``folder``, ``-dirty`` appended if the checkout differs from it; None without git.

    Tracked files that differ make it dirty, and so does code or YAML that is neither tracked nor ignored; what ``dvc
    repro`` itself rewrites (``dvc.lock`` and recorded outputs) does not.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    top = Path((_git(folder, "rev-parse", "--show-toplevel") or str(folder)).strip())
    differing = _git(top, "diff", "--name-only", "-z", "HEAD")
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    if differing is None or new is None:  # git failed: nobody knows
        return f"{commit.strip()}-dirty"
    changed = [name for name in differing.split("\0") if name]
    changed += [name for name in new.split("\0") if name.endswith((".py", ".yaml", ".yml"))]
    if changed:
        outs = {_place(base / str(out.get("path"))) for out, base in recorded_outs(top)}
        changed = [name for name in changed if not _rewritten(_place(top / name), outs)]
    return commit.strip() + ("-dirty" if changed else "")


def branches_with(folder: Path, commit: str) -> list[str]:
    """Branches of the checkout at ``folder``, remote ones too, that hold a commit; none for an unknown one."""
    found = _git(folder, "branch", "--all", "--format=%(refname:short)", "--contains", commit) or ""
    return [name for name in found.split("\n") if name and not name.startswith("(")]  # (HEAD detached at ...)


def _place(path: Path) -> Path:
    """Absolute path; the last part may be a link into DVC's cache, and stays one."""
    return path.parent.resolve() / path.name


def _rewritten(file: Path, outs: set[Path]) -> bool:
    return file.name == "dvc.lock" or not outs.isdisjoint((file, *file.parents))


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        # names of files need not be UTF-8
        done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _files(folder: Path) -> list[Path]:
    return [Path(base, name) for base, _, names in os.walk(folder, followlinks=True) for name in names]


def _file_md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _folder_md5(folder: Path) -> str:
    entries = [{"md5": _file_md5(file), "relpath": file.relative_to(folder).as_posix()} for file in _files(folder)]
    entries.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(entries, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"
