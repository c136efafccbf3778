"""Which code and which data: the commit of the checkout, and the hash by which DVC knows a file or folder."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from relaxnet.core.errors import DataFileError


def dvc_hash(path: Path, root: Path) -> str:
    """Hash by which DVC knows ``path``: from ``dvc.lock`` or a ``.dvc`` file, else computed in DVC's way.

    It is the MD5, for a folder with ``.dir`` at its end.  ``dvc.lock`` is looked for in ``root`` and in the folders of
    its ``pipelines``; a recorded hash is trusted as long as the recorded size fits what is on disk.  A ``path`` that
    does not exist is a `DataFileError`.
    """
    target = _place(path)
    if not target.exists():
        raise DataFileError(f"{path}: no such file or folder")
    for out, folder in recorded_outs(root, target):
        if _place(folder / str(out.get("path"))) == target and isinstance(out.get("md5"), str):
            if out.get("size") in (None, _size(target)):
                return str(out["md5"])
            break
    return _folder_md5(target) if target.is_dir() else _file_md5(target)


def recorded_outs(root: Path, target: Path | None = None) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the outputs that ``dvc.lock`` and the ``.dvc`` file of ``target`` record, with their folders."""
    for lock in (root / "dvc.lock", *sorted(root.glob("pipelines/*/dvc.lock"))):
        stages = _mapping(lock).get("stages")
        for stage in stages.values() if isinstance(stages, dict) else ():
            outs = stage.get("outs") if isinstance(stage, dict) else None
            # paths are relative to where a stage runs, which the lock does not say: beside it, or at the top
            folders = {lock.parent, root}
            yield from ((out, folder) for out in outs or () if isinstance(out, dict) for folder in folders)
    if target is not None:
        outs = _mapping(target.with_name(f"{target.name}.dvc")).get("outs")
        yield from ((out, target.parent) for out in outs or () if isinstance(out, dict))


def git_commit(folder: Path) -> str | None:
    """Commit of the checkout at ``folder``, ``-dirty`` appended if tracked files differ; None without git.

    What ``dvc repro`` itself rewrites (``dvc.lock`` and recorded outputs) does not make it dirty.
    """
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    top = Path((_git(folder, "rev-parse", "--show-toplevel") or str(folder)).strip())
    changed = [line for line in (_git(top, "diff", "--name-only", "-z", "HEAD") or "").split("\0") if line]
    if changed:
        outs = {_place(base / str(out.get("path"))) for out, base in recorded_outs(top)}
        changed = [name for name in changed if not _rewritten(_place(top / name), outs)]
    return commit.strip() + ("-dirty" if changed else "")


def _place(path: Path) -> Path:
    """Absolute path; the last part may be a link into DVC's cache, and stays one."""
    return path.parent.resolve() / path.name


def _rewritten(file: Path, outs: set[Path]) -> bool:
    return file.name == "dvc.lock" or not outs.isdisjoint((file, *file.parents))


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
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


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in (_files(path) if path.is_dir() else [path]))


def _file_md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _folder_md5(folder: Path) -> str:
    entries = [{"md5": _file_md5(file), "relpath": file.relative_to(folder).as_posix()} for file in _files(folder)]
    entries.sort(key=lambda entry: entry["relpath"])
    text = json.dumps(entries, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"
