"""Waiting for what happens elsewhere: in the time that a slow and busy machine takes, and no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def soon(what: Callable[[], T], within_s: float = 30.0, look_every_s: float = 0.05) -> T:
    """What a call gives as soon as that is true; else what it gave last."""
    until = time.monotonic() + within_s
    while not (found := what()) and time.monotonic() < until:
        time.sleep(look_every_s)
    return found
