"""Passages that a generation holds and does not search, since another speaks for them or overrules them.

They stay, with their vectors, so that nothing is lost and nothing is stale: when the passage that they yield to goes,
they come back without being read or embedded again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.passages import Attributes, Passage

PASSAGES, VECTORS = "asides.jsonl", "asides.npy"


@dataclass(frozen=True, slots=True, eq=False)
class Aside:
    """A passage that yields to another."""

    passage: Passage
    vector: NDArray[np.float32]  # unit length, as in the index
    to: str  # the id of the passage that is searched in its place
    because: Literal["same", "contradicts", "older"]
    why: str = ""  # of a contradiction, in words for the operator
    at: int | None = None  # among all passages of its document, in reading order; None in older indexes


def save(place: Path, asides: Sequence[Aside]) -> None:
    """Write them into a generation's folder; nothing at all where there are none."""
    if not asides:
        return
    with (place / PASSAGES).open("xb") as file:
        for aside in asides:
            told: dict[str, Any] = {"to": aside.to, "because": aside.because, "why": aside.why, "at": aside.at}
            told |= {"passage": asdict(aside.passage)}
            file.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    vectors = np.stack([aside.vector for aside in asides]).astype(np.float16)
    np.save(place / VECTORS, vectors, allow_pickle=False)


def load(place: Path) -> list[Aside]:
    """Read what `save` wrote."""
    if not (place / PASSAGES).exists():
        return []
    vectors = np.load(place / VECTORS, allow_pickle=False).astype(np.float32)
    with (place / PASSAGES).open("rb") as lines:
        told = [json.loads(line) for line in lines]
    return [Aside(_passage(each.pop("passage")), vector, **each) for each, vector in zip(told, vectors, strict=True)]


def _passage(fields: dict[str, Any]) -> Passage:
    told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Passage(**told | {"attributes": Attributes.of(fields["attributes"])})
