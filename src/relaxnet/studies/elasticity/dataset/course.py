"""A folder in the layout of the course that the study follows: images ``N_*.png`` and one table of constants.

A row of the table is an index and the nine constants, separated by blanks, commas or semicolons; a first row of words
may name the columns.  The course numbers images from 0 and rows from 1.
"""

import re
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError, first_line

from ..physics.bounds import matrices
from ..physics.constants import CONSTANTS
from ..physics.phases import check_phases
from .cells import Cells
from .config import CourseConfig
from .grouping import groups

SIZE = 64
MORPHOLOGY = "course"
_SHOWN = 5


def read_course(config: CourseConfig, root: Path = Path()) -> Cells:
    """Read the folder of a config, relative to ``root``; cells are in the order of the images' numbers.

    Raises
    ------
    DataFileError
        If the folder, its table or an image is missing or cannot be read, or images and rows do not belong together.
    InvalidInputError
        Naming the file of an image that is not 64 x 64, not of two grey levels (0 and 1, or 0 and 255), or of one phase
        only; the row of constants that are not those of a stable solid; phases that are not stable.
    """
    folder = root / config.folder
    if not folder.is_dir():
        raise MissingFileError(f"{folder}: no such folder")
    phases = check_phases([config.e_soft_gpa, config.nu_soft, config.e_stiff_gpa, config.nu_stiff])
    table, rows = _table(folder)
    files = _images(folder)
    offset = config.row_of_image_0
    _match(table, rows, files, offset)
    images = np.stack([_image(files[number], config.stiff) for number in sorted(files)])
    stiffness_gpa = np.array([rows[number + offset] for number in sorted(files)]) * config.unit_gpa
    return Cells(
        images, stiffness_gpa, np.repeat(phases, len(images), axis=0), np.full(len(images), MORPHOLOGY), groups(images)
    )


def _images(folder: Path) -> dict[int, Path]:
    """Files of the images by their numbers."""
    files: dict[int, Path] = {}
    for file in sorted(folder.glob("*.png")):
        found = re.match(r"(\d+)_", file.name)
        if not found:
            raise DataFileError(f"{file}: the name of an image must begin with its number, as in 17_cell.png")
        if files.setdefault(int(found[1]), file) != file:
            raise DataFileError(f"{file}: has the number of {files[int(found[1])].name}")
    if not files:
        raise MissingFileError(f"{folder}: no image N_*.png found")
    return files


def _image(file: Path, stiff: str) -> NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError  # with matplotlib

    bomb = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # more pixels than any of these images has
    try:
        with warnings.catch_warnings(action="error", category=bomb[1]), Image.open(file) as opened:
            size = opened.size
            grey = np.asarray(opened.convert("L")) if size == (SIZE, SIZE) else None
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, *bomb) as error:
        raise DataFileError(f"{file}: not a readable image ({first_line(error)})") from None
    if grey is None:
        raise InvalidInputError(str(file), f"{size[0]} x {size[1]} pixels", f"{SIZE} x {SIZE} pixels")
    levels = np.unique(grey).tolist()
    if not (set(levels) <= {0, 1} or set(levels) <= {0, 255}):
        shown = ", ".join(map(str, levels[:_SHOWN])) + ", ..." * (len(levels) > _SHOWN)
        raise InvalidInputError(str(file), f"grey levels {shown}", "binary: 0 and 255, or 0 and 1")
    if len(levels) == 1:
        raise InvalidInputError(str(file), f"grey level {levels[0]} in every pixel", "of two phases")
    return np.asarray((grey > 0) == (stiff == "white"), dtype=np.uint8)


def _table(folder: Path) -> tuple[Path, dict[int, NDArray[np.float64]]]:
    """The table's file, and its constants by index."""
    files = sorted(folder.glob("*.csv"))
    if len(files) != 1:
        names = ", ".join(file.name for file in files[:_SHOWN]) or "none"
        raise DataFileError(f"{folder}: must hold one table *.csv, found {names}")
    try:
        lines = files[0].read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{files[0]}: not a readable table ({error})") from None
    rows: dict[int, NDArray[np.float64]] = {}
    for number, line in enumerate(lines, start=1):
        cells = re.split(r"[\s,;]+", line.strip().strip(",;"))
        if cells == [""] or (not rows and not any(map(_is_number, cells))):
            continue
        index, values = _row(f"{files[0]}, line {number}", cells)
        if index in rows:
            raise DataFileError(f"{files[0]}, line {number}: index {index} stands twice")
        rows[index] = values
    return files[0], rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _row(where: str, cells: list[str]) -> tuple[int, NDArray[np.float64]]:
    if len(cells) != 1 + len(CONSTANTS) or not all(map(_is_number, cells)):
        allowed = f"an index and {len(CONSTANTS)} numbers: {', '.join(CONSTANTS)}"
        raise InvalidInputError(where, " ".join(cells), allowed)
    index, *values = map(float, cells)
    if not (np.isfinite(index) and index >= 0 and index == int(index)):
        raise InvalidInputError(f"{where}, index", cells[0], "a whole number from 0 on")
    constants = np.array(values)
    if not (np.isfinite(constants).all() and np.linalg.eigvalsh(matrices(constants)[0])[0] > 0):
        raise InvalidInputError(
            f"{where}, constants", " ".join(cells[1:]), "those of a stable solid (positive definite)"
        )
    return int(index), constants


def _match(table: Path, rows: dict[int, NDArray[np.float64]], files: dict[int, Path], offset: int) -> None:
    """Refuse rows without an image, and images without a row."""
    numbers = {index - offset for index in rows}
    spare, missing = sorted(numbers - set(files)), sorted(set(files) - numbers)
    if spare:
        names = ", ".join(f"{number + offset} ({number}_*.png)" for number in spare[:_SHOWN])
        raise DataFileError(f"{table}: {len(spare)} of {len(rows)} rows have no image: {names}{_more(spare)}")
    if missing:
        names = ", ".join(files[number].name for number in missing[:_SHOWN])
        raise DataFileError(f"{table}: {len(missing)} of {len(files)} images have no row: {names}{_more(missing)}")


def _more(names: list[int]) -> str:
    return ", ..." if len(names) > _SHOWN else ""
