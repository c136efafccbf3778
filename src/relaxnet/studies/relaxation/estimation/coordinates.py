"""Well-conditioned coordinates of the four parameters, relative to a temperature in the transition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import GAS_CONSTANT
from ..physics.parameters import checked_numbers

Float = NDArray[np.float64]
COORDINATE_NAMES = ("ln_tau_t0", "ln_dh_per_rt0", "x", "beta")


@dataclass(frozen=True, eq=False)
class Coordinates:
    """``ln tau(T0) = ln A + dh/(R T0)``, ``ln(dh/(R T0))``, ``x`` and ``beta``, for the reference ``t0_k``.

    ln A and dh of a measurement are almost collinear (correlation -0.9999); ln tau at a temperature in the transition
    is known a hundred times better than either.  x and beta stay as they are: their edge, 1, is a value like any
    other, which a logit would move to infinity.  Who searches must keep them within their ranges.

    ``t0_k`` is one temperature, or one for each set, shape (n,); `InvalidInputError` unless above 0 K.

    Examples
    --------
    >>> coordinates = Coordinates(460.0)
    >>> point = coordinates.of([-79.21, 318_444.0, 0.57, 0.71])
    >>> point.round(3).tolist()
    [4.051, 4.422, 0.57, 0.71]
    >>> coordinates.parameters(point).round(3).tolist()
    [-79.21, 318444.0, 0.57, 0.71]
    """

    t0_k: float | Float

    def __post_init__(self) -> None:
        t0_k = checked_numbers("t0_k", self.t0_k)
        for wrong in t0_k[~(np.isfinite(t0_k) & (t0_k > 0))].ravel()[:1]:
            raise InvalidInputError("t0_k", wrong, "a temperature above 0 K")
        object.__setattr__(self, "t0_k", t0_k)

    def of(self, parameters: ArrayLike) -> Float:
        """Coordinates of parameters ``ln_a, dh_j_per_mol, x, beta``, shape (..., 4)."""
        ln_a, dh, x, beta = np.moveaxis(np.asarray(parameters, dtype=np.float64), -1, 0)
        u = dh / (GAS_CONSTANT * self.t0_k)
        return np.stack([ln_a + u, np.log(u), x, beta], axis=-1)

    def parameters(self, coordinates: ArrayLike) -> Float:
        """Parameters of coordinates, shape (..., 4)."""
        ln_tau, ln_u, x, beta = np.moveaxis(np.asarray(coordinates, dtype=np.float64), -1, 0)
        u = np.exp(ln_u)
        return np.stack([ln_tau - u, GAS_CONSTANT * self.t0_k * u, x, beta], axis=-1)

    def jacobian(self, coordinates: ArrayLike) -> Float:
        """Derivatives of ``ln_a, dh_j_per_mol, x, beta`` by the coordinates (..., 4), shape (..., 4, 4)."""
        points = np.asarray(coordinates, dtype=np.float64)
        u = np.exp(points[..., 1])
        found = np.zeros((*points.shape, 4))
        found[..., 0, 0] = found[..., 2, 2] = found[..., 3, 3] = 1.0
        found[..., 0, 1] = -u
        found[..., 1, 1] = GAS_CONSTANT * self.t0_k * u
        return found
