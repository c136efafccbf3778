"""The course's layout: a folder of images and a table."""

import numpy as np
import pytest
from cell_configs import config
from PIL import Image

from relaxnet.core.config import parse
from relaxnet.core.errors import DataFileError, InvalidInputError, MissingFileError
from relaxnet.studies.elasticity.dataset.config import CourseConfig
from relaxnet.studies.elasticity.dataset.course import read_course
from relaxnet.studies.elasticity.dataset.drawing import draw
from relaxnet.studies.elasticity.dataset.reader import read
from relaxnet.studies.elasticity.dataset.writer import write
from relaxnet.studies.elasticity.physics.homogenise import homogenise

COUNT = 6
VALUES = {"folder": "course", "e_soft_gpa": 1.0, "nu_soft": 0.35, "e_stiff_gpa": 20.0, "nu_stiff": 0.25}
COURSE = parse(CourseConfig, VALUES)


@pytest.fixture(scope="module")
def cells():
    images = draw(config(cells=COUNT, size=64)).images
    return images, homogenise(images, [1.0, 0.35, 20.0, 0.25])


@pytest.fixture
def course(tmp_path, cells):
    """Folder as the course has it: images from 0, rows from 1, blanks between the numbers."""
    folder = tmp_path / "course"
    folder.mkdir()
    write_table(folder, cells[1])
    for number, image in enumerate(cells[0]):
        Image.fromarray(255 * image).save(folder / f"{number}_cell.png")
    return folder


def write_table(folder, constants, *, separator=" ", first=1, header=""):
    lines = [separator.join(map(repr, [index, *row])) for index, row in enumerate(constants.tolist(), start=first)]
    (folder / "1-520_Cij_pbc.csv").write_text(header + "\n".join(lines) + "\n")


def edit(folder, change):
    file = folder / "1-520_Cij_pbc.csv"
    file.write_text("\n".join(change(file.read_text().splitlines())) + "\n")


@pytest.mark.parametrize(
    "layout", [{}, {"separator": ","}, {"separator": "; ", "header": "i;" + ";".join("abcdefghj") + "\n"}]
)
def test_a_folder_is_read_whatever_separates_its_numbers(course, cells, layout):
    write_table(course, cells[1], **layout)
    found = read_course(COURSE, course.parent)
    np.testing.assert_array_equal(found.images, cells[0])
    np.testing.assert_array_equal(found.stiffness_gpa, cells[1])
    np.testing.assert_array_equal(found.phases, np.tile([1.0, 0.35, 20.0, 0.25], (COUNT, 1)))
    np.testing.assert_array_equal(found.group, np.arange(COUNT))


def test_a_table_with_a_byte_order_mark_is_read(course, cells):
    file = course / "1-520_Cij_pbc.csv"
    file.write_text(file.read_text(), encoding="utf-8-sig")
    np.testing.assert_array_equal(read_course(COURSE, course.parent).stiffness_gpa, cells[1])


@pytest.mark.parametrize("limit", [3000, 10])  # a warning from one to two times as many pixels, then an error
def test_an_image_of_too_many_pixels_is_one_line(course, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(DataFileError, match=r"0_cell.png: not a readable image \(Image size \(4096 pixels\) exceeds"):
        read_course(COURSE, course.parent)


def test_rows_belong_to_images_by_number_not_by_order(course, cells):
    edit(course, lambda lines: lines[::-1])
    np.testing.assert_array_equal(read_course(COURSE, course.parent).stiffness_gpa, cells[1])


def test_rows_may_begin_at_0_where_it_is_said(course, cells):
    write_table(course, cells[1], first=0)
    with pytest.raises(DataFileError, match=r"1 of 6 rows have no image: 0 \(-1_"):
        read_course(COURSE, course.parent)
    found = read_course(parse(CourseConfig, VALUES | {"row_of_image_0": 0}), course.parent)
    np.testing.assert_array_equal(found.stiffness_gpa, cells[1])


def test_units_colours_and_levels(course, cells):
    for number, image in enumerate(cells[0]):
        Image.fromarray(image).save(course / f"{number}_cell.png")  # 0 and 1
    swapped = parse(CourseConfig, VALUES | {"stiff": "black", "unit_gpa": 0.001})
    found = read_course(swapped, course.parent)
    np.testing.assert_array_equal(found.images, 1 - cells[0])
    np.testing.assert_array_equal(found.stiffness_gpa, 0.001 * cells[1])


def test_copies_are_known(course, cells):
    Image.fromarray(255 * np.rot90(cells[0][0])).save(course / "1_cell.png")
    assert read_course(COURSE, course.parent).group.tolist() == [0, 0, 1, 2, 3, 4]


def test_it_becomes_a_dataset(course, tmp_path, cells):
    write(tmp_path / "data", COURSE, root=tmp_path)
    found = read(tmp_path / "data")
    np.testing.assert_array_equal(found.stiffness_gpa, cells[1])
    assert set(found.morphology) == {"course"}


def save(name, pixels):
    return lambda folder: Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(folder / name)


def drop_row(folder):
    edit(folder, lambda lines: lines[:-1])


def change_row(function):
    return lambda folder: edit(folder, lambda lines: [lines[0], function(lines[1]), *lines[2:]])


def constants_of(line, place, value):
    cells = line.split()
    cells[place] = value
    return " ".join(cells)


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        (save("2_cell.png", np.eye(32) * 255), InvalidInputError, r"2_cell.png = 32 x 32 pixels: must be 64 x 64 pix"),
        (save("2_cell.png", np.eye(64) * 200), InvalidInputError, r"2_cell.png = grey levels 0, 200: must be binary"),
        (save("2_cell.png", np.arange(4096).reshape(64, 64) % 9), InvalidInputError, "grey levels 0, 1, 2, 3, 4, ..."),
        (save("2_cell.png", np.zeros((64, 64))), InvalidInputError, "= grey level 0 in every pixel: must be of two"),
        (save("02_twice.png", np.eye(64) * 255), DataFileError, "2_cell.png: has the number of 02_twice.png"),
        (save("cell.png", np.eye(64) * 255), DataFileError, "the name of an image must begin with its number"),
        (save("17_cell.png", np.eye(64) * 255), DataFileError, "1 of 7 images have no row: 17_cell.png$"),
        (lambda folder: (folder / "3_cell.png").write_bytes(b"no"), DataFileError, "3_cell.png: not a readable image"),
        (lambda folder: (folder / "3_cell.png").unlink(), DataFileError, r"1 of 6 rows have no image: 4 \(3_\*.png\)$"),
        (lambda folder: (folder / "1-520_Cij_pbc.csv").unlink(), DataFileError, "must hold one table .*, found none"),
        (lambda folder: (folder / "b.csv").touch(), DataFileError, "found 1-520_Cij_pbc.csv, b.csv"),
        (drop_row, DataFileError, "1 of 6 images have no row: 5_cell.png$"),
        (change_row(lambda line: line.rpartition(" ")[0]), InvalidInputError, "line 2 = .*: must be an index and"),
        (change_row(lambda line: line + " 1"), InvalidInputError, "line 2 = .*: must be an index and 9 numbers: C11"),
        (change_row(lambda line: "x " + line), InvalidInputError, "line 2 = .*: must be an index and"),
        (change_row(lambda line: constants_of(line, 0, "1")), DataFileError, "line 2: index 1 stands twice"),
        (change_row(lambda line: constants_of(line, 0, "1.5")), InvalidInputError, "index = 1.5: must be a whole"),
        (change_row(lambda line: constants_of(line, 7, "-1")), InvalidInputError, "constants = .*: must be those"),
        (change_row(lambda line: constants_of(line, 4, "1e9")), InvalidInputError, r"of a stable solid \(positive"),
        (change_row(lambda line: constants_of(line, 4, "nan")), InvalidInputError, "those of a stable solid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(course, damage, kind, words):
    damage(course)
    with pytest.raises(kind, match=words) as caught:
        read_course(COURSE, course.parent)
    assert "\n" not in str(caught.value)


def test_no_folder_and_no_images(tmp_path):
    with pytest.raises(MissingFileError, match="course: no such folder"):
        read_course(COURSE, tmp_path)
    (tmp_path / "course").mkdir()
    write_table(tmp_path / "course", np.ones((1, 9)) + 9 * np.isin(np.arange(9), [0, 1, 2]))
    with pytest.raises(MissingFileError, match="no image"):
        read_course(COURSE, tmp_path)


@pytest.mark.parametrize(("field", "value"), [("nu_stiff", 0.5), ("e_soft_gpa", 0.0), ("unit_gpa", -1.0)])
def test_phases_that_no_solid_has(field, value):
    with pytest.raises(InvalidInputError, match=f"{field} = {value}: must be "):
        parse(CourseConfig, VALUES | {field: value})
