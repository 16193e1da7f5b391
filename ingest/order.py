"""What an operator orders to be ingested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge.passages import DEFAULT_COLLECTION, NO_ATTRIBUTES, Attributes, Kind


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked for."""

    paths: Sequence[Path]
    kind: Kind | Literal["auto"] = "auto"
    collection: str = DEFAULT_COLLECTION
    prune: bool = False  # remove documents that were read from these folders earlier and are gone from them
    dry_run: bool = False
    addresses: Sequence[str] = ()  # of web pages and sitemaps
    rebuild: bool = False  # read and embed everything anew, into a generation that owes nothing to the present one
    attributes: Attributes = NO_ATTRIBUTES  # of all of it, where a file does not say otherwise
