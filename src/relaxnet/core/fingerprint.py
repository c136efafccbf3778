"""Fingerprint of code: results of other code must not be taken for those of this one.

What a result depends on is not listed by hand but read from the sources: the named modules, and all that they import
of their own top-level package and of this one, directly or by way of others.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from pathlib import Path


@lru_cache(maxsize=64)
def code_fingerprint(*modules: str, alone: tuple[str, ...] = ()) -> str:
    """Fingerprint of modules, and all that they import of their own package and this one, in twelve hexadecimal digits.

    Modules go by their full names; a package stands for all modules in it.  Of those in ``alone`` the imports do not
    count: they also do what no result depends on.
    """
    digest = hashlib.sha256()
    files = imported_files(*modules) | {name: _file(name) for name in alone}
    for name, file in sorted(files.items()):
        digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def imported_files(*modules: str) -> dict[str, Path]:
    """Source file of each of ``modules`` and of all that they import, by module name.

    What counts is imports of their own top-level package and of this one.

    Imports inside functions count, those for type checkers do not.  An unknown module is a `ModuleNotFoundError`.
    """
    found: dict[str, Path] = {}
    waiting = [member for name in modules for member in _members(name)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _file(name)
            stat = found[name].stat()
            waiting += _imports(name, found[name], (stat.st_mtime_ns, stat.st_size))
    return found


def _members(name: str) -> Iterator[str]:
    """The module itself, and all modules in it if it is a package."""
    file = _file(name)
    yield name
    if file.name == "__init__.py":
        for path in sorted(file.parent.rglob("*.py")):
            parts = path.relative_to(file.parent).with_suffix("").parts
            yield ".".join([name, *(part for part in parts if part != "__init__")])


def _file(name: str) -> Path:
    """Source file of a module, found without importing anything."""
    top, *rest = name.split(".")
    spec = find_spec(top)
    if spec is not None and not rest and spec.origin:
        return Path(spec.origin)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, *rest)
        for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
            if file.is_file():
                return file
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _is_module(name: str) -> bool:
    with suppress(ModuleNotFoundError):
        return bool(_file(name))
    return False


@lru_cache(maxsize=1024)  # packages of kernels have much in common, and parsing takes half a second
def _imports(name: str, file: Path, version: tuple[int, int]) -> tuple[str, ...]:  # noqa: ARG001
    """Modules that a file, in one version of it, imports."""
    return tuple(_imported(name, file))


def _imported(name: str, file: Path) -> Iterator[str]:
    followed = {name.partition(".")[0], __name__.partition(".")[0]}
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in _at_run_time(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in followed)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            if source.partition(".")[0] not in followed:
                continue
            submodules = [full for alias in node.names if _is_module(full := f"{source}.{alias.name}")]
            yield from submodules
            if len(submodules) < len(node.names):
                yield source


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_run_time(node)
