"""How deep files may lie within files, and how much of that: archives in archives, files attached to mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from knowledge.errors import UnreadableFile

DEEPEST = 3  # files around a file: an attachment, in a forwarded mail, in an archive
MOST_BYTES = 200_000_000  # of all files within one, unpacked
MOST_FILES = 2_000


@dataclass(slots=True)
class _Nest:
    depth: int = 0
    files: int = 0
    bytes: int = 0


_nest: ContextVar[_Nest | None] = ContextVar(
    "the file around the one that is read, and what else it holds", default=None
)


@contextmanager
def entered(size: int) -> Iterator[None]:
    """Within it a file of `size` bytes is read, and all that lies in it.

    Raises UnreadableFile where it lies too deep in other files, or the outermost of them has held too much by now.
    """
    nest = _nest.get()
    if nest is None:
        token = _nest.set(_Nest())
        try:
            yield
        finally:
            _nest.reset(token)
        return
    nest.files += 1
    nest.bytes += size
    if nest.depth == DEEPEST:
        raise UnreadableFile("too-large", f"It lies within more than {DEEPEST} files, one in the other. Unpack it.")
    if nest.files > MOST_FILES or nest.bytes > MOST_BYTES:
        raise UnreadableFile(
            "too-large",
            f"The files around it hold more than {MOST_FILES:,} files or {MOST_BYTES // 10**6} MB. Unpack it.",
        )
    nest.depth += 1
    try:
        yield
    finally:
        nest.depth -= 1
