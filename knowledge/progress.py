"""How a run tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told how a run gets on. Stages overlap: files are still read while the first passages are embedded."""

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins, or more steps of one that has begun come to light."""

    def advance(self, steps: int, stage: str | None = None) -> None:
        """So many steps are done, of the stage named or of the one that began last. Any thread may say so."""


class Silent:
    """A Progress that tells nobody."""

    def stage(self, name: str, total: int) -> None:
        """Nothing."""

    def advance(self, steps: int, stage: str | None = None) -> None:
        """Nothing."""
