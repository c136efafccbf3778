"""Draw and homogenise cells into Parquet shards; finished shards survive whatever ends the run."""

import hashlib
from collections.abc import Callable, Set
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import scipy
from numpy.typing import NDArray

from relaxnet.core.files import atomic_path, sole_writer
from relaxnet.core.fingerprint import code_fingerprint
from relaxnet.core.processes import usable_processors
from relaxnet.parquet.shards import finished, shard_files

from ..physics.homogenise import homogenise
from .cells import Cells
from .config import CourseConfig, SimulateConfig
from .course import read_course
from .digits import stored
from .drawing import draw
from .grouping import groups
from .schema import STAMP, Metadata, shard_bytes

SHARD_CELLS = 512


def data_code() -> str:
    """Fingerprint of all code that the bytes of a dataset depend on, in twelve hexadecimal digits."""
    parts = [code_fingerprint(__name__), *(library.__version__ for library in (np, scipy, numba, pa))]
    return hashlib.sha256("-".join(parts).encode()).hexdigest()[:12]


def write(
    folder: Path, config: SimulateConfig | CourseConfig, *, root: Path = Path(), taken: Set[bytes] = frozenset(),
    progress: Callable[[int], object] | None = None,
) -> list[Path]:  # fmt: skip
    """Write the cells of ``config`` into numbered shards in ``folder``: drawn ones, or a course's below ``root``.

    No cell that is drawn has one of the fingerprints ``taken``, see `taken_before`.

    A shard that is there already, from an earlier, interrupted call with the same arguments and code, is kept; every
    shard is written aside and renamed.  The bytes depend on neither interruptions nor the number of threads.
    ``progress`` is called with the number of cells done.

    Raises
    ------
    InvalidInputError
        If there are not as many different cells as are asked for.
    DataFileError
        If the disk cannot be written.
    ConvergenceError
        If a cell cannot be homogenised.
    Further those of `read_course`.
    """
    if isinstance(config, CourseConfig):
        cells = read_course(config, root)
        metadata = Metadata(len(cells), cells.images.shape[1], config.model_dump(mode="json"))
        return _write(folder, metadata, cells.images, cells.take, progress)
    drawn = draw(config, taken)
    group = groups(drawn.images)
    workers = config.workers or usable_processors()
    metadata = Metadata(config.cells, config.size, config.model_dump(mode="json", exclude={"workers"}))

    def homogenised(rows: slice) -> Cells:
        images, phases = drawn.images[rows], drawn.phases[rows]
        stiffness_gpa = stored(homogenise(images, phases, workers=workers, first=rows.start))
        return Cells(images, stiffness_gpa, phases, drawn.morphology[rows], group[rows])

    return _write(folder, metadata, drawn.images, homogenised, progress)


def _write(
    folder: Path, metadata: Metadata, images: NDArray[np.uint8], make: Callable[[slice], Cells],
    progress: Callable[[int], object] | None,
) -> list[Path]:  # fmt: skip
    with sole_writer(folder):
        starts = range(0, metadata.cells, SHARD_CELLS)
        shards = shard_files(folder, len(starts))
        for shard, first in zip(shards, starts, strict=True):
            rows = slice(first, min(first + SHARD_CELLS, metadata.cells))
            if not _is_finished(shard, metadata, images[rows]):
                content = shard_bytes(metadata, first, make(rows))
                with atomic_path(shard) as part:
                    part.write_bytes(content)
            if progress:
                progress(rows.stop - rows.start)
    return shards


def _is_finished(shard: Path, metadata: Metadata, images: NDArray[np.uint8]) -> bool:
    """Whether a file holds exactly these images, undamaged."""
    table = finished(shard, STAMP, metadata)
    if table is None or "image" not in table.column_names:
        return False
    stored = table["image"].to_pylist()
    return bool(stored == [row.tobytes() for row in np.packbits(images.reshape(len(images), -1), axis=1)])
