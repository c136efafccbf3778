"""A fingerprint of the package's own code: what other code made must not be taken for one's own."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parent


def code_fingerprint(*parts: str) -> str:
    """Fingerprint of modules and subpackages.

    Parameters
    ----------
    parts : str
        Paths in the package: ``"physics"`` or ``"dataset/writer.py"``.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    digest = hashlib.sha256()
    for part in parts:
        path = PACKAGE / part
        for file in [path] if path.is_file() else sorted(path.glob("*.py")):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
