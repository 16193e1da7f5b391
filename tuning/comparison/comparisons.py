"""Comparisons as they are kept: DATA/tuning/comparisons/TIME.json, one for each run, the newest being what counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from tuning import records


class Comparisons:
    """All comparisons of a knowledge base."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "tuning" / "comparisons"

    def keep(self, record: Mapping[str, Any], made_at: datetime) -> Path:
        """Keep a comparison. Raises CannotWrite."""
        path = self._folder / f"{made_at:%Y%m%d-%H%M%S-%f}.json"
        records.write(path, {"made_at": made_at.isoformat(timespec="seconds"), **record})
        return path

    def all(self) -> list[dict[str, Any]]:
        """Every one that can be read, oldest first."""
        found = (records.read(path) for path in sorted(self._folder.glob("*.json")))
        return [record for record in found if record is not None]

    def last(self) -> dict[str, Any]:
        """The newest one. Raises SetupError when there is none."""
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            if (record := records.read(path)) is not None:
                return record
        raise SetupError("No comparison was made yet: madoguchi tune compare SET")
