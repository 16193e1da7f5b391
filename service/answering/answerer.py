"""Answers one question: finds passages, lets a model write or quotes, asks back, and says when it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from knowledge.filters import Filters
from knowledge.finder import Finder
from knowledge.language.languages import UNKNOWN, language
from knowledge.passages import Found
from knowledge.searching.query_vectors import QueryVectors
from knowledge.searching.reading import embedded
from service.answering.apart import Several, looked_for, together
from service.answering.citations import citations_of, only
from service.answering.messages import followups
from service.answering.messages.asking_again import asks_again, replayed
from service.answering.messages.asking_more import asks_more
from service.answering.messages.courtesies import courtesy, takes_up_offer, without_courtesies
from service.answering.messages.handover import is_stuck, wants_person
from service.answering.messages.questions import asked_apart
from service.answering.messages.tongues import switches, wished_language
from service.answering.messages.vague import is_one_word, is_vague, says_nothing
from service.answering.passages import choosing, clarifying, marked, siblings
from service.answering.prompting import prompts
from service.answering.quotations import quoting
from service.answering.quotations.quoting import Situation
from service.answering.telling import Clock, Ending, closing, finished, own_words
from service.answering.texts import days
from service.answering.texts.inert import inert
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
        level = _level(history, profile)
        lang = lang or _language(question, history)
        if tongue := wished_language(question):
            question, lang = tongue[1] or followups.before(history) or "", tongue[0]
        asked_on = without_courtesies(question)
        fresh, question = asked_on != question.strip() and followups.is_whole(asked_on), asked_on
        again = asks_again(question) if history else None
        said, history = history, _without_wishes(history, profile)  # the model is shown what was said
        told = replayed(history) if again == "doubted" else None
        # `blank` is an answer in all but its words
        blank = Answer("", "answered", (), 1.0, EXTRACTIVE, lang, "", level=level)
        if ending := self._at_once(question, history, lang):
            for event in own_words(blank, ending, clock):
                yield event
            return
        stuck = bool(history) and is_stuck(question)
        added = ""  # the last words, where they belong to an earlier question
        if wish := profile.level_wished(question):
            blank = replace(blank, level=wish.level.name)
            if wish.question and not courtesy(wish.question):
                question = wish.question
            elif last := replayed(history):
                added, question, history = question, _matter(last[0], profile), last[1]
            else:
                for event in own_words(blank, (profile.says(lang).level_changed or question, "answered", None), clock):
                    yield event
                return
        elif asks_more(question) and (last := replayed(history)) and (chain or profile.reply_to(last[0])):
            added, question, history = question, _matter(last[0], profile), last[1]
        if told:
            question, history = _matter(told[0], profile), told[1]
            said = history
        if (added or told) and (ending := self._at_once(question, history, lang)):  # as it was the first time
            for event in own_words(blank, ending, clock):
                yield event
            return
        question = days.spelled(followups.chosen(question, history), lang)
        missed = partial(self.missed, session)
        understood = Understanding(self.search, profile, self._settings, history, filters, chain, missed)
        await understood.look(question, fresh=fresh)
        lacking = "model_failure" if understood.failed else lacking
        if tongue:
            await understood.turn_to(lang)
        several = None
        if not (tongue or added or told):
            whole = understood.found.confidence >= self._settings.refuse_below
            several = await self._several(question, history, filters, lang, whole=whole, for_staff=for_staff)
        clock.retrieved()
        found, asked = (several.found, question) if several else (understood.found, understood.asked)
        blank = replace(blank, confidence=found.confidence, generation=found.generation, usage=understood.spent)
        situation = Situation(message=question)
        if not for_staff:
            situation = Situation.of(question)
            upset, otherwise = situation.upset or stuck, wish is not None and (bool(added) or not wish.apart)
            situation = replace(situation, upset=upset, otherwise=otherwise, again=told is not None)
        if ending := self._instead(asked, history, found, lang, lacking, situation, again=bool(tongue)):
            for event in own_words(blank, ending, clock):
                yield event
            return
        citations = citations_of(found.hits, None if for_staff else lang)
        yield Sources(citations)
        refusal = self._refusal(found, lang, situation)
        for served in chain:
            message = f"{question}\n{added}".strip()
            messages = prompts.build(message, said, found.hits, lang, profile, blank.level)
            task = Task(message, served, messages, blank, citations, found.hits, refusal, missed)
            async with aclosing(written(task, profile, clock)) as events:
                async for event in events:
                    yield event
            if clock.spoken:
                return
        blank, texts = replace(blank, lang=spoken(lang)), profile.says(lang)
        if several:
            text, used = several.text, several.used
        else:
            text, used = quoting.quoted(asked, found, lang, texts, situation, self._settings.refuse_below)
        if used:
            text += closing(profile, lang)
            yield clock.first(text)
            yield Done(finished(blank, text, clock, citations=only(citations, used)))
            return
        lacking = "model_failure" if chain else lacking or "missing_knowledge"
        yield clock.first(texts.failed)
        yield Done(finished(blank, texts.failed, clock, outcome="handoff", reason=lacking))

    async def _several(
        self, message: str, history: Sequence[Turn], filters: Filters, lang: str, *, whole: bool, for_staff: bool
    ) -> Several | None:
        """What is found and quoted for each question of a message that asks several.

        `whole` is whether the message as one finds something.
        """
        enough, texts = self._settings.refuse_below, self._profile.says(lang)

        async def look(question: str, so_far: Sequence[Turn]) -> Understanding:
            understood = Understanding(self.search, self._profile, self._settings, so_far, filters, (), _nobody)
            await understood.look(question)
            return understood

        def quote(question: str, asked: str, found: Found) -> tuple[str, list[int]]:
            situation = Situation(message=question) if for_staff else Situation.of(question)
            situation = replace(situation, may_choose=False, of_several=True)
            return quoting.quoted(asked, found, lang, texts, situation, enough)

        if not (questions := asked_apart(message)):
            return None
        parts = await looked_for(questions, history, look, quote, enough)
        return together(parts, self._settings.passages_per_answer, texts, whole=whole)

    def _at_once(self, question: str, history: Sequence[Turn], lang: str) -> Ending | None:
        """What is said without a search: to wishes that the profile knows or for a person, and to no question."""
        texts, both = self._profile.says(lang), self._profile.texts
        if not question:  # nothing but a wish for a language, and nothing before it
            return texts.greeting, "answered", None
        if reply := self._profile.reply_to(question):
            return (reply.ja if lang == "ja" else reply.en), reply.outcome, reply.reason
        if wants_person(question) or takes_up_offer(question, history, (both.ja.upset, both.en.upset)):
            return texts.handoff, "handoff", "customer_request"
        last = next((turn.text for turn in reversed(history) if turn.role == "user"), "")
        if last and switches(question, last):
            return texts.greeting, "answered", None
        if kind := courtesy(question, history):
            return getattr(texts, kind), "answered", None
        missed = bool(history) and asks_again(question) == "missed"
        if missed or says_nothing(question, history) or (not history and is_vague(question)):
            if clarifying.asked_back(history, (both.ja, both.en)) >= clarifying.PATIENCE:
                return texts.failed, "handoff", "clarification_failed"
            return texts.clarify, "clarify", None
        return None

    def _instead(
        self,
        asked: str,
        history: Sequence[Turn],
        found: Found,
        lang: str,
        lacking: Reason | None,
        situation: Situation,
        *,
        again: bool,
    ) -> Ending | None:
        """What is said instead of an answer, where there is none or the question is not clear.

        `again` is for a question that was answered before and is only wanted in another language.
        """
        texts, both, question = self._profile.says(lang), self._profile.texts, found.question
        back = clarifying.asked_back(history, (both.ja, both.en))
        unsure = not found.hits or found.confidence < self._settings.refuse_below
        # what leans on the conversation has been made clear by it
        alone = asked == question and not again and not situation.own and not (history and followups.leans(question))
        alone = alone and not siblings.series(asked, found.hits) and not marked.is_listed(asked, found.hits)
        names = clarifying.options(question, found.hits, lang) if alone and not unsure else []
        unclear = bool(names) or (unsure and not history and is_one_word(question))
        if unsure and situation.own:
            return texts.own_handoff, "handoff", "unsupported_request"
        if unsure and situation.upset:
            return texts.failed, "handoff", "policy"
        if (unsure and back) or (unclear and back >= clarifying.PATIENCE):
            return texts.failed, "handoff", "clarification_failed"
        if unclear:
            return inert(clarifying.asking(texts, names)), "clarify", None
        if unsure and lacking and history and followups.leans(question):  # a model might have understood it
            return texts.failed, "handoff", lacking
        if unsure:
            return self._refusal(found, lang, situation), "refused", "missing_knowledge"
        return None

    def _refusal(self, found: Found, lang: str, situation: Situation) -> str:
        """What is said where the documents hold no answer: what comes near to it is named to who may choose."""
        near = choosing.nearest(found, lang) if situation.may_choose else {}
        return inert(clarifying.refusing(self._profile.says(lang), [*near.values()]))


def _nobody(_served: Served, _why: str) -> None:
    """Nobody is told what a model missed, where none is asked."""


async def done(events: AsyncGenerator[Event, None]) -> Done:
    """The end of a stream, where nobody reads along."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Done):
                return event
    raise AssertionError("a stream ends with the whole answer")


def _level(history: Sequence[Turn], profile: Profile) -> str | None:
    """The learner's level: that of the last answer, or the one last wished for where a client keeps no levels."""
    for turn in reversed(history):
        if turn.level:
            return turn.level
        if turn.role == "user" and (wish := profile.level_wished(turn.text)):
            return wish.level.name
    return None


def _without_wishes(history: Sequence[Turn], profile: Profile) -> Sequence[Turn]:
    """A conversation without the messages that only wished for a level: no question leans on them."""
    if not profile.levels:
        return history
    return [turn for turn in history if turn.role != "user" or not profile.only_wishes_level(turn.text)]


def _matter(question: str, profile: Profile) -> str:
    """What an earlier message asked, without thanks and wishes."""
    question = without_courtesies(question)
    wish = profile.level_wished(question)
    return wish.question if wish and wish.question else question


def _language(question: str, history: Sequence[Turn]) -> str:
    """The customer's language; of a message without words, such as a number, that of the message before."""
    for text in (question, *(turn.text for turn in reversed(history) if turn.role == "user")):
        if (lang := language(text)) != UNKNOWN:
            return lang
    return UNKNOWN
