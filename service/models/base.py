"""What a model is to the rest of the service, and how long each phase of its answer may take."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from knowledge.errors import ModelUnavailable
from service.answers import Usage
from service.models.specs import Timeouts

LATE = 0.1  # of the time between tokens: so much later than it should a silence may be noticed
# Takes the next words of an answer; gives back what may go on now of all that it was given, often nothing.
Sift = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the model."""

    role: Literal["system", "user", "assistant"]
    text: str


class Model(Protocol):
    """Writes an answer, piece by piece."""

    @property
    def name(self) -> str:
        """What the provider calls it."""

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Yield the words as they come and, where the provider tells it, the usage. Raises ModelUnavailable."""

    async def ready(self) -> str | None:
        """Why it cannot be asked now; None when all is well."""

    async def close(self) -> None:
        """Give the connections back, in the event loop that used them."""


class Sifting(ABC):
    """A model that takes a sift to where it reads: what is held back there costs next to nothing."""

    @abstractmethod
    def sifted(self, messages: Sequence[Message], sift: Sift) -> AsyncGenerator[str | Usage, None]:
        """Yield what `stream` yields, as far as the sift lets it through."""


def sifted(model: Model, messages: Sequence[Message], sift: Sift) -> AsyncGenerator[str | Usage, None]:
    """What a model says, as far as the sift lets it through. Raises ModelUnavailable."""
    if isinstance(model, Sifting):
        return model.sifted(messages, sift)
    return _sifted(model.stream(messages), sift)


async def _sifted(pieces: AsyncGenerator[str | Usage, None], sift: Sift) -> AsyncGenerator[str | Usage, None]:
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, Usage):
                yield piece
            elif words := sift(piece):
                yield words


class Unfinished(ModelUnavailable):
    """The model's server failed in a way that may be over in a moment."""

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s  # what the server asked to wait, in seconds


class Deadlines:
    """When one answer must begin, go on and end, in the event loop's time."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._limits, self._now = timeouts, asyncio.get_running_loop().time
        start = self._now()
        self._end = start + timeouts.total_s
        self._next, self._began = min(start + timeouts.first_token_s, self._end), False

    @property
    def at(self) -> float:
        """When patience ends for what comes next."""
        return self._next

    @property
    def began(self) -> bool:
        """Whether something was said."""
        return self._began

    @property
    def connect_s(self) -> float:
        """How long connecting may take."""
        return self._limits.connect_s

    @property
    def left_s(self) -> float:
        """How long that is from now."""
        return self._next - self._now()

    def waiting(self) -> asyncio.Timeout:
        """A timeout for what is waited for next; `prolong` moves it on."""
        self._waiting = asyncio.timeout_at(self._next)
        return self._waiting

    def prolong(self) -> None:
        """Something was said while that timeout runs: it may. A timer is dear, and so it is not set for each token."""
        self.token()
        latest = self._next + LATE * self._limits.between_tokens_s
        if not self._next <= (self._waiting.when() or 0.0) <= latest:
            self._waiting.reschedule(min(latest, self._end))

    def token(self) -> Self:
        """Something was said: the next token may take its time again."""
        self._began = True
        self._next = min(self._now() + self._limits.between_tokens_s, self._end)
        return self

    def missed(self) -> ModelUnavailable:
        """Which limit it was."""
        if self._now() >= self._end:
            return ModelUnavailable(f"The model did not finish within {self._limits.total_s:g} s.")
        if self._began:
            return ModelUnavailable(f"The model fell silent for {self._limits.between_tokens_s:g} s.")
        return ModelUnavailable(f"The model did not begin within {self._limits.first_token_s:g} s.")
