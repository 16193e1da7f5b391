"""
What makes one pair of a FAQ likelier than another before anything is asked: learnt at a commit, without any label.

A pair is stored as a text to be found. The more its vector is like that of a question all the same, the nearer it lies
to every question, whatever is asked: a gap between two kinds of input (Liang et al., "Mind the Gap", 2022), along the
difference between the mean of the stored vectors and that of the same questions, embedded as questions. And where two
pairs are as near, the one of the shorter question is the more general one, which more people want; how long a question
is can be told from the vector by ridge regression. Both are directions, so that a prior is one product a passage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.index.dense import LANGUAGE, Languages
from knowledge.index.part import Rows

GAP, BREVITY = 0.1, 0.1  # standard deviations of a score that a standard deviation of each is worth
FEWEST = 100  # pairs of a language: of fewer the means say little
SAMPLE = 256  # pairs that are looked at: each costs the embedding of a question
GROWN = 0.2  # a share of the pairs: with so many more or fewer they are looked at again
_FILE = "priors.npy"
_FLAT = 1e-9  # what spreads less is all alike


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior of a language's pairs: standard deviations of a score, 0 in their mean."""

    pairs: int  # as there were when it was learnt
    direction: Vectors  # d
    level: float

    @classmethod
    def of(cls, pairs: int, asked: Vectors, stored: Vectors, lengths: NDArray[np.floating]) -> Prior:
        """Learns from a sample of n pairs.

        Args:
            pairs: how many there are in all
            asked: their questions, embedded as questions, n x d
            stored: their vectors in the index, n x d
            lengths: of their questions, in characters, n
        """
        mean = stored.mean(axis=0)
        centred = stored - mean
        spread = centred.T @ centred / len(stored)
        spread.flat[:: len(spread) + 1] += max(np.trace(spread) / len(spread), _FLAT)
        logs = np.log1p(lengths)
        brevity = np.linalg.solve(spread, centred.T @ (logs.mean() - logs) / len(stored))
        directions = np.stack([mean - asked.mean(axis=0), brevity], axis=1)
        along = (centred @ directions).std(axis=0)
        # Where all are alike in one of the two, it tells nothing.
        worth = np.divide((GAP, BREVITY), along, out=np.zeros(2), where=along > _FLAT)
        direction = (directions @ worth).astype(np.float32)
        return cls(pairs, direction, float(mean @ direction))

    def suits(self, pairs: int) -> bool:
        """Whether it still holds for so many pairs."""
        return abs(pairs - self.pairs) <= GROWN * self.pairs


class Priors:
    """The priors of a generation, by language."""

    def __init__(self, by_language: Mapping[bytes, Prior]) -> None:
        self._by_language = by_language

    @classmethod
    def learnt(
        cls,
        languages: Languages,
        is_pair: NDArray[np.bool_],
        before: Priors | None,
        vectors: Callable[[Rows], Vectors],
        questions: Callable[[Rows], Sequence[str]],
        asked: Callable[[str], Vectors],
    ) -> Priors:
        """Those of an index; what was learnt `before` stays while its language has about as many pairs.

        Args:
            languages: of each row
            is_pair: whether a row is of a FAQ
            before: those of the index before this one
            vectors: the stored vectors of some rows
            questions: the questions of some rows, which are pairs
            asked: the vector of a question
        """
        found: dict[bytes, Prior] = {}
        for language in np.unique(languages[is_pair]).tolist():
            rows = np.flatnonzero(is_pair & (languages == language))
            known = before._by_language.get(language) if before else None
            if len(rows) < FEWEST:
                continue
            if known and known.suits(len(rows)):
                found[language] = known
                continue
            some = rows[:: -(-len(rows) // SAMPLE)]
            texts = questions(some)
            lengths = np.array([*map(len, texts)])
            found[language] = Prior.of(len(rows), np.stack([*map(asked, texts)]), vectors(some), lengths)
        return cls(found)

    @classmethod
    def load(cls, folder: Path) -> Priors:
        """Those of a generation; none where it was written by an earlier version."""
        if not (folder / _FILE).exists():
            return cls({})
        stored = np.load(folder / _FILE, allow_pickle=False)
        return cls({
            each["language"].item(): Prior(int(each["pairs"]), each["direction"], float(each["level"]))
            for each in stored
        })  # fmt: skip

    def save(self, folder: Path) -> None:
        """Write them into a generation's folder; nothing at all where there are none."""
        if not self._by_language:
            return
        dimensions = len(next(iter(self._by_language.values())).direction)
        fields: list[Any] = [
            ("language", LANGUAGE), ("pairs", np.int64), ("level", np.float64), ("direction", np.float32, dimensions)
        ]  # fmt: skip
        rows = [(language, one.pairs, one.level, one.direction) for language, one in self._by_language.items()]
        np.save(folder / _FILE, np.array(rows, fields), allow_pickle=False)

    def worth(self, languages: Languages, is_pair: NDArray[np.bool_], vectors: Vectors) -> NDArray[np.float64]:
        """Standard deviations that passages are worth before anything is asked; 0 for those that are no pairs."""
        found = np.zeros(len(vectors))
        for language, prior in self._by_language.items():
            mine = is_pair & (languages == language)
            found[mine] = vectors[mine] @ prior.direction - prior.level
        return found
