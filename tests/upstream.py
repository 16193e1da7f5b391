"""A scripted stand-in for an OpenAI-compatible model server, over HTTP: it says what it is told, or fails so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Literal, Self

from loopback import Quiet, Server

Fault = Literal["500", "429", "drop", "hang", "garbage", "html"]


class FakeUpstream:
    """Streams `pieces`; with a fault it fails before them, or where `fault_after` pieces have been sent."""

    def __init__(
        self,
        pieces: Sequence[str] = ("Hello",),
        fault: Fault | None = None,
        fault_after: int = 0,
        pause_s: float = 0.0,
    ) -> None:
        self.pieces, self.fault, self.fault_after, self.pause_s = list(pieces), fault, fault_after, pause_s
        self.requests: list[dict[str, Any]] = []
        self.left = threading.Event()  # set when a client went away before the end
        self.released = threading.Event()  # ends a hang
        upstream = self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                upstream.requests.append(json.loads(self.whole_body()))
                try:
                    upstream._answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    upstream.left.set()

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"object":"list","data":[]}')
                self.close_connection = True

        self._server = Server(Handler)
        self.url = f"{self._server.url}/v1"

    def __enter__(self) -> Self:
        self._server.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.end()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        if self.fault in ("500", "429") and not self.fault_after:
            body = json.dumps({"error": {"message": f"upstream says {self.fault}", "type": "mock"}}).encode()
            handler.send_response(int(self.fault))
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html" if self.fault == "html" else "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for number, piece in enumerate([*self.pieces, None]):
            if self.fault and number == self.fault_after:
                self._fail(handler)
                return
            if piece is not None:
                self._send(handler, _chunk({"content": piece}, None))
                time.sleep(self.pause_s)
        self._send(handler, _chunk({}, "stop"))
        usage = {"prompt_tokens": 120, "completion_tokens": len(self.pieces), "total_tokens": 120 + len(self.pieces)}
        self._send(handler, _data({"id": "u", "object": "chat.completion.chunk", "choices": [], "usage": usage}))
        self._send(handler, b"data: [DONE]\n\n")
        handler.wfile.write(b"0\r\n\r\n")

    def _fail(self, handler: BaseHTTPRequestHandler) -> None:
        if self.fault == "hang":
            while not self.released.wait(0.05):
                self._send(handler, b": waiting\n\n")  # notices a client that has left
        elif self.fault == "garbage":
            self._send(handler, b"data: {not json\n\n")
        elif self.fault == "html":
            self._send(handler, b"<html><body>Bad gateway</body></html>")
            handler.wfile.write(b"0\r\n\r\n")
        # and a drop simply ends here, in the middle of a chunked body

    def _send(self, handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        handler.wfile.flush()


def _chunk(delta: dict[str, Any], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return _data({"id": "u", "object": "chat.completion.chunk", "created": 1, "model": "up", "choices": [choice]})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"
