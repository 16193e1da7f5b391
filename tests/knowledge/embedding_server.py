"""A small real HTTP server that speaks OpenAI's /embeddings and can be told to misbehave.

Its vectors are not an embedding model's: they say how long a text is and what its first letter is.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from loopback import Quiet, Server

Reply = tuple[int, str, str]  # status, content type, body


def vector(text: str) -> list[float]:
    return [3.0, float(len(text)), float(ord(text[0]))]


def honest(request: dict[str, Any]) -> Reply:
    data = [{"object": "embedding", "index": n, "embedding": vector(text)} for n, text in enumerate(request["input"])]
    return reply({"object": "list", "model": request["model"], "data": data, "usage": {}})


def reply(body: dict[str, Any], status: int = 200) -> Reply:
    return status, "application/json", json.dumps(body)


class FakeEmbeddingServer:
    """Answers as `behaviour` says, and remembers the requests and their headers."""

    def __init__(self) -> None:
        self.behaviour: Callable[[dict[str, Any]], Reply] = honest
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fails(self, times: int, status: int) -> None:
        """Answer `times` times with an error, then honestly."""
        left = iter(range(times))
        error = reply({"error": {"message": "the model is being loaded"}}, status)
        self.behaviour = lambda request: error if next(left, None) is not None else honest(request)

    def sleeps(self, seconds: float) -> None:
        def slow(request: dict[str, Any]) -> Reply:
            time.sleep(seconds)
            return honest(request)

        self.behaviour = slow


@contextlib.contextmanager
def embedding_server() -> Iterator[FakeEmbeddingServer]:
    """Run one on a free port of this machine."""
    told = FakeEmbeddingServer()

    class Handler(Quiet):
        def do_POST(self) -> None:
            request = json.loads(self.whole_body())
            told.requests.append({"path": self.path, **request})
            told.keys.append(self.headers["Authorization"])
            status, kind, body = told.behaviour(request)
            with contextlib.suppress(ConnectionError):  # who does not wait, as in the test of the time limit
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

    with Server(Handler) as server:
        told.port = server.server_port
        yield told
