"""What the words of a question are called in the other language, from a list of ours of some ten thousand words.

A question is not translated: each of its words stands for all that it may be called (Pirkola, 1998), and which of these
is meant is left to the passages. Words that share a usual name are taken to mean the same (Bannard and Callison-Burch,
2005), so that a small desk is found by its customers' words, too.

The list, `translations.tsv`, has a Japanese word in each line, in the terms of the index (営業 時間: analysed anew, ten
thousand words would read all of the dictionary into memory), and behind a tab what it is called in English, the most
usual first. It is read in both directions.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.language.analysis import Analyzer

LIST = Path(__file__).with_name("translations.tsv")
OTHER = {"ja": "en", "en": "ja"}
MOST_NAMES = 8  # of a word, the most usual ones
MOST_TOGETHER = 12  # with those of the words that it is part of
USUAL = 3  # names of a word by which others are told to mean the same: further ones are of other senses
KNOWN = 1024  # terms of which it is remembered what else they are called: what a desk is asked has few words
LONGEST = 3  # terms of a word or a name: 営業時間 is two

Term = tuple[str, ...]  # the terms of a word as the index has them


class Translations:
    """A list of words in both languages, as the terms of the index.

    All is one text, of a Japanese word and one of its names after the other, and the places of each word in it: as
    strings of their own they take ten times the memory.
    """

    def __init__(self, analyzer: Analyzer, lines: Iterable[str]) -> None:
        """`lines` are the terms of a Japanese word, a tab, and its English names parted by semicolons."""
        pairs, ends, ranks = bytearray(), array("I", [0]), array("I")
        japanese, english = array("I"), array("I")  # the checksums of both sides
        for line in lines:
            word, _, names = line.rstrip("\n").partition("\t")
            for rank, name in enumerate(names.split(";")):
                called = analyzer.name(name)
                if 0 < len(word.split()) <= LONGEST and 0 < len(called) <= LONGEST:
                    both = (word, " ".join(called))
                    pairs += "\t".join(both).encode()
                    ends.append(len(pairs))
                    ranks.append(rank)
                    for checksums, side in ((japanese, both[0]), (english, both[1])):
                        checksums.append(_checksum(side))
        self._pairs, self._ends = bytes(pairs), ends
        self._places = {}  # of each language: the checksums in order, and which pairs have them, the most usual first
        for lang, checksums in (("ja", japanese), ("en", english)):
            known = np.array(checksums, np.uint32)
            order = np.lexsort((np.array(ranks), known))
            self._places[lang] = known[order], order.astype(np.min_scalar_type(len(order))).data

    def names(self, terms: Sequence[str], lang: str) -> list[tuple[str, list[Term]]]:
        """The different terms of a question in a language, each with what it may be called in the other.

        A term stands for itself where the other language may have it too: Latin letters and numbers. What neighbouring
        terms are called together is said of each. One that the list does not have has no names.
        """
        together = [
            (start, length) for length in range(1, LONGEST + 1) for start in range(max(0, len(terms) - length + 1))
        ]
        words = [" ".join(terms[start : start + length]) for start, length in together]
        found = dict(zip(together, self._named(words, lang), strict=True))
        named: dict[str, list[Term]] = {}
        for at, term in enumerate(terms):
            if term in named:
                continue
            around = [
                name
                for length in range(1, LONGEST + 1)
                for start in range(max(0, at - length + 1), min(at, len(terms) - length) + 1)
                for name in found[start, length]
            ]
            named[term] = list(dict.fromkeys([*([(term,)] if term.isascii() else []), *around]))[:MOST_TOGETHER]
        return list(named.items())

    def otherwise(self, term: str, lang: str) -> tuple[Term, ...]:
        """What a term of a language is called besides in it: what shares one of its usual names in the other language.

        These names are among them, as passages may have them too: スマホ is "smartphone", and so is スマートフォン.
        """
        names = self._named([term], lang)[0][:USUAL]
        usual = [" ".join(name) for name in names]
        of_names = [other for found in self._named(usual, OTHER[lang]) for other in found]
        others = [other for other in dict.fromkeys(of_names) if other != (term,)]
        called = self._named([" ".join(other) for other in others], lang)
        same = [other for other, its in zip(others, called, strict=True) if not set(names).isdisjoint(its[:USUAL])]
        return (*names, *same)

    def _named(self, words: Sequence[str], lang: str) -> list[list[Term]]:
        """What each of some words of a language is called in the other."""
        checksums, pairs = self._places[lang]
        asked = np.array([_checksum(word) for word in words], np.uint32)
        first, last = (checksums.searchsorted(asked, side).tolist() for side in ("left", "right"))
        return [
            self._names_of(word, lang, pairs[start:end]) if end > start else []
            for word, start, end in zip(words, first, last, strict=True)
        ]

    def _names_of(self, word: str, lang: str, pairs: Iterable[int]) -> list[Term]:
        names: dict[str, None] = {}
        for pair in pairs:
            japanese, english = self._pairs[self._ends[pair] : self._ends[pair + 1]].decode().split("\t")
            known, name = (japanese, english) if lang == "ja" else (english, japanese)
            if known == word:  # the checksums of two words may be the same
                names[name] = None
        return [tuple(name.split(" ")) for name in list(names)[:MOST_NAMES]]


def _checksum(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))


@lru_cache(maxsize=1)
def translations() -> Translations:
    """Our list; it takes a moment the first time."""
    with LIST.open(encoding="utf-8") as lines:
        return Translations(Analyzer(), lines)


@lru_cache(maxsize=KNOWN)
def otherwise(term: str, lang: str) -> tuple[Term, ...]:
    """What a term is called besides in its own language, by our list."""
    return translations().otherwise(term, lang)
