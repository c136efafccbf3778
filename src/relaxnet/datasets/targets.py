"""What is to be estimated: named targets with their units, their scaling, and how they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError
from relaxnet.core.text import number

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """What the values of a vector target belong to (energies, times, wavelengths ...), rising; unit "1" if pure."""

    name: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Target:
    """One quantity to estimate: a number, or a vector of numbers along an axis.

    The ``limits`` are scaled to 0 and 1; by default mean and standard deviation of the training part are.  The
    ``thresholds`` are absolute errors in ``unit`` whose reach (share of samples within) is reported.  The error of a
    vector on a sample is the mean of the absolute errors along its axis.
    """

    name: str
    unit: str  # as in files; "1" for a pure number
    limits: tuple[float, float] | None = None
    thresholds: tuple[float, ...] = ()
    symbol: str = ""  # for people; by default the name
    display_unit: str = ""  # for people; by default that of the files
    display_factor: float = 1.0  # from `unit` to `display_unit`
    digits: int = 3  # significant ones of an error
    axis: Axis | None = None

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.axis.values) if self.axis else 1

    @property
    def short(self) -> str:
        """Symbol, for a sentence or a narrow column."""
        return self.symbol or self.name

    @property
    def shown_unit(self) -> str:
        """Unit for people, empty for a pure number."""
        unit = self.display_unit or self.unit
        return "" if unit == "1" else unit

    @property
    def label(self) -> str:
        """Text for an axis or a heading: symbol and unit, a dash in parentheses where there is none."""
        return f"{self.short} ({self.shown_unit or '–'})"

    def error_text(self, value: float) -> str:
        """``value``, given in ``unit``, in the unit for people, always with all digits of an error."""
        return number(value * self.display_factor, self.digits, pad=True)

    def value_text(self, value: float) -> str:
        """``value``, given in ``unit``, in the unit for people, with one digit more than an error."""
        return number(value * self.display_factor, self.digits + 1)

    def amount_text(self, value: float) -> str:
        """``value``, given in ``unit``, as a number with the unit for people: "10 km"."""
        return f"{number(value * self.display_factor, self.digits)} {self.shown_unit}".strip()


@dataclass(frozen=True)
class Scaling:
    """Affine scaling of target columns: ``(value - offset) / scale``, both of shape (columns,)."""

    offset: Float
    scale: Float

    def normalise(self, values: ArrayLike) -> Float:
        """Scale an array of shape (n, columns)."""
        return (np.asarray(values, dtype=np.float64) - self.offset) / self.scale


@dataclass(frozen=True)
class Targets:
    """Ordered targets; their values stand side by side in the columns of every target array.

    Examples
    --------
    >>> energy = Axis("energy", "eV", (0.0, 0.5, 1.0))
    >>> targets = Targets((Target("gap", "eV", (0.0, 5.0)), Target("spectrum", "1/eV", axis=energy)))
    >>> targets.width, targets.columns("spectrum")
    (4, slice(1, 4, None))
    """

    items: tuple[Target, ...]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(target.name for target in self.items)

    @property
    def width(self) -> int:
        """Number of columns of a target array."""
        return sum(target.size for target in self.items)

    def __getitem__(self, name: str) -> Target:
        return next(target for target in self.items if target.name == name)

    def columns(self, name: str) -> slice:
        """Columns of a target."""
        start = sum(target.size for target in self.items[: self.names.index(name)])
        return slice(start, start + self[name].size)

    def values(self, name: str, array: NDArray[np.floating]) -> NDArray[np.floating]:
        """Values of one target in an array of shape (n, width): shape (n,), or (n, size) for a vector."""
        columns = array[:, self.columns(name)]
        return columns if self[name].axis else columns[:, 0]

    def scaling(self, training: ArrayLike) -> Scaling:
        """Scaling of all columns: by the targets' limits, else fitted on the training part, of shape (n, width).

        A target that does not vary there is only shifted; the values of a vector share one scale.
        """
        values = np.asarray(training, dtype=np.float64)
        offset, scale = np.empty(self.width), np.empty(self.width)
        for target in self.items:
            columns = self.columns(target.name)
            if target.limits:
                low, high = target.limits
                offset[columns], scale[columns] = low, high - low
            else:
                offset[columns] = values[:, columns].mean(axis=0)
                scale[columns] = np.sqrt(np.mean((values[:, columns] - offset[columns]) ** 2)) or 1.0
        return Scaling(offset, scale)

    def column_weights(self, by_name: Mapping[str, float]) -> tuple[float, ...]:
        """Weight of each column in a mean over all columns, so that each target counts with its own weight.

        Raises
        ------
        InvalidInputError
            If a target has no weight, a weight has no target, or none is above 0.
        """
        one_each = f"one for each of {', '.join(self.names)}, not all 0"
        for name in sorted(set(by_name).symmetric_difference(self.names)):
            raise InvalidInputError(f"loss_weights.{name}", by_name.get(name, "(missing)"), one_each)
        if not any(by_name.values()):
            raise InvalidInputError("loss_weights", dict(by_name), one_each)
        shares = [(by_name[t.name] * self.width / (len(self) * t.size), t.size) for t in self.items]
        return tuple(float(share) for share, size in shares for _ in range(size))

    def to_json(self) -> list[dict[str, Any]]:
        """As plain values."""
        return [asdict(target) for target in self.items]

    @classmethod
    def from_json(cls, values: Sequence[dict[str, Any]]) -> Self:
        """Inverse of `to_json`, of values that JSON has turned into lists as well."""
        items = []
        for value in values:
            fields: dict[str, Any] = {
                key: tuple(item) if isinstance(item, list) else item for key, item in value.items()
            }
            axis = value["axis"]
            fields["axis"] = Axis(axis["name"], axis["unit"], tuple(axis["values"])) if axis else None
            items.append(Target(**fields))
        return cls(tuple(items))
