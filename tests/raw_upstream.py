"""A server that sends exactly the bytes it is told, with pauses and cuts: for what no well-made server would do."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Literal, Self

Step = bytes | float | Literal["reset", "hang"]  # send, wait so many seconds, cut hard, wait for the end of the test
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def head(status: str = "200 OK", kind: str = "text/event-stream", *more: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def whole(status: str, body: bytes, *more: str, kind: str = "application/json") -> bytes:
    return head(status, kind, *more, length=len(body)) + body


def event(text: str | None = None, finish: str | None = None, **more: Any) -> bytes:
    delta = {} if text is None else {"content": text}
    value = {"id": "r", "object": "chat.completion.chunk", "created": 1, "model": "raw"}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps(value | {"choices": choices} | more, ensure_ascii=False).encode() + b"\n\n"


def usage(prompt: Any = 120, completion: Any = 3) -> bytes:
    return event(choices=[], usage={"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": 123})


class FakeRawUpstream:
    """Plays one script a request, the last one again and again."""

    def __init__(self, *scripts: Sequence[Step], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.released = threading.Event()
        upstream = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                connection: socket.socket = self.request
                try:
                    if tls is not None:
                        connection = tls.wrap_socket(connection, server_side=True)
                    upstream.requests.append(whole_request(connection))
                    script = scripts[min(len(upstream.requests), len(scripts)) - 1]
                    upstream._play(connection, script)
                except OSError:
                    pass  # the client had enough

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _play(self, connection: socket.socket, script: Sequence[Step]) -> None:
        for step in script:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            elif step == "hang":
                self.released.wait(60)
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                return
        connection.close() if isinstance(connection, ssl.SSLSocket) else connection.shutdown(socket.SHUT_WR)


def whole_request(connection: socket.socket) -> bytes:
    """What came, head and body; less where the line was cut."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return data
        data += more
    headers, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in headers.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (more := connection.recv(65536)):
        body += more
    return headers + b"\r\n\r\n" + body
