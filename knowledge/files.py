"""Files that are replaced whole or not at all, and how another program sees that they were."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(place: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write, which takes its place when the block ends well; whatever happens, the old one or this is there.

    Raises OSError, and then the old one is as it was. Fewer may read it than `mode` says where the umask says so.
    """
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}.new")
    try:
        with open(fresh, "xb", opener=partial(os.open, mode=mode)) as file:  # Path has no opener
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stamp(place: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is replaced or written; None where there is none."""
    try:
        seen = place.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size
