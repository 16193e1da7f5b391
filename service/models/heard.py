"""What an OpenAI-compatible server says, read: the words of a stream or of one document, the usage, and its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jiter

from knowledge.errors import ModelUnavailable
from service.answers import Usage
from service.models.base import Deadlines, Sift, Unfinished
from service.models.events import Events, TooLong

WHOLE_BYTES = 4_000_000  # of an answer that comes as one JSON document
LONGEST_WORD = 40  # characters that a token may stand for; an answer of more than that times its limit is none


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some words, or how the answer ended, or what it took."""

    text: str = ""
    finish: str | None = None
    usage: Usage | None = None


class Heard:
    """What a stream has said until now."""

    def __init__(self, tokens: int) -> None:
        """`tokens` are the most that were asked for."""
        self.length = 0  # characters
        self.finish: str | None = None
        self.usage: Usage | None = None
        self.failure: Exception | None = None  # for after the words that came before it
        self.ended = False
        self._events, self._most = Events(), LONGEST_WORD * tokens

    async def more(self, content: aiohttp.StreamReader, limits: Deadlines, sift: Sift | None) -> str:
        """The next words that the sift lets through; none at the end, and before a failure.

        What the sift holds back, most of an answer that is checked by whole sentences, goes no further than this loop.
        """
        while not self.ended and not self.failure:
            if words := self._words_of(await content.readany()):
                limits.prolong()
                try:
                    words = sift(words) if sift else words
                except Exception as error:  # noqa: BLE001 raised again by whoever asked
                    self.failure = error  # ours: nothing that a server answered
                    break
                if words:
                    return words
        return ""

    def _words_of(self, data: bytes) -> str:
        """The words that some more bytes bring; no bytes are the stream's end."""
        words: list[str] = []
        try:
            for event in self._events.feed(data) if data else self._events.end():
                if event.strip() == b"[DONE]":
                    self.ended = True
                    break
                value = _parsed(event)
                if error := value.get("error"):
                    self.failure = ModelUnavailable(f"The model's server reports a failure{named(_mapping(error))}.")
                    break
                if told := value.get("usage"):
                    self.usage = _usage(told) or self.usage
                if choices := value.get("choices"):
                    choice = choices[0]
                    if choice.get("index"):  # an answer beside the first one, which nobody asked for
                        choice = next((one for one in choices if one.get("index") in (None, 0, "0")), {})
                    self.finish = choice.get("finish_reason") or self.finish
                    content = (choice.get("delta") or {}).get("content")
                    if text := content if type(content) is str else _text(content):
                        words.append(text)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, TooLong) as error:
            self.failure = ModelUnavailable(f"The model's server sends what cannot be read ({type(error).__name__}).")
        said = "".join(words)
        self.length += len(said)
        if self.length > self._most:
            self.finish, self.ended = "length", True
        if not data and not self.ended and not self.failure:
            self.ended = True
            if self.finish is None:
                self.failure = Unfinished("The model broke off in the middle of its answer.")
        return said


def _parsed(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises ValueError or TypeError."""
    try:
        value = jiter.from_json(data)
    except ValueError:
        value = jiter.from_json(data.decode("utf-8", "replace").encode())  # half a character somewhere in it
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


async def in_one_piece(response: aiohttp.ClientResponse) -> list[Chunk]:
    """The chunks of an answer that a server gave in one piece, though a stream was asked for."""
    body = bytearray()
    async for data in response.content.iter_any():
        body += data
        if len(body) > WHOLE_BYTES:
            raise ValueError("too long")
    value = _parsed(bytes(body))
    if error := value.get("error"):
        raise ModelUnavailable(f"The model's server reports a failure{named(_mapping(error))}.")
    choice = value["choices"][0]
    chunks = [Chunk(_text(choice["message"].get("content"))), Chunk(finish=choice.get("finish_reason") or "stop")]
    if usage := _usage(value.get("usage")):
        chunks.append(Chunk(usage=usage))
    return chunks


def _text(content: object) -> str:
    """The words of a message's content; half characters go no further."""
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if part.get("type") == "text")
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("content is no text")
    return content


def _usage(value: object) -> Usage | None:
    """What the server says it took; numbers that cannot be are left out."""
    if not isinstance(value, dict):
        return None
    prompt, completion = value.get("prompt_tokens"), value.get("completion_tokens")
    if not all(type(count) is int and 0 <= count < 10**9 for count in (prompt, completion)):
        return None
    assert isinstance(prompt, int)
    assert isinstance(completion, int)
    return Usage(prompt, completion)


def error_of(body: bytes) -> Mapping[str, Any]:
    """What an error's body says of it; nothing where it cannot be read."""
    try:
        return _mapping(_parsed(body).get("error"))
    except (ValueError, TypeError):
        return {}


def named(error: Mapping[str, Any]) -> str:
    """The provider's own name of an error, when it is a plain word: its prose may repeat keys and customers' words."""
    for name in (error.get("code"), error.get("type")):
        if isinstance(name, str) and name.replace("_", "").replace("-", "").isalnum() and len(name) <= 60:
            return f" ({name})"
    return ""
