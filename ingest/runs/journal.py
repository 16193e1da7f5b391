"""
Keeps what a run has read and embedded until it is committed, so that a run that was killed goes on where it was.

    DATA/ingest.journal    records, one after the other: a key, the day, the length, a digest of all of it, the content

It is a memory, not a record: only the one run that holds the lock of ingesting writes it, a torn or damaged end is cut
off, and without it files are read and embedded once more. What was committed leaves it; the rest is forgotten after
`DAYS`. Nothing is made durable: a process that is killed loses none of its writes, and after a power cut the digests
tell what is whole.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from knowledge.errors import CannotWrite

NAME = "ingest.journal"
DAYS = 14  # until what nobody came back for is forgotten
MOST = 4 << 30  # bytes: some 800,000 passages with their vectors; what comes after is not kept
_HEAD = struct.Struct("<16sII16s")  # key, day, length of the content, digest of all three and the content
_DAY_S = 86_400


class Journal:
    """Contents by key. Safe to use from several threads of the one process that holds the lock.

    A disk that fails ends the keeping, not the run: `trouble` then says why; for one that is full see `check`. One that
    was not opened keeps nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._places: dict[bytes, tuple[int, int, int]] = {}  # key to offset and length of the content, and the day
        self._end = 0
        self._lock = threading.Lock()
        self.trouble: str | None = None
        self._is_full = False

    @classmethod
    def open(cls, data: Path) -> Self:
        """The journal of a data folder, with what an earlier run left there."""
        journal = cls(data / NAME)
        with journal._guarded():
            (data / f"{NAME}.new").unlink(missing_ok=True)
            journal._file = os.open(journal._path, os.O_RDWR | os.O_CREAT, 0o600)
            journal._recover()
        return journal

    def get(self, *key: str) -> bytes | None:
        """What was kept under a key; None when there is nothing."""
        with self._lock, self._guarded():
            place = self._places.get(_hashed(key))
            if place is not None and self._file is not None:
                return os.pread(self._file, place[1], place[0])
        return None

    def put(self, records: Iterable[tuple[tuple[str, ...], bytes]]) -> None:
        """Keep contents under their keys, all with one write."""
        today = int(time.time()) // _DAY_S
        named = [(_hashed(key), content) for key, content in records]
        self._append((key, today, content) for key, content in named)

    def check(self) -> None:
        """Raises CannotWrite when there was no room: none is left for the index either, and more would be lost."""
        if self._is_full:
            raise CannotWrite(
                f"There is no room on the disk: {self._path.name} in {self._path.parent}, which keeps what is read and "
                "embedded until the index is written, could not grow. Nothing has changed. Make room, then run the "
                "same command again: it goes on where it was."
            )

    @property
    def keeps(self) -> bool:
        """Whether what is put is kept."""
        return self._file is not None

    @property
    def is_empty(self) -> bool:
        """Whether it keeps nothing."""
        return not self._places

    def settle(self, keys: Iterable[tuple[str, ...]]) -> None:
        """Forget these, which were committed; the file is gone when nothing is left."""
        if self._file is None:
            return
        with self._lock:
            for settled in keys:
                self._places.pop(_hashed(settled), None)
            oldest = int(time.time()) // _DAY_S - DAYS
            left = {key: place for key, place in self._places.items() if place[2] >= oldest}
        with self._guarded():
            if not left:
                self.close()
                self._path.unlink(missing_ok=True)
                return
            fresh = Journal(self._path.with_name(f"{NAME}.new"))
            fresh._file = os.open(fresh._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            for key, (offset, length, day) in left.items():
                fresh._append([(key, day, os.pread(self._descriptor, length, offset))])
            fresh.close()
            fresh._path.replace(self._path)
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
            self._file = None

    @property
    def _descriptor(self) -> int:
        assert self._file is not None, "the journal is open"
        return self._file

    def _append(self, records: Iterable[tuple[bytes, int, bytes]]) -> None:
        with self._lock, self._guarded():
            if self._file is None or self._end >= MOST:
                return
            begin, written = self._end, bytearray()
            places = {}
            for key, day, content in records:
                head = _HEAD.pack(key, day, len(content), _digest(key, day, content))
                places[key] = (begin + len(written) + _HEAD.size, len(content), day)
                written += head + content
            view = memoryview(written)
            while view:
                count = os.pwrite(self._file, view, self._end)
                self._end += count
                view = view[count:]
            self._places |= places

    def _recover(self) -> None:
        """Find the records that are whole; what follows the last of them is cut off."""
        size = os.fstat(self._descriptor).st_size
        oldest = int(time.time()) // _DAY_S - DAYS
        while self._end + _HEAD.size <= size:
            key, day, length, digest = _HEAD.unpack(os.pread(self._descriptor, _HEAD.size, self._end))
            if self._end + _HEAD.size + length > size:
                break
            if digest != _digest(key, day, os.pread(self._descriptor, length, self._end + _HEAD.size)):
                break
            if day >= oldest:
                self._places[key] = (self._end + _HEAD.size, length, day)
            self._end += _HEAD.size + length
        os.ftruncate(self._descriptor, self._end if self._places else 0)
        self._end = self._end if self._places else 0

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            self.trouble = f"{self._path} cannot be used: {error.strerror or error}. A run that is killed begins anew."
            if self._file is not None:
                os.close(self._file)
            self._file, self._places = None, {}


def _hashed(key: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\0".join(key).encode("utf-8", "replace")).digest()[:16]


def _digest(key: bytes, day: int, content: bytes) -> bytes:
    return hashlib.sha256(key + struct.pack("<I", day) + content).digest()[:16]
