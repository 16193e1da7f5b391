"""Questions in hiragana, put into the words that passages are written in: ざいたくきんむ is 在宅勤務.

Children, people who learn Japanese and those who find kanji hard to enter write like that. The dictionary cuts
such text wrongly (ざいたく becomes 際 and 宅), and the vectors of the encoders know little of it. What such a
question says is looked up in a list of ours, `readings.tsv` (nouns, and the forms of verbs and adjectives), and
in what the passages nearest to it say; the way through it that has the fewest words is taken, as kana-kanji
converters did before they were taught from text (the least number of words; Yoshimura, Hitaka and Yoshida,
1983). Grammar stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path

from knowledge.language.analysis import Analyzer
from knowledge.passages import Passage

LIST = Path(__file__).with_name("readings.tsv")
LEAST, MOST = 4, 200  # hiragana of a question: fewer are grammar about words in katakana, more would take too long
LONGEST, SHORT = 16, 2  # kana of a word, at most and at least
KNOWN = 1024  # words in hiragana of which it is remembered whether passages hold them
# What the parts of a way cost: words of two kana the most, as they are found everywhere by chance, grammar little.
WORD, SHORT_WORD, GRAMMAR, UNKNOWN = 1.0, 1.4, 0.6, 1.1

_KANJI = re.compile(r"[\u3005\u3400-\u9fff\uf900-\ufaff]")
_HIRAGANA = re.compile(r"[ぁ-ゖー]+")
_WITHIN = frozenset("っゃゅょぁぃぅぇぉんー")  # what begins no word


class Spelling:
    """How the words of questions are spelled in a knowledge base. Safe to use from several threads."""

    def __init__(
        self, analyzer: Analyzer, holding: Callable[[str], int], terms: Callable[[str], Iterable[str]]
    ) -> None:
        """`holding` tells how many passages hold a term, and `terms` has those that a question is searched by."""
        self._analyzer, self._holding, self._terms = analyzer, holding, terms
        # Not of a method: it would hold what holds it, and an index that is no longer served would stay open.
        self._is_unknown = lru_cache(KNOWN)(partial(_is_unknown, analyzer, holding))

    def is_wanted(self, question: str) -> bool:
        """Whether words of a question may be in hiragana that passages spell otherwise. Long ones are left as they are.

        So it is where there is no kanji, and where the dictionary finds a word in the hiragana that no passage holds.
        """
        if not LEAST <= sum(map(len, _HIRAGANA.findall(question))) <= MOST:
            return False
        return not _KANJI.search(question) or (
            not all(map(self._holding, self._terms(question)))
            and any(map(self._is_unknown, self._analyzer.in_hiragana(question)))
        )

    def written(self, question: str, near: Iterable[Passage] = ()) -> str:
        """A question with the words among its hiragana as nouns are spelled in `near`, or else as our list has them.

        Of the list's spellings of a reading the one that most passages hold is taken, and none that no passage holds.
        """
        spellings = self._spellings(near)

        def spelled(reading: str) -> str | None:
            return spellings.get(reading) or self._listed(reading)

        return _HIRAGANA.sub(lambda run: _written(run[0], spelled), question)

    def _listed(self, reading: str) -> str | None:
        held = {word: self._held(word) for word in readings().get(reading, ())}
        word = max(held, key=held.__getitem__, default=None)
        return word if word and held[word] else None

    def _held(self, word: str) -> int:
        return min(map(self._holding, self._analyzer.terms(word)), default=0)

    def _spellings(self, passages: Iterable[Passage]) -> dict[str, str]:
        """How the nouns of some passages are spelled, by their readings; of several spellings the most frequent."""
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for passage in passages:
            text = "\n".join((passage.title, *passage.headings, passage.question or "", passage.text))
            for spelling, reading in self._analyzer.readings(text):
                counted[reading][spelling] += 1
        return {reading: counts.most_common(1)[0][0] for reading, counts in counted.items()}


def _is_unknown(analyzer: Analyzer, holding: Callable[[str], int], word: str) -> bool:
    return any(not holding(term) for term in analyzer.terms(word))


def _written(text: str, spelled: Callable[[str], str | None]) -> str:
    best: list[tuple[float, int, str]] = [(0.0, 0, "")]  # of each place: what the way there costs, its last step
    for end in range(1, len(text) + 1):
        steps = [(best[end - 1][0] + UNKNOWN, end - 1, text[end - 1])]
        for start in range(max(0, end - LONGEST), end):
            part = text[start:end]
            if readings().get(part) == ():
                steps.append((best[start][0] + GRAMMAR, start, part))
            elif len(part) >= SHORT and _may_end(text, end) and (spelling := spelled(part)):
                steps.append((best[start][0] + (WORD if len(part) > SHORT else SHORT_WORD), start, spelling))
        best.append(min(steps, key=lambda step: step[0]))
    parts, end = [], len(text)
    while end:
        _, end, part = best[end]
        parts.append(part)
    return "".join(reversed(parts))


def _may_end(text: str, end: int) -> bool:
    """Whether a word may end there: not before っ or ん, unless grammar begins with it (って, んです)."""
    return text[end : end + 1] not in _WITHIN or any(
        readings().get(text[end:stop]) == () for stop in range(end + SHORT, end + LONGEST)
    )


@lru_cache(maxsize=1)
def readings() -> Mapping[str, tuple[str, ...]]:
    """Our list: how words are spelled, by their readings, the most usual spelling first; none of what is grammar."""
    with LIST.open(encoding="utf-8") as lines:
        parted = (line.rstrip("\n").partition("\t") for line in lines)
        return {reading: tuple(filter(None, words.split(";"))) for reading, _, words in parted}
