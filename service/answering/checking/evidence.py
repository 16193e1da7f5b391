"""Passages as evidence: what of each can be compared with what is said, and which of them carry a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from knowledge.language.languages import language
from knowledge.passages import Hit, Passage, titles
from service.answering.checking.bounds import misses
from service.answering.checking.denials import denied
from service.answering.checking.facts import Facts, facts, unsupported
from service.answering.checking.implied import implied
from service.answering.checking.labelled import rows, swapped
from service.answering.checking.leading import LISTED, POINTS
from service.answering.texts.terms import STOP, terms

RELATED = 0.2  # share of a citing sentence's content words that its passage must hold: it may be put in other words
ATTRIBUTED = 0.5  # the same for a sentence that cites nothing, to be taken for that passage's
ALIKE = 0.5  # share of the content words of two titles that are the same, where they part two of a kind
NOTHING = facts("")
FEW = 6  # words: so short a text is no measure of
COMMON = 0.15  # share of an English sentence's words that are in every text; from a third to a half is usual
_LATIN = re.compile(r"[a-z][a-z']*")


class Source:
    """A passage as evidence; what few sentences need is looked for when one does."""

    def __init__(self, passage: Passage, asked: Facts) -> None:
        self.lang, self.text = passage.lang, passage.text
        self.points = len(LISTED.findall(passage.text))
        self.above = terms(passage.question or titles(passage))
        if passage.kind == "log":  # another customer's words prove nothing, but where this one says the same
            said, told = facts(passage.text), facts(passage.question or "")
            exact, numbers = said.exact | (told.exact & asked.exact), said.numbers | (told.numbers & asked.numbers)
            self.facts, self.terms, self._all = Facts(exact, numbers, said.names, said.text), terms(passage.text), ""
            return
        self._all = text = f"{titles(passage)}\n{passage.question or ''}\n{passage.text}"
        held = facts(f"{passage.url or ''}\n{POINTS.sub('', text)}")
        points = {(number, "point") for number in POINTS.findall(text)}  # "3." is the third step and no three days
        self.facts, self.terms = Facts(held.exact, held.numbers | points, held.names, held.text), terms(text)

    @property
    def implied(self) -> Facts:
        """What it says without these words."""
        return implied(self._all)

    def denies(self, bare: str, said: Facts, of: frozenset[str], others: Facts) -> bool:
        """Whether it denies what a sentence says, or says it of another thing."""
        if denied(bare, of, self.text) or swapped(bare, said, of, rows(self.text), others):
            return True
        return misses(said.text, self.facts.text)


class Evidence:
    """The question, and the passages by the numbers that they are cited by."""

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        self.asked, self.asked_terms = facts(question), terms(question)
        self.sources = {n: Source(hit.passage, self.asked) for n, hit in enumerate(hits, 1)}

    def is_held_by_all(self, said: Facts) -> bool:
        """Whether the facts stand in the passages, in whichever of them."""
        return not self._lacks(said, self.sources.values())

    def carries_begun(self, text: str, said: Facts, of: frozenset[str]) -> bool:
        """Whether one passage carries a sentence as far as it is there."""
        return any(
            (self._share(of, source) >= ATTRIBUTED or (bool(said) and _is_foreign(text, source)))
            and not self._lacks(said, [source])
            and not source.denies(text, said, of, NOTHING)
            for source in self.sources.values()
        )

    def supporting(self, cited: Iterable[int], bare: str, said: Facts, of: frozenset[str]) -> list[int]:
        """Those of the cited passages that carry a sentence; none when they do not carry all of it."""
        sources = {n: self.sources[n] for n in cited if n in self.sources and not self._is_about_another(of, n)}
        if not sources or self._lacks(said, sources.values(), works_out=True):
            return []
        carrying = [
            n
            for n, source in sources.items()
            if self.holds_some(said, n)
            or self._share(of, source) >= RELATED
            or (of - self.asked_terms and _is_foreign(bare, source))
        ]
        if not self._lacks(said, [sources[n] for n in carrying], works_out=True):
            return carrying
        held = frozenset().union(*(source.terms for source in sources.values()))  # some of its facts stand in each
        return [*sources] if self._share_of(of, held) >= RELATED else []

    def best(self, bare: str, said: Facts, of: frozenset[str]) -> int | None:
        """The passage that carries a whole sentence best, where one does."""
        best, most = None, 0.0
        holds_some = bool(said.exact or said.numbers)  # as the method, where all is supported
        for n, source in self.sources.items():
            share = self._share(of, source)
            enough = RELATED if holds_some else ATTRIBUTED
            if holds_some and _is_foreign(bare, source):
                share = max(share, enough)
            if share < enough or not of or share <= most:
                continue
            if not (self._is_about_another(of, n) or self._lacks(said, [source])):
                best, most = n, share
        return best

    def denies(self, bare: str, said: Facts, of: frozenset[str], cited: Sequence[int]) -> bool:
        """Whether one of the cited passages denies what a sentence says, or says it of another thing."""
        sources = [self.sources[n] for n in cited]
        return any(
            source.denies(bare, said, of, _joined([each for each in sources if each is not source]))
            for source in sources
        )

    def _lacks(self, said: Facts, sources: Iterable[Source], *, works_out: bool = False) -> bool:
        """Whether the passages together do not hold all facts of a sentence, in its words or in others.

        `works_out` is whether what follows from their numbers counts.
        """
        sources = [*sources]
        if not unsupported(said, _joined(sources), self.asked):
            return False
        told = _joined(sources, implied=True)
        return not sources or bool(unsupported(said, told, self.asked, works_out=works_out))

    def holds_some(self, said: Facts, number: int) -> bool:
        """Whether a sentence has facts of its own, beyond the question's names, that a passage holds."""
        return bool(said.exact or said.numbers) and not self._lacks(said, [self.sources[number]], works_out=True)

    def _is_about_another(self, of: frozenset[str], number: int) -> bool:
        """Whether a sentence names what another passage is about, where this one is about its counterpart.

        Such as the private customers of one and the companies of the other, of two with the same title but for these.
        """
        source = self.sources[number]
        for other in self.sources.values():
            named = of & other.above - source.above - source.terms
            if named and source.above - other.above and not of & source.above - other.above:
                alike = len(source.above & other.above)
                if alike >= ALIKE * max(len(source.above), len(other.above)):
                    return True
        return False

    def _share(self, of: frozenset[str], source: Source) -> float:
        return self._share_of(of, source.terms)

    def _share_of(self, of: frozenset[str], held: frozenset[str]) -> float:
        """How much of what a sentence speaks of is spoken of there too; the question's words count for nothing."""
        own = of - self.asked_terms
        if not own:
            return ATTRIBUTED if of and of & held else 0.0
        return len(own & held) / len(own)


def _joined(sources: Sequence[Source], *, implied: bool = False) -> Facts:
    """The facts of several passages as one, with those that they imply."""
    many = [source.facts for source in sources]
    more = [source.implied for source in sources] if implied else []
    if len(many) == 1 and not implied:
        return many[0]
    return Facts(
        frozenset().union(*(one.exact for one in (*many, *more))),
        frozenset().union(*(one.numbers for one in many)),
        frozenset(),
        "\n".join(one.text for one in many),
        implied=frozenset().union(*(one.numbers for one in more)),
    )


def _is_foreign(bare: str, source: Source) -> bool:
    return language(bare) != source.lang and _is_prose(bare)


def _is_prose(text: str) -> bool:
    """Whether a text may be a translation: of Latin words, some are such as no English sentence is without."""
    found = _LATIN.findall(text.casefold())
    return len(found) < FEW or sum(word in STOP for word in found) >= COMMON * len(found)
