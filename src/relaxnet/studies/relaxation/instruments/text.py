"""Text of an instrument's file, whatever its encoding; what is no text is refused saying what it is."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from relaxnet.core.errors import DataFileError, MissingFileError

MAX_BYTES = 100 * 2**20
_WHAT_IS_WANTED = "export the measurement as text (CSV or ASCII)"
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or an .xlsx workbook"),
    (b"\xd0\xcf\x11\xe0", "an .xls workbook or another OLE file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))
_MOST_CONTROLS = 0.002


def read_text(path: Path) -> str:
    """Text of a file: UTF-8 or UTF-16 with or without byte order mark, else cp1251, cp437 or Latin-1.

    Raises
    ------
    MissingFileError
        If there is no such file.
    DataFileError
        For a folder, an empty file, one above 100 MB (told before it is read), and what is no text: named by its kind.
    """
    data = _read_bytes(path)
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise DataFileError(f"{path}: {kind}, which holds no text: {_WHAT_IS_WANTED}")
    text = _decode(path, data)
    if text.lstrip().upper().startswith(("##TITLE", "##JCAMP")):
        raise DataFileError(f"{path}: a JCAMP-DX file (spectra), no DSC measurement")
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise DataFileError(f"{path}: a web page or XML, no DSC export: {_WHAT_IS_WANTED}")
    if not text.strip():
        raise DataFileError(f"{path}: holds blanks only")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DataFileError(f"{path}: a folder, not a file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            allowed = f"a DSC export of at most {MAX_BYTES // 2**20} MB is expected"
            raise DataFileError(f"{path}: {size / 2**20:.0f} MB: {allowed}")
        data = path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(f"{path}: no such file") from None
    except OSError as error:
        raise DataFileError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError:  # a NUL in the name
        raise MissingFileError(f"{path}: no such file") from None
    if not data:
        raise DataFileError(f"{path}: an empty file")
    return data


def _decode(path: Path, data: bytes) -> str:
    encoding = _utf16(data)
    try:
        if encoding:
            text = data.decode(encoding).removeprefix("\ufeff")
            if "\0" not in text:
                return text
            raise _binary(path)
        controls = len(data) - len(data.translate(None, _CONTROLS))
        if b"\0" in data or controls > _MOST_CONTROLS * len(data) + 3:
            raise _binary(path)
        return data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        if encoding:
            raise DataFileError(f"{path}: begins as UTF-16 text but is none (cut short?)") from None
        return data.decode(_single_byte(data), errors="replace")


def _utf16(data: bytes) -> str | None:
    if data.startswith(BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(BOM_UTF16_BE):
        return "utf-16-be"
    head = data[:2000]
    if len(head) > 3 and head[1::2].count(0) > 0.9 * (len(head) // 2) and not head[::2].count(0):
        return "utf-16-le"
    if len(head) > 3 and head[::2].count(0) > 0.9 * (len(head) // 2) and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _single_byte(data: bytes) -> str:
    """Code page, by the degree sign (0xF8 in cp437, 0xB0 elsewhere) and by words of Cyrillic letters."""
    if re.search(rb"\xf8[CFK]", data) and not re.search(rb"\xb0[CFK]", data):
        return "cp437"
    # no Western word has three letters with accents in a row
    return "cp1251" if re.search(rb"[\xc0-\xff]{3}", data) else "latin-1"


def _binary(path: Path) -> DataFileError:
    return DataFileError(f"{path}: a binary file: {_WHAT_IS_WANTED}")
