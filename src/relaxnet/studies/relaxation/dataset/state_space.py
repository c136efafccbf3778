"""The paper's plane of (dh, ln A) with all (x, beta), and its six subsets."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import InvalidInputError

from ..physics import GAS_CONSTANT, ZERO_CELSIUS_K
from ._spline import cubic_spline

Int = NDArray[np.int64]
Float = NDArray[np.float64]

DH_J_PER_MOL: Float = np.arange(20, 121, dtype=np.float64) * 1e4
N_LN_A = 81
SHAPE_VALUES: Float = np.arange(10, 51) / 50.0  # of x and of beta: 0.20, 0.22 ... 1.00
N_SHAPES = len(SHAPE_VALUES) ** 2

LN_A_LIMITS = (-630.0, -18.0)
HOTTEST_C, COLDEST_C = 1600.0, -250.0
# The bound at values of dh in geometric progression.  By the scaling of the model it is one curve; the simulator gives
# it (tests/dataset), but the grid of the state space must not move with its last digits.
_HOTTEST_LN_A_R_PER_DH = (-28.0485, -31.7254, -36.2109, -41.7083, -48.4716, -56.8189, -67.1480, -79.9566, -95.8674)
_HOTTEST_K = HOTTEST_C + ZERO_CELSIUS_K
_COLD_TRANSITION_K, _COLD_TAU_S = 227.2, 100.0
_DECIMALS = 6  # of the bounds: far above the last bits, in which logarithms and splines differ between machines


def ln_a_bounds(dh_j_per_mol: Float) -> tuple[Float, Float]:
    """Lowest and highest ln A for each ``dh``, such that all scans lie in (-250, 1600) degC.

    Upper: the widest member (beta = 0.2) is within 1e-3 of the liquid at 1600 degC after the slowest cooling.
    Lower: the equilibrium relaxation time is 100 s at 227.2 K.  Both inside [-630, -18], the ends that the paper
    prints; its supplement, which holds the rule, is not public, so the rule is our reading.

    Examples
    --------
    >>> low, high = ln_a_bounds(np.array([2e5, 7e5, 12e5]))
    >>> low.round(1).tolist(), high.round(1).tolist()
    ([-101.3, -366.0, -630.0], [-18.0, -51.3, -84.0])
    """
    u = np.geomspace(DH_J_PER_MOL[0], DH_J_PER_MOL[-1], len(_HOTTEST_LN_A_R_PER_DH)) / (GAS_CONSTANT * _HOTTEST_K)
    scale = np.asarray(dh_j_per_mol) / GAS_CONSTANT
    low = np.log(_COLD_TAU_S) - scale / _COLD_TRANSITION_K
    # ln(A R/dh) as a function of u = dh/(R T) at 1600 degC
    high = cubic_spline(u, _HOTTEST_LN_A_R_PER_DH, scale / _HOTTEST_K) + np.log(scale)
    return np.clip(low, *LN_A_LIMITS).round(_DECIMALS), np.clip(high, *LN_A_LIMITS).round(_DECIMALS)


@lru_cache(maxsize=1)
def ln_a_table() -> Float:
    """The evenly spaced ln A of every dh, shape (101, 81): row i is dh index, column j is ln A index."""
    low, high = ln_a_bounds(DH_J_PER_MOL)
    return np.linspace(low, high, N_LN_A, axis=1)


def _block(first_i: int, first_j: int) -> tuple[Int, Int]:
    return np.arange(first_i, first_i + 11), np.arange(first_j, first_j + 11)


_LAST_I, _LAST_J = len(DH_J_PER_MOL) - 11, N_LN_A - 11
# left / right: low / high ln A; upper / bottom: low / high dh
SUBSETS: dict[str, tuple[Int, Int]] = {
    "LU": _block(0, 0),
    "RU": _block(0, _LAST_J),
    "LB": _block(_LAST_I, 0),
    "RB": _block(_LAST_I, _LAST_J),
    "C": _block(_LAST_I // 2, _LAST_J // 2),
    "G": (np.linspace(0, 100, 10).round().astype(np.int64), np.linspace(0, 80, 8).round().astype(np.int64)),
}


@dataclass(frozen=True)
class Quartets:
    """Points of the state space by index of dh, of ln A, of x and of beta, each of shape (n,)."""

    i: Int
    j: Int
    x_index: Int
    beta_index: Int

    def __len__(self) -> int:
        return len(self.i)

    def take(self, rows: slice | Int) -> "Quartets":
        """Some of the points."""
        return Quartets(self.i[rows], self.j[rows], self.x_index[rows], self.beta_index[rows])

    def parameters(self) -> Float:
        """Columns ``ln_a, dh_j_per_mol, x, beta``, shape (n, 4)."""
        x, beta = SHAPE_VALUES[self.x_index], SHAPE_VALUES[self.beta_index]
        return np.column_stack([ln_a_table()[self.i, self.j], DH_J_PER_MOL[self.i], x, beta])


def subset_size(subset: str) -> int:
    """Number of quartets in ``subset``."""
    rows, columns = _lookup(subset)
    return len(rows) * len(columns) * N_SHAPES


def select(subset: str, count: int | None, seed: int) -> Quartets:
    """Quartets of a subset, all of them (``count`` None) or a seeded sample without repetition.

    Raises
    ------
    InvalidInputError
        For an unknown subset or a ``count`` outside 1 ... its size.

    Examples
    --------
    >>> quartets = select("C", 3, seed=1)
    >>> quartets.parameters().round(2).tolist()  # ln A, dh, x, beta
    [[-227.58, 710000.0, 0.48, 0.56], [-194.35, 720000.0, 0.2, 0.9], [-215.08, 750000.0, 0.42, 0.2]]
    >>> len(select("C", None, seed=1))
    203401
    """
    rows, columns = _lookup(subset)
    size = subset_size(subset)
    if count is None:
        flat = np.arange(size)
    else:
        if not 1 <= count <= size:
            raise InvalidInputError("quartets_per_subset", count, f"from 1 to {size}, or 'all'")
        # the name of the subset enters the seed, so that subsets do not share their (x, beta) sequence
        generator = np.random.default_rng([seed, *subset.encode()])
        flat = np.sort(generator.choice(size, count, replace=False))
    cell, shape = np.divmod(flat, N_SHAPES)
    row, column = np.divmod(cell, len(columns))
    x_index, beta_index = np.divmod(shape, len(SHAPE_VALUES))
    return Quartets(rows[row], columns[column], x_index, beta_index)


def _lookup(subset: str) -> tuple[Int, Int]:
    if subset not in SUBSETS:
        raise InvalidInputError("subset", subset, f"one of {', '.join(SUBSETS)}")
    return SUBSETS[subset]
