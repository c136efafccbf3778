"""An emulator of the simulator: the scans of any parameter set, interpolated in a table over three numbers.

By the scaling of the model the scans of one program depend on ``c = ln(A R q/dh)``, x and beta alone, apart from the
temperature scale: with ``u = dh/(R T)`` counted from the transition ``u_g(c)`` they are curves on a manifold of three
dimensions.  The table holds their storage nodes.  Nodes of equal number lie at like places of neighbouring curves, so
that positions and heights may be interpolated on their own (tensor-product cubics) and a steep front moves instead of
being blurred.  The axes are stretched such that the table is as fine everywhere as the error asks for.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError, first_line
from relaxnet.core.files import atomic_path, write_json
from relaxnet.core.threads import in_threads

from ..physics import GAS_CONSTANT, PARAMETER_NAMES, ChrProgram, Signals, chr_program, simulate_many, transition_u
from ..physics.simulate import STORED_NODES
from .axes import AXES, Axis

Float = NDArray[np.float64]
FORMAT_VERSION = 2
STEEPEST = 60.0  # cp_n,max above which the simulator itself answers
_DH_J_PER_MOL = 4e5  # any: the table is free of scale
_DENSE_NODES = 512
_CHUNK = 256  # sets of one task of a thread


class Emulator:
    """Scans of a constant-rate program, interpolated.

    Parameters
    ----------
    program : ChrProgram
        The program that the table holds; only the ratios of its rates matter for the table itself.
    table : ndarray of float32, shape (U, X, B, 2, C, S)
        ``u_g - u`` and cp_n over the scan's height at S storage nodes of C scans.
    scalars : ndarray, shape (U, X, B, 2, C)
        Logarithm of the height, and ``u_g`` minus the value of u at the fictive temperature of the glass.
    axes : tuple of Axis
        Of the first three dimensions.
    """

    def __init__(
        self, program: ChrProgram, table: NDArray[np.float32], scalars: Float, axes: tuple[Axis, ...] = AXES
    ) -> None:
        self.program, self.table, self.scalars, self.axes = program, table, scalars, axes
        self._starts = np.array([axis.coordinates()[0] for axis in axes])
        self._steps = np.array([np.diff(axis.coordinates()[:2])[0] for axis in axes])

    @property
    def nbytes(self) -> int:
        """Size of the table in bytes."""
        return self.table.nbytes + self.scalars.nbytes

    @staticmethod
    def entries() -> int:
        """Number of parameter sets in the table."""
        return math.prod(len(axis.coordinates()) for axis in AXES)

    @classmethod
    def build(
        cls, program: ChrProgram | None = None, *, axes: tuple[Axis, ...] = AXES, workers: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Emulator:  # fmt: skip
        """Simulate the table, some 60 000 parameter sets, in ``workers`` threads.

        The default program is that of Table 1; ``progress`` is called with the number of sets finished since the last
        call.
        """
        from ._kernels import relabel

        program = program or chr_program()
        shape = tuple(len(axis.values()) for axis in axes)
        transition, x, beta = (grid.ravel() for grid in np.meshgrid(*(axis.values() for axis in axes), indexing="ij"))
        scale = _DH_J_PER_MOL / GAS_CONSTANT
        ln_a = -transition - 2.0 * np.log(transition) - np.log(program.heating_rate_k_per_min / 60.0 / scale)
        sets = np.column_stack([ln_a, np.full(len(ln_a), _DH_J_PER_MOL), x, beta])
        scans = len(program.cooling_rates_k_per_min)
        table = np.empty((len(sets), 2, scans, STORED_NODES), dtype=np.float32)
        scalars = np.empty((len(sets), 2, scans))

        def run(part: slice) -> int:
            signals = simulate_many(sets[part], program, nodes=_DENSE_NODES)
            height = signals.cp_n.max(axis=2)
            relabel(transition[part, None, None] - signals.u, signals.cp_n / height[:, :, None], table[part])
            scalars[part, 0] = np.log(height)
            scalars[part, 1] = transition[part, None] - scale / signals.glass_fictive_k
            return int(part.stop - part.start)

        for done in in_threads(run, len(sets), _CHUNK, workers):
            if progress:
                progress(done)
        return cls(program, table.reshape(*shape, *table.shape[1:]), scalars.reshape(*shape, *scalars.shape[1:]), axes)

    def save(self, folder: Path) -> None:
        """Write ``table.npy``, ``scalars.npy`` and ``emulator.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, values in (("table", self.table), ("scalars", self.scalars)):
            with atomic_path(folder / f"{name}.npy") as part, part.open("wb") as file:
                np.save(file, values)
        about = {
            "format": FORMAT_VERSION,
            "cooling_rates_k_per_min": self.program.cooling_rates_k_per_min,
            "heating_rate_k_per_min": self.program.heating_rate_k_per_min,
            "axes": [asdict(axis) for axis in self.axes],
            "crc32": _checksums(self.table, self.scalars),
        }
        write_json(folder / "emulator.json", about)

    @classmethod
    def load(cls, folder: Path) -> Emulator:
        """Read back what `save` wrote; `DataFileError` for no emulator, one of another format, or a damaged one."""
        try:
            about = json.loads((folder / "emulator.json").read_text())
            if about["format"] != FORMAT_VERSION:
                raise DataFileError(f"{folder}: an emulator of another version; build it again")
            axes = tuple(Axis(**{**axis, "beyond": tuple(axis["beyond"])}) for axis in about["axes"])
            program = chr_program(about["cooling_rates_k_per_min"], about["heating_rate_k_per_min"])
            table, scalars = (np.load(folder / f"{name}.npy") for name in ("table", "scalars"))
            shape = (*(len(axis.values()) for axis in axes), 2, len(program.cooling_rates_k_per_min))
            if table.shape[:-1] != shape or scalars.shape != shape:
                raise DataFileError(f"{folder}: the emulator's files do not belong together; build it again")
            if about["crc32"] != _checksums(table, scalars):
                raise DataFileError(f"{folder}: the emulator's tables are not those that were written; build it again")
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            reason = first_line(error)
            raise DataFileError(f"{folder}: no emulator, or a damaged one ({reason}); build it again") from None
        return cls(program, table, scalars, axes)

    def signals(self, parameters: ArrayLike, *, workers: int = 1) -> Signals:
        """Emulate the scans of many parameter sets, in ``workers`` threads.

        Parameters
        ----------
        parameters : array_like, shape (n, 4)
            Columns ``ln_a, dh_j_per_mol, x, beta``.

        Returns
        -------
        Signals
            As `simulate_many` gives them; cp_n within ``1e-3 max(1, cp_n,max)``.

        Raises
        ------
        InvalidInputError
            For a set outside the table.
        """
        from ._kernels import interpolate

        sets = np.ascontiguousarray(parameters, dtype=np.float64)
        if sets.ndim != 2 or sets.shape[1] != len(PARAMETER_NAMES):
            raise InvalidInputError("parameters", f"shape {sets.shape}", "of shape (n, 4)")
        scale = sets[:, 1] / GAS_CONSTANT
        places = np.empty((len(sets), 3))
        transition = transition_u(sets, self.program)
        for column, (axis, values) in enumerate(zip(self.axes, (transition, sets[:, 2], sets[:, 3]), strict=True)):
            outside = ~((values >= axis.low * (1 - 1e-12)) & (values <= axis.high * (1 + 1e-12)))
            if outside.any():
                value = float(values[outside][0])
                raise InvalidInputError(axis.name, value, f"from {axis.low:g} to {axis.high:g} for the emulator")
            places[:, column] = (values**axis.power - self._starts[column]) / self._steps[column]
        shape = (len(sets), *self.table.shape[-2:])
        u, cp_n = np.empty(shape), np.empty(shape, dtype=np.float32)
        glass_fictive_k = np.empty(shape[:2])

        def run(part: slice) -> None:
            interpolate(
                self.table, self.scalars, places[part], transition[part], scale[part],
                u[part], cp_n[part], glass_fictive_k[part],
            )  # fmt: skip

        for _ in in_threads(run, len(sets), _CHUNK, workers):
            pass
        steep = np.flatnonzero(cp_n.max(axis=(1, 2), initial=0.0) > STEEPEST)
        if len(steep):  # two in a hundred quartets of the state space: cheaper to simulate than to tabulate
            exact = simulate_many(sets[steep], self.program, nodes=cp_n.shape[2], workers=workers)
            u[steep], cp_n[steep], glass_fictive_k[steep] = exact.u, exact.cp_n, exact.glass_fictive_k
        return Signals(u, cp_n, scale, glass_fictive_k)


def _checksums(*tables: NDArray) -> list[int]:
    return [zlib.crc32(np.ascontiguousarray(table).data) for table in tables]
