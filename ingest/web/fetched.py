"""Remembers what pages were like when they were read, so that unchanged ones need not be sent again: fetched.json.

It is a memory, not a record: without it every page is fetched once more.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from knowledge.files import replacing

NAME = "fetched.json"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was when it was fetched."""

    sha256: str  # of what was read
    fetched: str  # ISO 8601, UTC
    etag: str | None = None
    last_modified: str | None = None
    changed: str | None = None  # as its sitemap said
    sitemap: str | None = None  # that listed it


class Memory(dict[str, Page]):
    """Addresses and their pages."""

    @classmethod
    def open(cls, data: Path) -> Self:
        """What is kept in the data folder; nothing when that is missing or not to be understood."""
        try:
            kept = json.loads((data / NAME).read_bytes())
            return cls({str(address): Page(**page) for address, page in kept.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls()

    def save(self, data: Path, known: Collection[str]) -> None:
        """Keep the pages of the sources that are `known`, by one atomic rename."""
        kept = {address: asdict(page) for address, page in sorted(self.items()) if address in known}
        if not kept and not (data / NAME).exists():
            return
        data.mkdir(parents=True, exist_ok=True)
        with replacing(data / NAME) as file:
            file.write(json.dumps(kept, ensure_ascii=False, indent=1).encode())
