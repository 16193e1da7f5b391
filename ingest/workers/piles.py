"""A run's work as a pile of parts that several hands take from: our own, and those of other workers (crew.py)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ingest.passages.drafting import Drafter, Task
from ingest.privacy.redaction_rules import Rules
from ingest.workers.isolation import Wanted
from knowledge.passages import Passage

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class Part(Generic[L]):
    """Some files to read, or some passages to embed."""

    number: int
    load: Sequence[L]


class Pile(Generic[L]):
    """Parts in the order in which they came. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._waiting: deque[Part[L]] = deque()
        self._undone: dict[int, Part[L]] = {}
        self._count = 0

    def put(self, load: Sequence[L]) -> None:
        """Lay a part on the pile."""
        with self._lock:
            part = Part(self._count, load)
            self._count += 1
            self._undone[part.number] = part
            self._waiting.append(part)

    def take(self) -> Part[L] | None:
        """A part for this process to do; None when none waits."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def done(self, part: Part[L]) -> bool:
        """Strike a part off; False when somebody else had done it before."""
        with self._lock:
            return self._undone.pop(part.number, None) is not None

    @property
    def left(self) -> int:
        """How many parts are not done."""
        with self._lock:
            return len(self._undone)

    def collect(self) -> list[tuple[Part[L], bytes]]:
        """What others have done since the last call, struck off already; always empty where nobody else works."""
        return []


class Hands(Protocol):
    """Who works on a run beside this process. The piles may be shared for as long as their `with` blocks last."""

    def reading(self, drafter: Drafter, kind: Wanted, rules: Rules, ocr: bool) -> AbstractContextManager[Pile[Task]]:
        """A pile of files to read; others bring `preparing.outcomes_to_bytes`."""

    def embedding(self) -> AbstractContextManager[Pile[Passage]]:
        """A pile of passages to embed; others bring their vectors, float32."""


class OwnHands:
    """Nobody else."""

    def reading(self, drafter: Drafter, kind: Wanted, rules: Rules, ocr: bool) -> AbstractContextManager[Pile[Task]]:
        """A pile that is not shared."""
        return nullcontext(Pile())

    def embedding(self) -> AbstractContextManager[Pile[Passage]]:
        """A pile that is not shared."""
        return nullcontext(Pile())
