"""HTTP servers for tests: on a free port of this machine, in a thread of its own, without a word on the terminal."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Quiet(BaseHTTPRequestHandler):
    """A handler to make others of."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def whole_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


class Server(ThreadingHTTPServer):
    """Serves from `begin` to `end`, or within a block."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def begin(self) -> Self:
        self._thread.start()
        return self

    def end(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    __enter__, __exit__ = begin, end

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what some tests are about."""
