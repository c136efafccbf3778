"""Write aside, then rename: no reader ever sees a half-written file."""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from .errors import DataFileError, InvalidInputError, MissingFileError, first_line


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; it takes the target's name on success and vanishes on failure.

    A full disk, or a folder that cannot be written, is a `DataFileError`.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except OSError as error:
        raise DataFileError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_writable(target: Path) -> None:
    """Raise `DataFileError` unless `atomic_path` can write a file there: told before long work, not after it."""
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        part.unlink()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise DataFileError(f"{target}: cannot be written ({error.strerror or error})") from error


def check_exists(path: Path) -> None:
    """Raise `MissingFileError` unless the file or folder is there."""
    if not path.exists():
        raise MissingFileError(f"{path}: no such file")


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target``; it takes the target's place on success and vanishes on failure.

    A full disk, or a folder that cannot be written, is a `DataFileError`.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)  # of a killed process
        part.mkdir(parents=True)
        yield part
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    except OSError as error:
        raise DataFileError(f"{target}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Make ``folder`` and keep other runs out of it; it vanishes again if it stays empty.

    The lock is a hidden file beside the folder (its content may be a stage's output, as it is), gone in the end.
    Another run that is writing, or a folder that cannot be made, is a `DataFileError`.
    """
    from filelock import FileLock, Timeout

    lock_file = folder.with_name(f".{folder.name.lstrip('.')}.lock")
    lock = FileLock(lock_file, fallback_to_soft=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFileError(f"{folder}: cannot be written ({error.strerror or error})") from error
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DataFileError(f"{folder}: another run is writing here") from None
    except OSError:
        pass  # a file system without locks
    try:
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):  # before it is released: who has opened it meanwhile sees that it is no more
                lock_file.unlink()
            lock.release()
        with suppress(OSError):
            folder.rmdir()


def write_text(target: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_path(target) as part:
        part.write_text(text, encoding="utf-8")


def write_json(target: Path, value: Any) -> None:
    """Write JSON atomically, keys in the given order, so that equal content means equal bytes."""
    write_text(target, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def content_hash(path: Path) -> str:
    """Hash of a file, or a folder with all in it, as sixteen hexadecimal digits; one that is missing holds nothing."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(f"{file.relative_to(path)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def read_json(path: Path) -> Any:
    """Read a JSON file; raise `DataFileError` if it is missing or no JSON."""
    try:
        return json.loads(_read(path))
    except (OSError, ValueError, RecursionError) as error:
        raise DataFileError(f"{path}: not a readable JSON file ({error})") from None


class _Loader(yaml.SafeLoader):
    """YAML in which no key stands twice, and 1e-3 is a number, as in YAML 1.2 and for DVC."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Mapping as it is written, refused where it has a key twice."""
        node = super().compose_mapping_node(anchor)
        seen = set[tuple[str, str]]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.composer.ComposerError(None, None, f"the key {key.value} twice", key.start_mark)
                seen.add((key.tag, key.value))
        return node


_EXPONENT = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+.0123456789"))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds one mapping of plain values, as JSON has them.

    Raises
    ------
    DataFileError
        If it is missing, not YAML, or holds anything else than a mapping.
    InvalidInputError
        Naming a key that is no text, or a value that is none of JSON's (a date).
    """
    try:
        content = yaml.load(_read(path), _Loader)
        _check_plain(content, "")
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise DataFileError(f"{path}: not readable as YAML ({line}{error.problem or first_line(error)})") from None
    except InvalidInputError:
        raise
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise DataFileError(f"{path}: not readable as YAML ({first_line(error)})") from None
    if not isinstance(content, dict):
        raise DataFileError(f"{path}: must hold a mapping of sections")
    return content


def _check_plain(value: Any, place: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise InvalidInputError(f"{place}.{key}".lstrip("."), key, "a text: write the key in quotes")
            _check_plain(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_plain(inner, f"{place}.{number}".lstrip("."))
    elif not (value is None or isinstance(value, str | int | float)):
        raise InvalidInputError(place, value, "a number, a text, true, false, null, a list or a mapping")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
