"""A proxy before a TCP server that can be slow, frozen, or cut the line: what networks do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from types import TracebackType
from typing import Self


class Proxy:
    """Hands bytes on in both ways; `delay_s` and `frozen` count from the next bytes, `target` from the next line."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls  # spoken with who connects
        self.delay_s, self.frozen = 0.0, threading.Event()
        self.target = port
        self._lines: list[socket.socket] = []
        self._ended = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        with socket.create_connection(("127.0.0.1", self.port)):  # wakes who waits for one
            self._accepting.join()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break off every line that is open."""
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def _accept(self) -> None:
        while True:
            near = self._listener.accept()[0]
            self._lines.append(near)
            if self._ended:
                return
            with contextlib.suppress(OSError):
                if self._tls is not None:
                    near = self._tls.wrap_socket(near, server_side=True)
                    self._lines[-1] = near
                far = socket.create_connection(("127.0.0.1", self.target))
                self._lines.append(far)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._hand_on, args=pair, daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self.delay_s)
                while self.frozen.is_set():
                    time.sleep(0.01)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
