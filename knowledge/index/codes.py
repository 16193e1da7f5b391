"""Vectors as small whole numbers: four bits a number suffice to find; one more for every two puts in order.

Each dimension has a range of its own, cut into `CELLS` steps, and each step into two halves. Eight numbers share the
four bits that tell their halves: these are one of the sixteen words of the Hamming code of length 8, whichever brings
all eight nearest to what they were (the lattice E8; Conway and Sloane, 1982). That errs a third less, squared, than a
bit for every other number alone would.

Dimensions that are 0 in all vectors are not kept: the Japanese passages of the built-in encoders have half as many as
the English ones.

What was decoded is encoded to the same numbers again, so that nothing drifts over many commits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors

Codes = NDArray[np.uint8]

# How the halves are kept, and the name of their file: "eights" as said above; "shared", in format 7, with a bit for two
# numbers, which are both in a lower half or both in an upper one (the lattice D2).
EIGHTS, PAIRS = "eights", "shared"
SINGLE = "halves"  # up to format 6: a bit for each number

CELLS = 16
REACH = 3.0  # standard deviations on each side: less cuts more off, more makes the steps wider
SUPPOSED = 4  # vectors of an even spread that are counted in: a few real ones say little of each dimension
EVEN = 0.5  # times the length of a number of a unit vector: the spread supposed
NARROWEST = 0.3  # of the mean spread: a dimension in which the first vectors agree may yet differ in those to come
TOGETHER = 4  # dimensions of the first half of them, whose bits are kept; as many of the second follow from these
LOOKED_AT = 20_000  # vectors that the ranges are taken from
OUTSIDE = 0.02  # of the numbers of new vectors: where more are cut off, wider ranges are taken
SETTLED = 1_000  # vectors: from so many on, only as many new ones can bring wider ranges


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where each dimension begins and how wide its steps are: both of the length of a vector; 0 wide is not kept."""

    lowest: Vectors
    step: Vectors

    @classmethod
    def of(cls, vectors: Vectors) -> Ranges:
        """The ranges that suit these vectors, n x dimensions."""
        dimensions = vectors.shape[1]
        some = vectors[:: max(1, len(vectors) // LOOKED_AT)]
        count, used = len(some), (vectors != 0).any(axis=0)
        if not used.any():
            used[:] = True
        variance = some.var(axis=0) if count else np.zeros(dimensions, np.float32)
        mean = some.mean(axis=0) if count else np.zeros(dimensions, np.float32)
        usual = (count * variance[used].mean() + SUPPOSED * EVEN**2 / dimensions) / (count + SUPPOSED)
        spread = np.sqrt(np.maximum((count * variance + SUPPOSED * usual) / (count + SUPPOSED), NARROWEST**2 * usual))
        reach = REACH * (1 + 1 / max(1, count) ** 0.5) * spread
        step = np.where(used, 2 * reach / CELLS, 0)
        lowest: Vectors = (mean - reach).astype(np.float32)
        return cls(lowest, step.astype(np.float32))

    def narrower(self, times: float) -> Ranges:
        """Ranges about the same middles, so many times as wide."""
        lowest = self.lowest + (1 - times) / 2 * CELLS * self.step
        return Ranges(lowest.astype(np.float32), (times * self.step).astype(np.float32))

    def joined(self, other: Ranges) -> Ranges:
        """Ranges that hold both."""
        lowest = np.where(self.step == 0, other.lowest, self.lowest)
        lowest = np.where(other.step == 0, lowest, np.minimum(lowest, other.lowest))
        highest = np.where(self.step == 0, -np.inf, self.lowest + CELLS * self.step)
        highest = np.maximum(highest, np.where(other.step == 0, -np.inf, other.lowest + CELLS * other.step))
        kept = np.isfinite(highest)
        step = np.where(kept, np.where(kept, highest, 0) - lowest, 0) / CELLS
        return Ranges(lowest.astype(np.float32), step.astype(np.float32))

    def suit(self, vectors: Vectors, kept: int) -> bool:
        """Whether new vectors may be kept by these ranges, beside `kept` others."""
        unused = self.step == 0
        if not len(vectors) or (unused.any() and vectors[:, unused].any()):
            return not len(vectors)
        if kept > max(SETTLED, len(vectors)):
            return True
        within: Vectors = vectors[:, ~unused] - self.lowest[~unused]
        outside = (within < 0) | (within > CELLS * self.step[~unused])
        return float(outside.mean()) <= OUTSIDE

    @property
    def used(self) -> NDArray[np.intp]:
        """The dimensions that are kept."""
        return np.flatnonzero(self.step)

    def encode(self, vectors: Vectors, kept_as: str = EIGHTS) -> tuple[Codes, Codes]:
        """The cells (n x half of the kept dimensions) and the halves (n x a sixteenth of them) of n vectors.

        A byte holds the cells of two dimensions, one of the first half of them, low, and one of the second. The halves
        are those of the first half of the dimensions; those of the second follow from them.
        """
        used = self.used
        width = (len(used) + 1) // 2
        step = np.zeros(2 * width, np.float32)
        step[: len(used)] = self.step[used]
        places = np.zeros((len(vectors), 2 * width), np.float32)
        places[:, : len(used)] = (vectors[:, used] - self.lowest[used]) / step[: len(used)]
        lower, upper = (np.clip(np.floor(places + nearer), 0, CELLS - 1) for nearer in (0.25, -0.25))
        off = np.square((places - lower - 0.25) * step) - np.square((places - upper - 0.75) * step)
        groups = -(-width // TOGETHER)
        gain = np.zeros((len(vectors), 2, groups * TOGETHER), np.float32)  # of an upper half over a lower one
        gain[:, :, :width] = off.reshape(len(vectors), 2, width)
        in_eights = gain.reshape(len(vectors), 2, groups, TOGETHER).swapaxes(1, 2)
        words = np.argmax(in_eights.reshape(len(vectors), groups, 2 * TOGETHER) @ _WORDS[kept_as].T, axis=2).astype(
            np.uint8
        )
        bits = np.unpackbits(words[..., None], axis=2, count=TOGETHER, bitorder="little")
        halves = np.packbits(bits.reshape(len(vectors), groups * TOGETHER), axis=1, bitorder="little")
        is_upper = _halves(halves, width, kept_as).reshape(len(vectors), 2 * width).view(np.bool_)
        whole = np.where(is_upper, upper, lower).astype(np.uint8)
        cells = whole[:, :width] | (whole[:, width:] << 4)
        return cells, halves


def places(cells: Codes, halves: Codes, dimensions: int, kept_as: str = EIGHTS) -> Vectors:
    """Where in its range each of the kept `dimensions` lies, in half steps, as `Ranges.encode` gave them."""
    count, width = cells.shape
    found = np.empty((count, 2, width), np.uint8)
    np.bitwise_and(cells, CELLS - 1, out=found[:, 0])
    np.right_shift(cells, 4, out=found[:, 1])
    found += found  # shifting to the left takes fifty times as long
    whole = found.reshape(count, 2 * width)[:, :dimensions]
    if kept_as == SINGLE:
        whole += np.unpackbits(halves, axis=1, count=dimensions, bitorder="little")
    else:
        found += _halves(halves, width, kept_as)
    return whole.astype(np.float32)


def _halves(halves: Codes, width: int, kept_as: str) -> Codes:
    """Whether each number lies in the upper half of its step, n x 2 x width: the second follow from the first."""
    both = np.empty((len(halves), 2, halves.shape[1]), np.uint8)
    both[:, 0] = halves
    _SECOND[kept_as].take(halves, out=both[:, 1], mode="clip")
    return np.unpackbits(both, axis=2, count=width, bitorder="little")


def _words() -> dict[str, NDArray[np.float32]]:
    """The sixteen words of each code: four bits, and the four that follow from them."""
    first = np.unpackbits(np.arange(16, dtype=np.uint8)[:, None], axis=1, count=TOGETHER, bitorder="little")
    others = (first.sum(axis=1, keepdims=True) - first) % 2  # of each bit: whether the three others are odd in number
    return {
        EIGHTS: np.concatenate([first, others], axis=1).astype(np.float32),
        PAIRS: np.concatenate([first, first], axis=1).astype(np.float32),
    }


def _second(words: NDArray[np.float32]) -> Codes:
    """For each byte, which is the first four bits of two words: what follows from them."""
    bits = words[:, TOGETHER:].astype(np.uint8)
    follows = np.packbits(bits, axis=1, bitorder="little")[:, 0]
    byte = np.arange(256, dtype=np.uint8)
    return (follows[byte % 16] | (follows[byte // 16] << 4)).astype(np.uint8)


_WORDS = _words()
_SECOND = {kept_as: _second(words) for kept_as, words in _WORDS.items()}
