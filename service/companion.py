"""The worker that the service starts beside it, so that what is sent to /api/documents is ingested out of the box."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping

import structlog

from knowledge.private_redis import LAUNCHER

STOP_S = 5.0  # seconds that it gets to end; what it was doing is in the journal, and is done again from there
AGAIN_S = 2.0  # seconds until one that has ended is started again, doubled each time
LONGEST_S = 60.0  # between two starts


@contextlib.contextmanager
def companion(environment: Mapping[str, str]) -> Iterator[None]:
    """Keep a worker running with these variables beside our own, until the block ends or this process dies."""
    keeper = _Keeper({**os.environ, **environment})
    keeper.start()
    try:
        yield
    finally:
        keeper.stop()


class _Keeper:
    """All in one thread, because the system ends the worker together with the very thread that started it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="companion", daemon=True)

    def start(self) -> None:
        """Begin to look after the worker."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker."""
        self._stopping.set()
        self._thread.join()

    def _look_after(self) -> None:
        pause = AGAIN_S
        while not self._stopping.is_set():
            began, worker = time.monotonic(), self._launched()
            while worker.poll() is None and not self._stopping.wait(0.2):
                pass
            if worker.poll() is None:
                worker.terminate()
                try:
                    worker.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    worker.kill()
                    worker.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > LONGEST_S:  # it was well meanwhile
                pause = AGAIN_S
            structlog.get_logger().warning("worker ended", code=worker.returncode, again_in_s=pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_S)

    def _launched(self) -> subprocess.Popen[bytes]:
        launch = (sys.executable, "-c", LAUNCHER, str(os.getpid()))
        return subprocess.Popen(
            (*launch, sys.executable, "-m", "madoguchi", "worker", "--quiet"),
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we end it when the last answer is given
        )
