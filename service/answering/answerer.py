"""Answers one question: finds passages, lets a model write or quotes, asks back, and says when it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from knowledge.filters import Filters
from knowledge.finder import Finder
from knowledge.passages import Found
from knowledge.searching.query_vectors import QueryVectors
from knowledge.searching.reading import embedded
from service.answering.apart import Several, looked_for, together
from service.answering.citations import citations_of, only
from service.answering.endings import instead, refusal
from service.answering.hearing import Heard, hear
from service.answering.messages.courtesies import without_courtesies
from service.answering.messages.questions import asked_apart
from service.answering.prompting import prompts
from service.answering.quotations import quoting
from service.answering.quotations.quoting import Situation
from service.answering.telling import Clock, closing, finished, own_words
from service.answering.understanding import Understanding
from service.answering.writing import Task, written
from service.answers import Answer, Done, Event, Reason, Sources, Turn
from service.models.base import Model
from service.models.registry import Models, Served, UnknownModel
from service.models.specs import DEFAULT, EXTRACTIVE
from service.profile import Profile, load_profile, spoken
from service.settings import ServiceSettings

__all__ = ["DEFAULT", "EXTRACTIVE", "Answerer", "UnknownModel", "done"]


class Answerer:
    """Free of HTTP and Redis: passages and history in, a stream of events out."""

    def __init__(
        self,
        finder: Finder,
        models: Models | Model | None,
        settings: ServiceSettings,
        profile: Profile | None = None,
        vectors: QueryVectors | None = None,
    ) -> None:
        self._vectors = vectors
        self._finder, self._settings = finder, settings
        self._models = models if isinstance(models, Models) else Models.single(models, settings)
        self._profile = profile or load_profile(settings.profile)

    @property
    def aliases(self) -> list[str]:
        """What can be asked for by name, the default first."""
        return self._models.aliases

    def choose(self, alias: str | None, session: str | None = None) -> tuple[Served, ...]:
        """The models that an alias stands for, in the order in which they are asked; none quotes.

        Raises UnknownModel.
        """
        return self._models.chain(alias, session)

    async def search(self, question: str, limit: int, filters: Filters | None = None) -> Found:
        """The best passages; the one line where waiting crosses over to computing."""
        if self._vectors is not None and question.strip():
            await self._vectors.prepare(embedded(question))
        return await asyncio.to_thread(self._finder.search, question, limit, filters)

    def expect(self, question: str) -> None:
        """Begin to embed a question, while its conversation is still being looked up."""
        if self._vectors is not None and question.strip():
            for text in embedded(without_courtesies(question)):
                self._vectors.begin(text)

    def missed(self, session: str | None, served: Served, why: str) -> None:
        """Called where a model gave nothing, and another or a quotation steps in: for those who watch."""

    async def close(self) -> None:
        """Give the connections of the search back, in the event loop that used them; the models' are not ours."""
        if self._vectors is not None:
            await self._vectors.close()

    async def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        lang: str | None = None,
        model: str | None = None,
        filters: Filters | None = None,
        session: str | None = None,
        lacking: Reason | None = None,
        for_staff: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Yield Sources once, then Deltas, then Done; the deltas joined are the answer's text.

        `session` decides which model answers a share of the sessions. `lacking` is why none is asked that would have
        been: the reason of a handoff where only a model could have helped. Customers are told nothing that is meant for
        the company's own people alone, unless the answer is `for_staff`. Raises UnknownModel, NoKnowledge and its like
        before the first event, and ModelUnavailable when a model breaks off after its first words. One that fails
        before them is replaced by its fallback, and in the end by quoting.
        """
        chain, clock, profile = self.choose(model, session), Clock(), self._profile
        filters = replace(filters or Filters(), for_customers=not for_staff)
        missed, enough = partial(self.missed, session), self._settings.refuse_below
        heard = hear(question, history, lang, profile, writes=bool(chain))
        question, history, lang = heard.question, heard.history, heard.lang
        # `blank` is an answer in all but its words
        blank = Answer("", "answered", (), 1.0, EXTRACTIVE, lang, "", level=heard.level)
        if heard.ending:
            for event in own_words(blank, heard.ending, clock):
                yield event
            return
        understood = Understanding(self.search, profile, self._settings, history, filters, chain, missed)
        await understood.look(question, fresh=heard.fresh)
        lacking = "model_failure" if understood.failed else lacking
        if heard.turned:
            await understood.turn_to(lang)
        whole = understood.found.confidence >= enough
        several = await self._several(heard, filters, whole=whole, for_staff=for_staff) if heard.is_new else None
        clock.retrieved()
        found, asked = (several.found, question) if several else (understood.found, understood.asked)
        blank = replace(blank, confidence=found.confidence, generation=found.generation, usage=understood.spent)
        situation = Situation(message=question) if for_staff else _situation(heard)
        ending = instead(asked, history, found, lang, profile, enough, situation, lacking, turned=heard.turned)
        if ending:
            for event in own_words(blank, ending, clock):
                yield event
            return
        citations = citations_of(found.hits, None if for_staff else lang)
        yield Sources(citations)
        refused = refusal(found, lang, profile, situation)
        for served in chain:
            message = f"{question}\n{heard.added}".strip()
            messages = prompts.build(message, heard.said, found.hits, lang, profile, blank.level)
            task = Task(message, served, messages, blank, citations, found.hits, refused, missed)
            async with aclosing(written(task, profile, clock)) as events:
                async for event in events:
                    yield event
            if clock.spoken:
                return
        blank, texts = replace(blank, lang=spoken(lang)), profile.says(lang)
        if several:
            text, used = several.text, several.used
        else:
            text, used = quoting.quoted(asked, found, lang, texts, situation, enough)
        if used:
            text += closing(profile, lang)
            yield clock.first(text)
            yield Done(finished(blank, text, clock, citations=only(citations, used)))
            return
        lacking = "model_failure" if chain else lacking or "missing_knowledge"
        yield clock.first(texts.failed)
        yield Done(finished(blank, texts.failed, clock, outcome="handoff", reason=lacking))

    async def _several(self, heard: Heard, filters: Filters, *, whole: bool, for_staff: bool) -> Several | None:
        """What is found and quoted for each question of a message that asks several.

        `whole` is whether the message as one finds something.
        """
        if not (questions := asked_apart(heard.question)):
            return None
        enough, lang, texts = self._settings.refuse_below, heard.lang, self._profile.says(heard.lang)

        async def look(question: str, so_far: Sequence[Turn]) -> Understanding:
            understood = Understanding(self.search, self._profile, self._settings, so_far, filters, (), _nobody)
            await understood.look(question)
            return understood

        def quote(question: str, asked: str, found: Found) -> tuple[str, list[int]]:
            situation = Situation(message=question) if for_staff else Situation.of(question)
            situation = replace(situation, may_choose=False, of_several=True)
            return quoting.quoted(asked, found, lang, texts, situation, enough)

        parts = await looked_for(questions, heard.history, look, quote, enough)
        return together(parts, self._settings.passages_per_answer, texts, whole=whole, for_staff=for_staff)


def _nobody(_served: Served, _why: str) -> None:
    """Nobody is told what a model missed, where none is asked."""


async def done(events: AsyncGenerator[Event, None]) -> Done:
    """The end of a stream, where nobody reads along."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Done):
                return event
    raise AssertionError("a stream ends with the whole answer")


def _situation(heard: Heard) -> Situation:
    """What a customer needs besides the words of documents."""
    situation = Situation.of(heard.question)
    return replace(situation, upset=situation.upset or heard.stuck, otherwise=heard.otherwise, again=heard.again)
