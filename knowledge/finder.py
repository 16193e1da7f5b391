"""What finds passages, as the rest sees it."""

from __future__ import annotations

from typing import Protocol

from knowledge.filters import Filters
from knowledge.passages import Found


class Finder(Protocol):
    """Finds the passages that best answer a question."""

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        """Return at most `limit` hits, all of which pass the filters; none, with confidence 0, when nothing fits.

        It computes, and so may block for some milliseconds.
        """
