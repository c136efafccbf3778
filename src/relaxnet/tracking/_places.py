"""Where a local store keeps its artifacts, also after its folder was moved or copied."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLDER = "mlartifacts"
# every column in which MLflow records where an artifact lies
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
TIMEOUT_S = 10.0


def artifact_location(database: Path) -> str:
    """Address of the folder of artifacts beside an SQLite store."""
    return (database.resolve().parent / FOLDER).as_uri()


def update_locations(database: Path) -> None:
    """Let a project's store that was moved or copied with its folder point into the present folder.

    MLflow records absolute paths.  Those of a folder that is no more, or that has a store of its own (the original of a
    copy, which must not get the artifacts of the copy), become paths beside ``database``, all in one transaction.
    """
    here = artifact_location(database)
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=TIMEOUT_S)) as connection:
        recorded = [str(row[0]) for row in connection.execute("SELECT DISTINCT artifact_location FROM experiments")]
        former = [location for location in recorded if location != here and _is_former(location, database.name)]
        with connection:
            for location in former:
                for table, column in COLUMNS:
                    connection.execute(
                        f"UPDATE {table} SET {column} = :here || substr({column}, length(:old) + 1) "
                        f"WHERE {column} = :old OR substr({column}, 1, length(:old) + 1) = :old || '/'",
                        {"here": here, "old": location},
                    )


def _is_former(location: str, database: str) -> bool:
    url = urlsplit(location)
    folder = Path(unquote(url.path))
    if url.scheme != "file" or folder.name != FOLDER:
        return False
    return not folder.exists() or (folder.parent / database).exists()
