"""The passages' lines on disk: packed in blocks, each of which belongs to one document.

A block is whole lines, packed by Zstandard with what knowledge/index/primer.py holds; those packed without it are read
too. A document that stays is carried into the next generation by copying its blocks as they are; one that goes leaves
nothing in any block.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import zstandard
from numpy.typing import NDArray

from knowledge.index.primer import PRIMER

BLOCK = 8192  # bytes before packing: 16 KiB are a tenth smaller on the disk and slower to read one line of
LEVEL = 9  # higher ones take ten times as long for a hundredth less
NAME, PLACES = "passages.bin", "passages.npy"
_COPIED = 1 << 20  # bytes at a time

Places = NDArray[np.int64]  # one row a block: where it begins in the file, and the first line that it holds
Blocks = tuple[memoryview, Places]  # as they are packed


class Texts:
    """Lines by their number, from 0."""

    def __init__(self, folder: Path) -> None:
        self._of_thread = threading.local()
        # Read, not mapped: pages of texts would count as memory, and a disk that fails would end the process.
        self._path = folder / NAME
        self._file = os.open(self._path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        places: Places = np.load(folder / PLACES, allow_pickle=False)
        # Of each block: as views, whose single numbers cost a fifth of an array's.
        self._begins, self._first_lines = (np.ascontiguousarray(column).data for column in places.T)

    def __len__(self) -> int:
        return self._first_lines[-1]

    def line(self, number: int) -> bytes:
        """One line, without its end."""
        block = bisect_right(self._first_lines, number) - 1
        place = number - self._first_lines[block]
        return self._block(block).split(b"\n", place + 1)[place]

    def lines(self, first: int, count: int) -> list[bytes]:
        """Some lines that follow each other."""
        begin = bisect_right(self._first_lines, first) - 1
        end = bisect_left(self._first_lines, first + count)
        found = [line for block in range(begin, end) for line in self._block(block).split(b"\n")[:-1]]
        skipped = first - self._first_lines[begin]
        return found[skipped : skipped + count]

    def blocks(self, first: int, count: int) -> Blocks:
        """The blocks of whole documents: their bytes, and their places as counted from the first of them."""
        begin, end = (bisect_left(self._first_lines, line) for line in (first, first + count))
        places = np.stack([self._begins[begin : end + 1], self._first_lines[begin : end + 1]], axis=1)
        packed = memoryview(_map(self._path))[int(places[0, 0]) : int(places[-1, 0])]
        return packed, places - places[0]

    def _block(self, block: int) -> bytes:
        begin, end = self._begins[block], self._begins[block + 1]
        return self._unpacker.decompress(os.pread(self._file, end - begin, begin))

    @property
    def _unpacker(self) -> zstandard.ZstdDecompressor:
        if not hasattr(self._of_thread, "unpacker"):  # must not serve two threads at once
            self._of_thread.unpacker = zstandard.ZstdDecompressor(dict_data=_primed())
        unpacker: zstandard.ZstdDecompressor = self._of_thread.unpacker
        return unpacker


class TextsWriter:
    """Writes the lines of documents, one document after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: list[Places] = [np.zeros((1, 2), np.int64)]
        self._end = np.zeros(2, np.int64)  # bytes and lines that are written

    def write(self, documents: Iterable[Blocks | list[bytes]]) -> None:
        """Write all documents, each as blocks of another file or as new lines that end in a line break."""
        packer = zstandard.ZstdCompressor(level=LEVEL, dict_data=_primed())
        with (self._folder / NAME).open("xb") as file:
            for document in documents:
                if isinstance(document, list):
                    for lines in _groups(document):
                        self._add(file, packer.compress(b"".join(lines)), len(lines))
                else:
                    packed, places = document
                    for start in range(0, len(packed), _COPIED):
                        file.write(packed[start : start + _COPIED])
                    self._places.append(places[1:] + self._end)
                    self._end = self._end + places[-1]
        np.save(self._folder / PLACES, np.concatenate(self._places), allow_pickle=False)

    def _add(self, file: BinaryIO, packed: bytes, lines: int) -> None:
        file.write(packed)
        self._end = self._end + np.array([len(packed), lines])
        self._places.append(self._end[None])


def _primed() -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(PRIMER, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _groups(lines: list[bytes]) -> Iterable[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for line in lines:
        if group and size + len(line) > BLOCK:
            yield group
            group, size = [], 0
        group.append(line)
        size += len(line)
    if group:
        yield group


def _map(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""  # an empty file cannot be mapped
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
