"""Finds the passages that belong to a message within its conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from knowledge.errors import ModelUnavailable
from knowledge.filters import Filters
from knowledge.passages import Found
from service.answering.messages import followups
from service.answering.passages import choosing, marked, numbered, siblings, turning
from service.answering.passages.rows import looked_up
from service.answering.prompting import prompts
from service.answering.quotations import quoting
from service.answering.texts import days
from service.answers import Turn, Usage
from service.models.registry import Served
from service.profile import Profile
from service.settings import ServiceSettings

Search = Callable[[str, int, Filters | None], Awaitable[Found]]
UNPRICED = 0.5  # of the confidence below which is refused, for a price that none of the passages tells
REWRITTEN = 300  # characters of a question that a model has put anew


class Understanding:
    """One message on its way to its passages: each step may find better ones than those before it."""

    found: Found
    question: str  # the message, with its words as they are spelled
    asked: str  # the question that found the passages

    def __init__(
        self,
        search: Search,
        profile: Profile,
        settings: ServiceSettings,
        history: Sequence[Turn],
        filters: Filters | None,
        chain: Sequence[Served],
        missed: Callable[[Served, str], None],
    ) -> None:
        """`chain` are the models that are there to help; `missed` is told when one does not."""
        self._search, self._profile, self._settings = search, profile, settings
        self._history, self._filters, self._chain = history, filters, chain
        self._missed = missed
        self._limit, self._enough = settings.passages_per_answer, settings.refuse_below
        self.spent = Usage()
        self.failed = False  # a model that was to help

    async def look(self, message: str, *, fresh: bool = False) -> None:
        """Find the passages of a message; a `fresh` one begins a matter of its own.

        One that leans on the conversation is searched alone and with what the customer asked before; the surer ranking
        is taken. One that stands alone is helped only when it finds nothing sure, and only by what speaks of it. A
        model, where there is one, is asked to put a leaning question anew only when both are unsure, and for a moment
        only. A code that is looked up in a table is sure enough to be quoted, with doubt.
        """
        rest = followups.corrected(message) if self._history else None
        alone = self.found = await self._searched(rest or message)
        self.question = self.asked = alone.question or rest or message
        before = followups.before(self._history)
        if before is not None and not (fresh and self._is_sure()):
            await self._go_on(before, corrects=rest is not None)
        await self._by_synonyms()
        await self._look_further_down()
        await self._look_for_marks(before)
        await self._look_for_numbers()
        if not self._is_sure() and (holding := looked_up(self.question, self.found.hits)):
            self.found = replace(self.found, hits=holding, confidence=self._enough)
        self._doubt_without_price(alone)
        self.found = replace(self.found, question=self.question)

    async def turn_to(self, lang: str) -> None:
        """Take the passages of the language that the customer wishes for, where they answer too."""
        wanted = replace(self._filters or Filters(), lang=(lang,))
        other = await self._search(self.asked, self._limit, wanted)
        if other.confidence >= self._enough:
            self.found = replace(other, lang=lang)

    async def _searched(self, question: str, times: int = 1) -> Found:
        return await self._search(question, times * self._limit, self._filters)

    def _is_sure(self) -> bool:
        return self.found.confidence >= self._enough

    def _take(self, other: Found, asked: str) -> None:
        self.found, self.asked = replace(other, lang=self.found.lang), asked

    async def _go_on(self, before: str, corrects: bool) -> None:
        """With what the customer asked before."""
        question, history, enough = self.question, self._history, self._enough
        back = bool(history) and history[-1].role == "assistant" and history[-1].outcome == "clarify"
        leans = followups.leans(question)
        named_alone = siblings.is_named_alone(question, self.found)
        leaning = back or leans or named_alone or corrects
        doubtful = quoting.is_doubtful(self.found.confidence, enough)
        if leaning or doubtful or turning.rivals(self.found):
            joined = followups.joined(before, question)
            # Where leaning, siblings of the best passage are looked for: what another branch says of the same.
            other = await self._searched(joined, siblings.WIDER if leaning else 1)
            other = siblings.with_named([question, *reversed(before.split("\n")[1:])], other, self._limit)
            lead = followups.LEAD if (leans or named_alone) and not corrects and other.confidence >= enough else 0.0
            surer = other.confidence + lead > self.found.confidence
            if leaning:
                whole = not (back or named_alone or corrects) and (not leans or followups.is_whole(question))
                another = not (back or corrects) and turning.is_of_another(question, other, whole=whole)
                goes_on = surer and not another and not (self._is_sure() and turning.turns(question, self.found, other))
            elif doubtful and surer and turning.tells_more(question, self.found, other):
                goes_on = True
            else:  # the earlier question must not be answered again in the place of one of its own
                goes_on = self._is_sure() and turning.settles(self.found, other)
            if goes_on:
                self._take(turning.as_told(question, other, history), joined)
                if (leaning or doubtful) and not back:
                    self._doubt_of_another()
        if leans and not self._is_sure():
            await self._put_in_its_place(before)
        if leaning and not self._is_sure() and self._chain:
            await self._ask_model()

    def _doubt_of_another(self) -> None:
        """Doubt what was found for the earlier question's sake, where it says little of the message."""
        quoted = choosing.best_hit(self.asked, self.found.hits, self.found.lang, self.question)
        if turning.spoken_of(self.question, self.found.hits[quoted].passage) <= turning.HALF:
            self.found = replace(self.found, confidence=min(self.found.confidence, self._enough))

    async def _put_in_its_place(self, before: str) -> None:
        """What the earlier question finds about the other thing that this one names, where that is sure."""
        for anew in followups.put_anew(before, self.question):
            other = await self._searched(anew)
            surer = other.confidence > max(self.found.confidence, self._enough)
            if surer and siblings.speaks_of(self.question, other.hits[0]):
                self._take(other, anew)

    async def _ask_model(self) -> None:
        anew = await self._rewritten(self._chain[0])
        if anew and (other := await self._searched(anew)).confidence > self.found.confidence:
            self._take(other, anew)

    async def _by_synonyms(self) -> None:
        """By the glossary's other words."""
        if not self._is_sure() and (words := self._profile.synonyms(self.asked)):
            other = await self._searched(f"{self.asked} {' '.join(words)}")
            if other.confidence > self.found.confidence:
                self._take(other, self.asked)

    async def _look_further_down(self) -> None:
        """For what stands further down: of each branch for who asks which, of a day for who names one."""
        which, on_day = siblings.asks_which(self.asked), bool(days.days(self.question))
        if not (which or on_day) or not self.found.hits:
            return
        wide = await self._searched(self.asked, siblings.WIDER)
        if which and siblings.series(self.asked, wide.hits):
            hits = siblings.with_series(self.asked, wide, self._limit).hits
            self.found = replace(self.found, hits=hits, confidence=max(self.found.confidence, self._enough))
        elif on_day:
            self.found = replace(self.found, hits=choosing.with_day(self.question, self.found.hits, wide.hits))

    async def _look_for_marks(self, before: str | None) -> None:
        """For the rows of a table that are marked, or are not, in a column that is asked about; they come first."""
        question = self.question
        said = followups.joined(before, question) if before and followups.leans(question) else question
        if not marked.asks(said):
            return
        table = marked.table_of(said, self.found.hits)
        if table is None and marked.asks_of_contents(said):
            table = marked.table_of(said, (await self._searched(said, siblings.WIDER)).hits)
        if table is None:
            return
        of_document = await self._search(said, marked.ALL, marked.within(table, self._filters))
        sure = self._enough + quoting.DOUBTED * (1 - self._enough)
        rows = marked.with_rows(said, table, of_document.hits, self.found, sure)
        if rows is not self.found:
            self.found, self.asked = rows, said

    async def _look_for_numbers(self) -> None:
        """For the article or section that the message names by its number."""
        named = numbered.asked_for(self.question)
        if not named:
            return
        wide = await self._search(self.question, numbered.ALL, self._filters)
        if not (hits := numbered.holding(named, wide.hits)):
            return
        alone = numbered.is_all_that_is_asked(self.question)
        known = {hit.passage.id for hit in hits}
        others = [hit for hit in self.found.hits if hit.passage.id not in known and not alone]
        sure = self._enough + quoting.DOUBTED * (1 - self._enough) * alone
        first = tuple((*hits, *others)[: self._limit])
        self.found = replace(self.found, hits=first, confidence=max(self.found.confidence, sure))

    def _doubt_without_price(self, alone: Found) -> None:
        """Refuse who asks for a price that the passages do not tell, unless the message alone found it."""
        if not self._is_sure() or not choosing.lacks_price(
            self.question, self.asked, self.found.hits, self.found.lang, quoted=not self._chain
        ):
            return
        sure_alone = self.asked != self.question and alone.confidence >= self._enough
        pointed = followups.points(self.question)
        if sure_alone and not pointed and choosing.tells_price_of(self.question, alone.hits, alone.lang):
            self.found, self.asked = alone, self.question
        else:
            self.found = replace(self.found, confidence=self._enough * UNPRICED)

    async def _rewritten(self, served: Served) -> str:
        """The question as the model puts it without the conversation; empty when it does not."""
        words = ""
        if not self._settings.rewrite_timeout_s:
            return words
        try:
            async with (
                asyncio.timeout(self._settings.rewrite_timeout_s),
                aclosing(served.model.stream(prompts.rewriting(self.question, self._history))) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        self.spent = served.priced(piece)
                        continue
                    words += piece
                    if len(words) > REWRITTEN:
                        return ""
        except TimeoutError:
            limit = self._settings.rewrite_timeout_s
            self._missed(served, f"It did not put a question anew within {limit:g} s (MADOGUCHI_REWRITE_TIMEOUT_S).")
            return ""
        except ModelUnavailable as error:
            self.failed = True
            self._missed(served, str(error))
            return ""
        return words.strip()
