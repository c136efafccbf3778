"""Models in the store that anyone can load: tables in, estimates out, with the code that it takes."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import write_json

from ._environment import third_party_warnings_off
from .loading import CARD, load

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import Model

LOADER, FOLDER = "relaxnet.tracking.loading", "predictor"
_SOURCES = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "*.nbi", "*.nbc", "weights")  # weights are artifacts


@dataclass(frozen=True)
class Column:
    """A column of the tables that a predictor takes; ``kind`` is one of MLflow's: ``double``, ``string``, ``any``."""

    name: str
    kind: str = "double"
    required: bool = True


@dataclass(frozen=True)
class Predictor:
    """What turns tidy tables into estimates, made ready for the store.

    Attributes
    ----------
    loader : str
        ``package.module:NAME`` of a callable that takes the folder of the artifacts and returns an object with
        ``predict(table) -> table``, both data frames.
    files : Path
        Folder of the artifacts.
    columns : sequence of Column
        Of the tables that it takes.
    example : DataFrame
        A table that it takes; kept with the model.
    requirements : sequence of str
        Names of the pip packages that loading and predicting import; the installed versions are recorded.  Of those
        that are not installed (one of ``tensorflow`` and ``tensorflow-cpu``, say) nothing is.
    code : sequence of str
        Top-level packages whose source goes with the model.
    """

    loader: str
    files: Path
    columns: Sequence[Column]
    example: pd.DataFrame
    requirements: Sequence[str]
    code: Sequence[str] = ("relaxnet",)


def save_predictor(predictor: Predictor, folder: Path, card: Model, metadata: Mapping[str, Any]) -> None:
    """Write a pyfunc model into ``folder``: artifacts, code, signature, example, requirements; nothing is pickled.

    The model is loaded from its artifacts and given the example once, which also tells the columns that come out.
    """
    with tempfile.TemporaryDirectory() as place, third_party_warnings_off():
        files = Path(place, FOLDER)
        shutil.copytree(predictor.files, files)
        write_json(files / CARD, {"loader": predictor.loader})
        _pyfunc().save_model(
            folder,
            loader_module=LOADER,
            data_path=str(files),
            code_paths=[str(_source(name, Path(place, "code"))) for name in predictor.code],
            mlflow_model=card,
            signature=ModelSignature(_inputs(predictor), _outputs(load(files).predict(predictor.example))),
            input_example=predictor.example,
            pip_requirements=pinned(predictor.requirements),
            metadata=dict(metadata),
        )


def files_of(predictor: Predictor) -> list[str]:
    """Paths of the artifacts within a stored model, without which it is not whole."""
    found = sorted(path.relative_to(predictor.files) for path in predictor.files.rglob("*") if path.is_file())
    return [f"data/{FOLDER}/{path.as_posix()}" for path in (Path(CARD), *found)]


def pinned(packages: Sequence[str]) -> list[str]:
    """Requirements of exactly the versions that are installed, of those packages that are."""
    found = []
    for package in packages:
        try:
            found.append(f"{package}=={version(package)}")
        except PackageNotFoundError:
            continue
    return found


def _inputs(predictor: Predictor) -> Schema:
    from mlflow.types.schema import AnyType

    kinds = {"any": AnyType()}
    return Schema([ColSpec(kinds.get(c.kind, c.kind), c.name, required=c.required) for c in predictor.columns])


def _outputs(table: pd.DataFrame) -> Schema:
    return Schema([ColSpec("double" if table[name].dtype.kind == "f" else "string", name) for name in table.columns])


def _source(package: str, place: Path) -> Path:
    """Copy of a package or module without what Python and numba compiled; its data files go with it."""
    spec = find_spec(package)
    if spec is None or not spec.origin:
        raise InvalidInputError("code", package, "a package or module that can be imported")
    origin = Path(spec.origin)
    if origin.name != "__init__.py":
        place.mkdir(exist_ok=True)
        return Path(shutil.copy(origin, place))
    return Path(shutil.copytree(origin.parent, place / package, ignore=_SOURCES))


def _pyfunc() -> Any:
    """MLflow's pyfunc flavour; importing it warns of MLflow's own type hints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("mlflow.pyfunc")
