"""A model's server that costs next to nothing: it says the same sixty tokens to everybody, at a given pace.

    python benchmarks/load/model_server.py PORT

What a load test measures is then the service in front of it. It speaks enough of OpenAI's language for ChatOpenAI,
OpenAIEmbeddings and ourselves: chat completions (streamed or whole), embeddings (of the words, by hashing) and models.
`POST /pace` {"first_ms", "token_ms"} sets the pace of answers that begin from then on; with both 0 an answer is written
in one go. `GET /counts` says what was asked, and how many streams are open.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import uvloop
from numpy.typing import NDArray

ANSWER = (
    "You can set a new password on the account page : enter your address there and follow the link that we send you . "
    "If no message arrives within ten minutes , look into the spam folder or ask our staff to send the link again . "
    "The link is good for one hour , then ask for a new one ."
)
TOKENS = [word if number == 0 else f" {word}" for number, word in enumerate(ANSWER.split())]
DIMENSIONS = 384
HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fixed"}
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(value: dict[str, Any] | str) -> bytes:
    """An event of a stream, as a chunk of HTTP."""
    text = value if isinstance(value, str) else json.dumps(HEAD | value)
    data = f"data: {text}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def choice(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


USAGE = {"prompt_tokens": 500, "completion_tokens": len(TOKENS), "total_tokens": 500 + len(TOKENS)}
SPOKEN = [event(choice({"role": "assistant", "content": token} if not n else {"content": token}))
          for n, token in enumerate(TOKENS)]  # fmt: skip
END = event(choice({}, "stop")) + event({"choices": [], "usage": USAGE}) + event("[DONE]") + b"0\r\n\r\n"


@lru_cache(maxsize=100_000)
def direction(word: str) -> NDArray[np.float32]:
    """A word's own vector: texts that share words are near each other."""
    return np.frombuffer(hashlib.shake_256(word.encode()).digest(DIMENSIONS), np.uint8) - np.float32(127.5)


class Pace:
    """How quickly everybody is answered, and what was asked."""

    def __init__(self) -> None:
        self.first_s = self.token_s = 0.0
        self.counts = {"chats": 0, "embedded": 0, "embedding_requests": 0, "open": 0, "most_open": 0}


class Connection(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, pace: Pace) -> None:
        self._pace, self._counts = pace, pace.counts
        self._buffer = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._said, self._began = 0, 0.0
        self._at = (0.0, 0.0)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._end()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._timer is None and (request := self._taken()) is not None:
            self._answer(*request)

    def _taken(self) -> tuple[str, dict[str, Any]] | None:
        """The next request that is there whole."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._buffer[:end]).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in head else 0
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return head.split(b" ", 2)[1].decode(), json.loads(body or b"{}")

    def _answer(self, path: str, asked: dict[str, Any]) -> None:
        if path.endswith("/chat/completions"):
            self._counts["chats"] += 1
            self._chat(bool(asked.get("stream")))
        elif path.endswith("/embeddings"):
            self._whole(self._embedded(asked))
        elif path == "/pace":
            self._pace.first_s, self._pace.token_s = asked["first_ms"] / 1000, asked["token_ms"] / 1000
            self._whole({})
        elif path == "/counts":
            self._whole(self._counts)
        else:
            self._whole({"object": "list", "data": [{"id": "fixed", "object": "model", "owned_by": "bench"}]})

    def _whole(self, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    def _embedded(self, asked: dict[str, Any]) -> dict[str, Any]:
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        self._counts["embedded"] += len(texts)
        self._counts["embedding_requests"] += 1
        data = []
        for index, text in enumerate(texts):
            vector = np.sum([direction(word) for word in set(text.casefold().split())] or [direction("")], axis=0)
            vector /= np.linalg.norm(vector)
            told: Any = vector.tolist()
            if asked.get("encoding_format") == "base64":
                told = base64.b64encode(vector.tobytes()).decode()
            data.append({"object": "embedding", "index": index, "embedding": told})
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return {"object": "list", "model": "fixed", "data": data, "usage": usage}

    def _chat(self, stream: bool) -> None:
        loop, pace = asyncio.get_running_loop(), self._pace
        if not stream:
            message = {"role": "assistant", "content": ANSWER}
            told = {**HEAD, "object": "chat.completion", "usage": USAGE}
            self._whole(told | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
            return
        if not pace.first_s and not pace.token_s:
            self._transport.write(STREAM + b"".join(SPOKEN) + END)
            return
        self._transport.write(STREAM)
        self._counts["open"] += 1
        self._counts["most_open"] = max(self._counts["most_open"], self._counts["open"])
        self._said, self._began = 0, loop.time() + pace.first_s
        self._at = (self._began, pace.token_s)
        self._timer = loop.call_at(self._began, self._speak)

    def _speak(self) -> None:
        """Say what is due: one token, or more when we were woken late. What is late is not added to what follows."""
        loop, (began, token_s) = asyncio.get_running_loop(), self._at
        due = len(SPOKEN) if not token_s else min(len(SPOKEN), int((loop.time() - began) / token_s + 1e-6) + 1)
        due = max(due, self._said + 1)
        words = b"".join(SPOKEN[self._said : due])
        self._said = due
        if due < len(SPOKEN):
            self._transport.write(words)
            self._timer = loop.call_at(began + due * token_s, self._speak)
            return
        self._transport.write(words + END)
        self._end()
        self.data_received(b"")

    def _end(self) -> None:
        assert self._timer is not None
        self._timer.cancel()
        self._timer = None
        self._counts["open"] -= 1


async def serve(port: int) -> None:
    """Answer until killed."""
    pace = Pace()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(pace), "127.0.0.1", port, backlog=4096
    )  # fmt: skip
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
