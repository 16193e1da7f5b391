"""What the words of a question are called in the other language, from a list of ours of some ten thousand words.

A question is not translated: each of its words stands for all that it may be called (Pirkola, 1998), and which of these
is meant is left to the passages. The list, `translations.tsv`, has a Japanese word in each line, in the terms of the
index (営業 時間: analysed anew, ten thousand words would read all of the dictionary into memory), and behind a tab what
it is called in English, the most usual first. It is read in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from knowledge.analysis import Analyzer

LIST = Path(__file__).with_name("translations.tsv")
OTHER = {"ja": "en", "en": "ja"}
MOST_NAMES = 8  # of a word, the most usual ones
MOST_TOGETHER = 12  # with those of the words that it is part of
LONGEST = 3  # terms of a word or a name: 営業時間 is two

Term = tuple[str, ...]  # the terms of a word as the index has them


class Translations:
    """A list of words in both languages, as the terms of the index."""

    def __init__(self, analyzer: Analyzer, lines: Iterable[str]) -> None:
        """`lines` are the terms of a Japanese word, a tab, and its English names parted by semicolons."""
        ranked: dict[str, dict[Term, dict[Term, int]]] = {"ja": {}, "en": {}}
        for line in lines:
            japanese, _, names = line.rstrip("\n").partition("\t")
            word = tuple(japanese.split())
            for rank, name in enumerate(names.split(";")):
                called = tuple(analyzer.terms(name))
                if 0 < len(word) <= LONGEST and 0 < len(called) <= LONGEST:
                    for table, key, value in ((ranked["ja"], word, called), (ranked["en"], called, word)):
                        of_key = table.setdefault(key, {})
                        of_key[value] = min(rank, of_key.get(value, rank))
        self._names = {
            lang: {key: tuple(sorted(of_key, key=of_key.__getitem__)[:MOST_NAMES]) for key, of_key in table.items()}
            for lang, table in ranked.items()
        }

    def names(self, terms: Sequence[str], lang: str) -> list[tuple[str, list[Term]]]:
        """The different terms of a question in a language, each with what it may be called in the other.

        A term stands for itself where the other language may have it too: Latin letters and numbers. What neighbouring
        terms are called together is said of each. One that the list does not have has no names.
        """
        table = self._names[lang]
        named: dict[str, list[Term]] = {}
        for at, term in enumerate(terms):
            if term in named:
                continue
            around = [
                tuple(terms[start : start + length])
                for length in range(1, LONGEST + 1)
                for start in range(max(0, at - length + 1), min(at, len(terms) - length) + 1)
            ]
            found = [name for word in around for name in table.get(word, ())]
            named[term] = list(dict.fromkeys([*([(term,)] if term.isascii() else []), *found]))[:MOST_TOGETHER]
        return list(named.items())


@lru_cache(maxsize=1)
def translations(analyzer: Analyzer) -> Translations:
    """Our list; it takes a moment the first time."""
    return Translations(analyzer, LIST.read_text("utf-8").splitlines())
