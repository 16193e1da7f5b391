"""The thread that embeds ends, whenever a signal comes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ingest.preparing import Embedding


class Empty:
    """A journal and a pile of which nothing comes."""

    def check(self) -> None:
        """Nothing is wrong."""

    def take(self) -> None:
        """There is no part."""


def test_a_signal_while_the_thread_begins_leaves_no_thread_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    submit = ThreadPoolExecutor.submit

    def signalled(self: ThreadPoolExecutor, *work: Any) -> None:
        submit(self, *work)
        raise KeyboardInterrupt

    nothing: Any = Empty()
    embedding = Embedding(nothing, nothing, nothing, nothing)
    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", signalled)
        with pytest.raises(KeyboardInterrupt), embedding:
            raise AssertionError("it was not begun")
    begun = [thread for thread in threading.enumerate() if thread.name.startswith("embedding")]
    embedding._thread.shutdown(wait=False)
    for thread in begun:
        thread.join(60)
    ended = not any(thread.is_alive() for thread in begun)
    embedding._stopping.set()  # else the tests would never end either
    assert ended
