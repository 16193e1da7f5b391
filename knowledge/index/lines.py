"""What of a passage a question may be about: one row of its tables, or a few of its sentences.

The vector of a passage that says many things is near to none of them, and of its words a question shares few. Where a
search is in doubt, the best passage is therefore looked at line by line.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Embedder, Vectors
from knowledge.index.wording import BUCKETS, Words, digests
from knowledge.language.analysis import Analyzer
from knowledge.language.sentences import split_sentences
from knowledge.language.subjects import BETWEEN
from knowledge.passages import Passage

TOGETHER = {"ja": 80, "en": 240}  # characters of sentences that are one line
OTHERS_TOGETHER = 240  # of other languages
MOST = 24  # lines of a passage: what has more is looked at by twos
COMPARED = 2  # lines at most whose vectors a question is compared with: those that share the most words with it,
NEARLY = 0.9  # and the second only where it shares so much of what the first does: each costs more than the question's
MOST_OF_FAQ = 12  # sentences of a FAQ's answer, all of which are compared
KEPT = 300  # passages whose lines are remembered: some 5 KB each; all of a small knowledge base
_ROW = re.compile(r"[^;\n]{1,60}: .*; |.+ \| .")  # of a table, as it is written into a passage


@dataclass(frozen=True, slots=True)
class Nearest:
    """How near a question comes to the lines of a passage."""

    cosine: float  # of the nearest of those that share the most words with it
    share: float  # of the rarity of the question's words, as much of it as one line holds


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a passage, each with what the passage is about."""

    texts: Sequence[str]
    words: Sequence[Words]  # none of a FAQ's
    vectors: dict[int, NDArray[np.float16]]  # of the lines that a question wanted

    def by_words(self, rarity: Mapping[str, float]) -> tuple[list[int], float]:
        """The lines with most of the words of a question, and how much of their rarity the first of them has."""
        worth = np.zeros(BUCKETS, np.float32)
        for term, rare in rarity.items():
            worth[digests([term])] = rare
        held = [float(worth[words].sum()) for words in self.words]
        first, *others = sorted(range(len(held)), key=lambda line: -held[line])[:COMPARED]
        best = [first, *(line for line in others if held[line] and held[line] >= NEARLY * held[first])]
        return best, held[first] / (sum(rarity.values()) or 1.0)

    def cosine(self, which: Sequence[int], embedder: Embedder, asked: Vectors) -> float:
        """The cosine of a question's vector and the nearest of some lines."""
        if lacking := [line for line in which if line not in self.vectors]:
            vectors = embedder.embed_passages([self.texts[line] for line in lacking])
            self.vectors.update(zip(lacking, vectors.astype(np.float16), strict=True))
        return max(float(self.vectors[line] @ asked) for line in which)


class LinesOf:
    """The lines of passages, made when they are asked for and kept for a while. Safe to use from several threads."""

    def __init__(self, passage: Callable[[int], Passage], analyzer: Analyzer) -> None:
        """`passage` gives that of a row."""
        self._passage, self._analyzer = passage, analyzer
        self._kept: OrderedDict[int, Lines] = OrderedDict()
        self._lock = threading.Lock()

    def nearest(self, row: int, embedder: Embedder, asked: Vectors, rarity: Mapping[str, float]) -> Nearest | None:
        """What the lines of a row's passage have of a question; None where that says one thing only, or is a FAQ's.

        `asked` is the question's vector, and `rarity` has that of each of its words. Of lines whose vectors are not
        known yet it has at most `COMPARED` made, and so may take some milliseconds.
        """
        if self._passage(row).question or len((found := self._lines(row)).texts) < 2:
            return None
        best, share = found.by_words(rarity)
        return Nearest(found.cosine(best, embedder, asked), share)

    def cosine(self, row: int, embedder: Embedder, asked: Vectors, rarity: Mapping[str, float]) -> float:
        """The cosine of a question and the nearest line of a row's passage, whatever that is: of a FAQ's any sentence.

        Of sentences whose vectors are not known yet it has at most `MOST_OF_FAQ` made.
        """
        found = self._lines(row)
        best = found.by_words(rarity)[0] if found.words else range(len(found.texts))
        return found.cosine(best, embedder, asked)

    def _lines(self, row: int) -> Lines:
        with self._lock:
            if row in self._kept:
                self._kept.move_to_end(row)
                return self._kept[row]
        made = lines(self._passage(row), self._analyzer)
        with self._lock:
            self._kept[row] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def lines(passage: Passage, analyzer: Analyzer) -> Lines:
    """The lines of a passage; of a FAQ's, which is found by its question, the sentences of the answer."""
    if passage.question:
        sentences = split_sentences(passage.text, passage.read_as)[:MOST_OF_FAQ] or [passage.text]
        return Lines([f"{passage.question}\n{sentence}" for sentence in sentences], [], {})
    about = BETWEEN.join(passage.headings) or passage.title
    texts = [f"{about}\n{text}" for text in split(passage.text, passage.read_as)]
    return Lines(texts, [digests(analyzer.terms(text)) for text in texts], {})


def split(text: str, lang: str) -> list[str]:
    """A text as rows of tables and as sentences, short ones together; `MOST` at most."""
    found = list(_split(text, lang))
    while len(found) > MOST:
        found = ["\n".join(found[at : at + 2]) for at in range(0, len(found), 2)]
    return found


def _split(text: str, lang: str) -> Iterator[str]:
    most = TOGETHER.get(lang, OTHERS_TOGETHER)
    waiting = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if _ROW.match(line):
            if waiting:
                yield waiting
            yield line
            waiting = ""
            continue
        for sentence in split_sentences(line, lang) if len(line) > most else [line]:
            if waiting and len(waiting) + len(sentence) > most:
                yield waiting
                waiting = ""
            waiting = f"{waiting}\n{sentence}" if waiting else sentence
    if waiting:
        yield waiting
