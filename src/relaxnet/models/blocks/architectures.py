"""The architectures by name: the files of the zoo."""

import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import keras

from relaxnet.core.config import Config, parse
from relaxnet.core.errors import DataFileError, InvalidInputError, first_line
from relaxnet.core.files import check_exists
from relaxnet.datasets.source import Shapes

from .network import Network

ZOO = "relaxnet.models.zoo"
MAX_WEIGHTS = 10**8  # of a network: with gradients and an optimiser's moments 1.6 GB
_FIRST = ("mcnn-paper", "mcnn-spline")  # wherever names are listed: the network as printed, and its usual variant


@dataclass(frozen=True)
class Architecture:
    """Options class and builder ``(options, input_shapes, outputs) -> Network`` of an architecture."""

    options: type[Config]
    builder: Callable[[Any, Shapes, int], Network]


@lru_cache(maxsize=1)
def architecture_names() -> tuple[str, ...]:
    """Names of the zoo."""
    found = sorted(file.stem for file in Path(__file__).parents[1].glob("zoo/[!_]*.py"))
    return (*_FIRST, *(name for name in found if name not in _FIRST))


def find_architecture(name: str, field: str = "architecture") -> Architecture:
    """Architecture by its name in the zoo, or by ``package.module:NAME`` of any other `Architecture`.

    An unknown name is an `InvalidInputError` of ``field``.
    """
    module, attribute = architecture_module(name), name.partition(":")[2]
    if not attribute and name not in architecture_names():
        raise InvalidInputError(field, name, f"one of {', '.join(architecture_names())}")
    try:
        found = getattr(import_module(module), attribute or "ARCHITECTURE")
    except (ImportError, AttributeError, ValueError, TypeError) as error:  # of no name, of a relative one
        raise InvalidInputError(field, name, f"an Architecture as package.module:NAME ({error})") from None
    if not isinstance(found, Architecture):
        raise InvalidInputError(field, name, "an Architecture as package.module:NAME")
    return found


def architecture_module(name: str) -> str:
    """Full name of the module that defines an architecture."""
    module, _, attribute = name.partition(":")
    return module if attribute else f"{ZOO}.{name}"


def load_model(path: Path, architecture: str | None, refusal: str) -> keras.Model:
    """Load a Keras model in safe mode: no pickle, no Lambda layers.  Its architecture registers the layers of its own.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or has layers that are not known here; ``refusal`` begins its message.  Where
        another version of Keras saved it, the message names both versions.
    """
    check_exists(path)
    if architecture is not None:
        with suppress(InvalidInputError):  # of another installation: what it lacks is told below
            find_architecture(architecture)
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (BadZipFile, zlib.error, OSError, ValueError, TypeError, KeyError, ImportError) as error:
        lines = str(error).splitlines()
        unknown = next((line.split(". Make sure")[0] for line in lines if "Could not locate class" in line), None)
        reason = f"{unknown}; train it again" if unknown else first_line(error).split(". Make sure")[0]
        saved = _keras_version(path)
        if saved not in (None, keras.__version__):
            reason = f"saved by Keras {saved}, this is Keras {keras.__version__}: install keras=={saved}"
        if path.is_file() and not is_zipfile(path):  # which Keras calls "File not found"
            reason = "damaged: cut short, or something else"
        raise DataFileError(f"{refusal} ({reason})") from None


def _keras_version(path: Path) -> str | None:
    """Version of Keras that saved a model, as its file says."""
    with suppress(BadZipFile, OSError, ValueError, KeyError, TypeError), ZipFile(path) as archive:
        return str(json.loads(archive.read("metadata.json"))["keras_version"])
    return None


def build(name: str, options: Mapping[str, Any], input_shapes: Shapes, outputs: int) -> Network:
    """Build an architecture by name, for inputs whose samples have these shapes.

    Raises
    ------
    InvalidInputError
        For an unknown name, an option that does not apply, inputs that the architecture cannot read, or a network of
        more than `MAX_WEIGHTS` weights, before they take memory.
    """
    architecture = find_architecture(name)
    checked = parse(architecture.options, dict(options), "network")
    with _limited_weights(f"networks.{name}", options):
        return architecture.builder(checked, input_shapes, outputs)


@contextmanager
def _limited_weights(field: str, options: Mapping[str, Any]) -> Iterator[None]:
    """Count the weights that layers make inside; more than `MAX_WEIGHTS` are an `InvalidInputError`."""
    total, add = 0, keras.layers.Layer.add_weight

    def counted(layer: keras.layers.Layer, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        nonlocal total
        size = math.prod(shape or ())
        total += size
        if total > MAX_WEIGHTS:
            sizes = ", ".join(f"{key}: {value}" for key, value in options.items())
            allowed = f"of at most {MAX_WEIGHTS:.0e} weights; layer {layer.name} has {size:.0e}"
            raise InvalidInputError(field, f"{{{sizes}}}", allowed)
        return add(layer, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add
