"""What a Parquet file says about the dataset it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from relaxnet.core.errors import DataFileError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Facts = TypeVar("Facts", bound="DataclassInstance")


@dataclass(frozen=True)
class Stamp(Generic[Facts]):
    """How the facts of a dataset, a dataclass ``kind`` of plain values, are kept in the metadata of its files.

    They stand under ``key``, with the ``version`` of the format; ``what`` are the words for such a file in messages.
    """

    key: str
    version: int
    what: str
    kind: type[Facts]

    def encode(self, facts: Facts) -> dict[bytes, bytes]:
        """As key-value metadata of a Parquet file; equal facts give equal bytes."""
        text = json.dumps({"format": self.version, **asdict(facts)}, sort_keys=True)
        return {self.key.encode(): text.encode()}

    def decode(self, metadata: Mapping[bytes, bytes] | None, name: str) -> Facts:
        """Read back; of a file without them, or with others, raise `DataFileError` with its ``name``."""
        text = (metadata or {}).get(self.key.encode())
        if text is None:
            raise DataFileError(f"{name}: a Parquet file, but not {self.what} (key '{self.key}')")
        try:
            values = json.loads(text)
            found = values.pop("format")
            if found != self.version:
                raise DataFileError(f"{name}: dataset format {found}: must be {self.version}")
            return self.kind(**values)
        except (ValueError, AttributeError, KeyError, TypeError):
            raise DataFileError(f"{name}: the metadata of the dataset are damaged") from None
