import os
import subprocess
import sys

import pytest

from relaxnet.core.errors import DataFileError
from relaxnet.core.files import atomic_folder, sole_writer

HOLD = """
import sys
from pathlib import Path
from relaxnet.core.files import atomic_folder, sole_writer

with sole_writer(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def hold(folder):
    """Another process that writes into ``folder``."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "ready\n"
    return other


def test_one_process_writes_at_a_time(tmp_path):
    folder = tmp_path / "data" / "C"
    with hold(folder) as other:
        with pytest.raises(DataFileError, match=r"data/C: another run is writing here$"), sole_writer(folder):
            pass
        other.communicate("\n")
    assert list((tmp_path / "data").iterdir()) == []
    with sole_writer(folder):
        (folder / "file").touch()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["C"]


def test_a_killed_process_keeps_nobody_out(tmp_path):
    folder = tmp_path / "C"
    with hold(folder) as other:
        other.kill()
    with sole_writer(folder):
        assert list(folder.iterdir()) == []  # the lock lies beside it
    assert list(tmp_path.iterdir()) == []


def test_where_no_lock_can_be_had_the_run_goes_on(tmp_path, monkeypatch):
    def refused(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    folder = tmp_path / "C"
    folder.mkdir()
    monkeypatch.setattr("filelock.UnixFileLock._acquire", refused)
    with sole_writer(folder):
        (folder / "file").touch()
    assert os.listdir(tmp_path) == ["C"]  # noqa: PTH208


def test_no_folder_can_be_made(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataFileError, match=r"file/C: cannot be written \(Not a directory\)$"),
        sole_writer(tmp_path / "file" / "C"),
    ):
        pass


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "folder"
    for text in ("first", "second"):
        with atomic_folder(target) as part:
            (part / f"{text}.txt").write_text(text)
        assert [path.name for path in target.iterdir()] == [f"{text}.txt"]
    (tmp_path / "deep" / ".folder.part").mkdir()  # of a killed process
    with pytest.raises(KeyboardInterrupt), atomic_folder(target) as part:
        raise KeyboardInterrupt
    assert [path.name for path in target.parent.iterdir()] == ["folder"]
    assert [path.name for path in target.iterdir()] == ["second.txt"]
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataFileError, match="file/folder: cannot be written"),
        atomic_folder(tmp_path / "file" / "folder"),
    ):
        pass
