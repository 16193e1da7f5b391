"""Keeps what models said to the messages that were sent to them: where those stay the same, nothing is asked again.

An answer from passages depends on all of the knowledge base only through the few passages that were found. Whether
other documents were changed since, or the profile's texts for customers, is nothing that the model was told.

DATA/tuning/replies/FINGERPRINT.jsonl    one reply a line; the fingerprint stands for the model
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.answers import Usage
from service.models.base import Message, Model
from tuning import records

_MARK = re.compile(r"<<([0-9a-f]{32}) ")  # around passages; another one in each message


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, how many tokens that were, and how long it took."""

    text: str
    usage: Usage
    first_token_ms: float
    total_ms: float


class Replies:
    """The replies of earlier runs."""

    def __init__(self, data: Path) -> None:
        self._records = records.Keyed(data / "tuning" / "replies")

    def get(self, fingerprint: str, key: str) -> Reply | None:
        """The reply that is kept, if there is one."""
        record = self._records.get(fingerprint, key)
        return None if record is None else Reply(**{**record["reply"], "usage": Usage(**record["reply"]["usage"])})

    def add(self, fingerprint: str, key: str, reply: Reply) -> None:
        """Keep a reply; it is on disk when this returns. Raises CannotWrite."""
        self._records.add(fingerprint, {"key": key, "reply": asdict(reply)})


class Remembering:
    """A model for one answer, which repeats what it has said to the same messages before."""

    def __init__(self, model: Model, replies: Replies, told: Sequence[Any]) -> None:
        """`told` is all that its replies depend on besides the messages."""
        self._model, self._replies = model, replies
        self._fingerprint = hashlib.sha256(json.dumps(list(told)).encode()).hexdigest()[:32]
        self.sent, self.repeated = 0, 0  # what was sent to it now, and what it had answered before
        self.first_token_ms = 0.0  # that repeated replies took when they were first said
        self.total_ms = 0.0

    @property
    def name(self) -> str:
        """What the provider calls it."""
        return self._model.name

    async def ready(self) -> str | None:
        """Why it cannot be asked now."""
        return await self._model.ready()

    async def close(self) -> None:
        """Nothing of its own is open."""

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield what the model says, or has said to the same messages. Raises ModelUnavailable."""
        key = _key(messages)
        if (kept := self._replies.get(self._fingerprint, key)) is not None:
            self.repeated += 1
            self.first_token_ms += kept.first_token_ms
            self.total_ms += kept.total_ms
            yield kept.text
            yield kept.usage
            return
        self.sent += 1
        start, first, said, usage = time.monotonic(), 0.0, "", Usage()
        async with aclosing(self._model.stream(messages)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    usage += piece
                else:
                    first = first or 1000 * (time.monotonic() - start)
                    said += piece
                yield piece
        if said.strip():
            total = 1000 * (time.monotonic() - start)
            self._replies.add(self._fingerprint, key, Reply(said, usage, round(first, 1), round(total, 1)))


def _key(messages: Sequence[Message]) -> str:
    told = json.dumps([[one.role, one.text] for one in messages], ensure_ascii=False)
    for mark in dict.fromkeys(_MARK.findall(told)):
        told = told.replace(mark, "")
    return hashlib.sha256(told.encode()).hexdigest()[:32]
