"""Answers one question: finds passages, lets a model write or quotes, asks back, and says when it does not know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from knowledge.errors import ModelUnavailable
from knowledge.filters import Filters
from knowledge.finder import Finder
from knowledge.languages import UNKNOWN, language
from knowledge.passages import Found, Hit
from knowledge.query_vectors import QueryVectors
from knowledge.retrieval import embedded
from service import prompts
from service.answering import choosing, clarifying, days, followups, marked, quoting, siblings, turning
from service.answering.asking_again import asks_again, replayed
from service.answering.citations import citations_of, only
from service.answering.citing import Citations
from service.answering.courtesies import courtesy, takes_up_offer, without_courtesies
from service.answering.grounding import Grounding, inert
from service.answering.handover import is_stuck, wants_person
from service.answering.quoting import Situation
from service.answering.rows import looked_up
from service.answering.sentinel import Sentinel
from service.answering.thoughts import Thoughts
from service.answering.tongues import switches, wished_language
from service.answers import Answer, Citation, Delta, Done, Event, Outcome, Reason, Sources, Turn, Usage
from service.models.base import Model, sifted
from service.models.registry import Models, Served, UnknownModel
from service.models.specs import DEFAULT, EXTRACTIVE
from service.profile import Profile, load_profile
from service.settings import ServiceSettings

__all__ = ["DEFAULT", "EXTRACTIVE", "Answerer", "UnknownModel", "done"]

Ending = tuple[str, Outcome, Reason | None]
UNPRICED = 0.5  # of the confidence below which is refused, for a price that none of the passages tells
REWRITTEN = 300  # characters of a question that a model has put anew


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
            self._vectors.begin(embedded(without_courtesies(question)))

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
        chain, clock, profile = self.choose(model, session), _Clock(), self._profile
        filters = replace(filters or Filters(), for_customers=not for_staff)
        level = _level(history)
        lang = lang or _language(question, history)
        if tongue := wished_language(question):
            question, lang = tongue[1] or followups.before(history) or "", tongue[0]
        asked_on = without_courtesies(question)
        fresh, question = asked_on != question.strip() and followups.is_whole(asked_on), asked_on
        again = asks_again(question) if history else None
        told = replayed(history) if again == "doubted" else None
        # `blank` is an answer in all but its words
        blank = Answer("", "answered", (), 1.0, EXTRACTIVE, lang, "", level=level)
        if ending := self._at_once(question, history, lang):
            text, outcome, reason = ending
            for event in _said(blank, text, clock, outcome=outcome, reason=reason):
                yield event
            return
        if wish := profile.level_wished(question):
            blank = replace(blank, level=wish[0].name)
            question = wish[1] or next((turn.text for turn in reversed(history) if turn.role == "user"), "")
            if not question or profile.level_wished(question):
                for event in _said(blank, profile.says(lang).level_changed or question, clock):
                    yield event
                return
        stuck = bool(history) and is_stuck(question)
        if told:
            question, history = without_courtesies(told[0]), told[1]
        question = days.spelled(followups.chosen(question, history), lang)
        found, asked, spent, failed = await self._found(question, history, filters, chain, fresh=fresh)
        lacking = "model_failure" if failed else lacking
        if tongue:
            found = await self._in_language(lang, found, asked, filters)
        clock.retrieved()
        hits, blank = found.hits, replace(blank, confidence=found.confidence, generation=found.generation, usage=spent)
        situation = (
            Situation(message=question)
            if for_staff
            else replace(Situation.of(question), otherwise=wish is not None, again=told is not None)
        )
        situation = replace(situation, upset=situation.upset or (stuck and not for_staff))
        if ending := self._instead(asked, history, found, lang, lacking, situation, again=bool(tongue)):
            text, outcome, reason = ending
            for event in _said(blank, text, clock, outcome=outcome, reason=reason):
                yield event
            return
        citations = citations_of(hits, None if for_staff else lang)
        yield Sources(citations)
        for served in chain:
            messages = prompts.build(question, history, hits, lang, profile, blank.level)
            turn = _Written(question, served, messages, blank, citations, hits, clock)
            async with aclosing(self._written(turn)) as events:
                async for event in events:
                    yield event
            if clock.spoken:
                return
        text, used = quoting.quoted(asked, found, lang, profile.says(lang), situation, self._settings.refuse_below)
        if not used:
            text, lacking = profile.says(lang).failed, "model_failure" if chain else lacking
            yield clock.first(text)
            yield Done(_finished(blank, text, clock, outcome="handoff", reason=lacking or "missing_knowledge"))
            return
        text += _closing(profile, lang)
        yield clock.first(text)
        yield Done(_finished(blank, text, clock, citations=only(citations, used)))

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
        if missed or clarifying.says_nothing(question, history) or (not history and clarifying.is_vague(question)):
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
        alone = alone and not siblings.series(asked, found.hits) and not marked.listed(asked, found.hits, lang)[1]
        names = clarifying.options(question, found.hits, lang) if alone and not unsure else []
        unclear = bool(names) or (unsure and not history and clarifying.is_one_word(question))
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
            return texts.refusal, "refused", "missing_knowledge"
        return None

    async def _found(
        self,
        question: str,
        history: Sequence[Turn],
        filters: Filters | None,
        chain: Sequence[Served],
        *,
        fresh: bool = False,
    ) -> tuple[Found, str, Usage, bool]:
        """The passages, the question as it was understood, what that took, and whether a model failed to help with it.

        A message that leans on the conversation is searched alone and with what the customer asked before; the surer
        ranking is taken. One that stands alone is helped only when it finds nothing sure. A model, where there is one,
        is asked to put a leaning question anew only when both are unsure, and for a moment only. A code that is looked
        up in a table is sure enough to be quoted, with doubt.
        """
        limit, enough = self._settings.passages_per_answer, self._settings.refuse_below
        rest = followups.corrected(question) if history else None
        alone = found = await self.search(rest or question, limit, filters)
        spent, failed = Usage(), False
        asked = question = found.question or rest or question
        before = followups.before(history)
        back = bool(history) and history[-1].role == "assistant" and history[-1].outcome == "clarify"
        if before is not None and not (fresh and found.confidence >= enough):
            leans = followups.leans(question)
            named_alone = siblings.is_named_alone(question, found)
            leaning = back or leans or named_alone or rest is not None
            doubtful = quoting.is_doubtful(found.confidence, enough)
            if leaning or doubtful or turning.rivals(found):
                joined = followups.joined(before, question)
                # Where leaning, siblings of the best passage are looked for: what another branch says of the same.
                other = await self.search(joined, limit * (siblings.WIDER if leaning else 1), filters)
                other = siblings.with_named([question, *reversed(before.split("\n")[1:])], other, limit)
                lead = followups.LEAD if (leans or named_alone) and not rest and other.confidence >= enough else 0.0
                if not leaning and found.confidence >= enough:
                    surer = doubtful and other.confidence > found.confidence and turning.helps(question, other)
                    goes_on = surer or turning.settles(found, other)
                else:
                    surer = other.confidence + lead > found.confidence
                    goes_on = surer and not (found.confidence >= enough and turning.turns(question, found, other))
                if goes_on:
                    found, asked = replace(turning.as_told(question, other, history), lang=found.lang), joined
            if leans and found.confidence < enough:
                found, asked = await self._put_anew(before, question, found, asked, filters)
            if leaning and found.confidence < enough and chain:
                anew, spent, failed = await self._rewritten(question, history, chain[0])
                other = await self.search(anew, limit, filters) if anew else found
                if other.confidence > found.confidence:
                    found, asked = replace(other, lang=found.lang), anew
        if found.confidence < enough and (words := self._profile.synonyms(asked)):
            other = await self.search(f"{asked} {' '.join(words)}", limit, filters)
            if other.confidence > found.confidence:
                found = replace(other, lang=found.lang)
        found = await self._looked_wider(question, asked, found, filters)
        said = followups.joined(before, question) if before and followups.leans(question) else question
        if marked.asks(said) and (rows := await self._marked(said, found, filters)) is not found:
            found, asked = rows, said
        if found.confidence < enough and (holding := looked_up(question, found.hits)):
            found = replace(found, hits=holding, confidence=enough)

        def unpriced(found: Found, asked: str) -> bool:
            return choosing.lacks_price(question, asked, found.hits, found.lang, quoted=not chain)

        if found.confidence >= enough and unpriced(found, asked):
            turned = asked != question and not followups.points(question) and alone.confidence >= enough
            if turned and choosing.tells_price_of(question, alone.hits, alone.lang):
                found, asked = alone, question
            else:
                found = replace(found, confidence=enough * UNPRICED)
        return replace(found, question=question), asked, spent, failed

    async def _looked_wider(self, question: str, asked: str, found: Found, filters: Filters | None) -> Found:
        """The passages with what stands further down: of each branch for who asks which, of a day for who names one."""
        which, on_day = siblings.asks_which(asked), bool(days.days(question))
        if not (which or on_day) or not found.hits:
            return found
        limit, enough = self._settings.passages_per_answer, self._settings.refuse_below
        wide = await self.search(asked, limit * siblings.WIDER, filters)
        if which and siblings.series(asked, wide.hits):
            hits = siblings.with_series(asked, wide, limit).hits
            return replace(found, hits=hits, confidence=max(found.confidence, enough))
        return replace(found, hits=choosing.with_day(question, found.hits, wide.hits)) if on_day else found

    async def _marked(self, said: str, found: Found, filters: Filters | None) -> Found:
        """The passages with the rows of a table first that are marked, or are not, in a column that is asked about."""
        table = marked.table_of(said, found.hits)
        if table is None and marked.asks_of_contents(said):
            wide = await self.search(said, self._settings.passages_per_answer * siblings.WIDER, filters)
            table = marked.table_of(said, wide.hits)
        if table is None:
            return found
        of_document = await self.search(said, marked.ALL, marked.within(table, filters))
        sure = self._settings.refuse_below + quoting.DOUBTED * (1 - self._settings.refuse_below)
        return marked.with_rows(said, table, of_document.hits, found, sure)

    async def _put_anew(
        self, before: str, question: str, found: Found, asked: str, filters: Filters | None
    ) -> tuple[Found, str]:
        """What the earlier question finds about the other thing that this one names, where that is sure."""
        for anew in followups.put_anew(before, question):
            other = await self.search(anew, self._settings.passages_per_answer, filters)
            if other.confidence > max(found.confidence, self._settings.refuse_below) and siblings.speaks_of(
                question, other.hits[0]
            ):
                found, asked = replace(other, lang=found.lang), anew
        return found, asked

    async def _in_language(self, lang: str, found: Found, asked: str, filters: Filters | None) -> Found:
        """The passages of the language that the customer wishes for, where they answer too."""
        wanted = replace(filters or Filters(), lang=(lang,))
        other = await self.search(asked, self._settings.passages_per_answer, wanted)
        return replace(other, lang=lang) if other.confidence >= self._settings.refuse_below else found

    async def _rewritten(self, question: str, history: Sequence[Turn], served: Served) -> tuple[str, Usage, bool]:
        """The question as the model puts it without the conversation, empty when it does not; and whether it failed."""
        words, usage = "", Usage()
        if not self._settings.rewrite_timeout_s:
            return words, usage, False
        try:
            async with (
                asyncio.timeout(self._settings.rewrite_timeout_s),
                aclosing(served.model.stream(prompts.rewriting(question, history))) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = served.priced(piece)
                        continue
                    words += piece
                    if len(words) > REWRITTEN:
                        return "", usage, False
        except TimeoutError:
            return "", usage, False
        except ModelUnavailable:
            return "", usage, True
        return words.strip(), usage, False

    async def _written(self, turn: _Written) -> AsyncGenerator[Event, None]:
        """What the model writes. Ends without a word, and without Done, when it failed before its first."""
        blank, clock, profile = replace(turn.blank, model=turn.served.alias), turn.clock, self._profile
        silence, citing, thoughts = Sentinel(), Citations(len(turn.hits)), Thoughts()
        ground = Grounding(turn.question, turn.hits, blank.lang, turn.messages[0].text, profile.cite_everything)
        said: list[str] = []
        usage = blank.usage
        wrote = False

        def checked(piece: str) -> str:
            nonlocal wrote
            piece = thoughts.feed(piece)
            wrote = wrote or bool(piece.strip())
            words = citing.feed(silence.feed(piece))
            return ground.feed(words) if words else ""

        def shown(words: str) -> Delta | None:
            if not said:
                words = words.lstrip()
            if not words:
                return None
            said.append(words)
            return clock.first(words)

        try:
            async with aclosing(sifted(turn.served.model, turn.messages, checked)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = blank.usage + turn.served.priced(piece)
                    elif delta := shown(piece):
                        yield delta
        except ModelUnavailable:
            if said:
                raise
            return
        rest = thoughts.end()
        if not (wrote or rest.strip()):
            return
        last = silence.feed(rest) + silence.end()
        if delta := shown(ground.feed(citing.feed(last) + citing.end()) + ground.end()):
            yield delta
        blank = replace(blank, usage=usage)
        if not ground.kept:
            yield clock.first(said_more := _after(said, profile.says(blank.lang).refusal))
            said.append(said_more)
            yield Done(_finished(blank, "".join(said), clock, outcome="refused", reason="missing_knowledge"))
            return
        used = ground.used
        if used and (closing := _closing(profile, blank.lang)):
            said.append(closing)
            yield clock.first(closing)
        yield Done(_finished(blank, "".join(said), clock, citations=only(turn.citations, used)))


async def done(events: AsyncGenerator[Event, None]) -> Done:
    """The end of a stream, where nobody reads along."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Done):
                return event
    raise AssertionError("a stream ends with the whole answer")


@dataclass(frozen=True, slots=True)
class _Written:
    """What one model is asked to write."""

    question: str
    served: Served
    messages: Sequence[prompts.Message]
    blank: Answer
    citations: tuple[Citation, ...]
    hits: Sequence[Hit]
    clock: _Clock


class _Clock:
    """When things happened, in milliseconds since the question came in."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._retrieval = self._first_token = 0
        self.spoken = False

    def retrieved(self) -> None:
        self._retrieval = self._elapsed()

    def first(self, text: str) -> Delta:
        """A delta; the first one is timed."""
        if not self.spoken:
            self.spoken, self._first_token = True, self._elapsed()
        return Delta(text)

    def timings(self) -> dict[str, int]:
        return {"retrieval": self._retrieval, "first_token": self._first_token, "total": self._elapsed()}

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._start) * 1000)


def _after(said: Sequence[str], text: str) -> str:
    return f"\n{text}" if said else text


def _closing(profile: Profile, lang: str) -> str:
    closing = profile.says(lang).closing
    return f"\n\n{closing}" if closing else ""


def _level(history: Sequence[Turn]) -> str | None:
    """The learner's level that the last answer was written for."""
    return next((turn.level for turn in reversed(history) if turn.level), None)


def _language(question: str, history: Sequence[Turn]) -> str:
    """The customer's language; of a message without words, such as a number, that of the message before."""
    for text in (question, *(turn.text for turn in reversed(history) if turn.role == "user")):
        if (lang := language(text)) != UNKNOWN:
            return lang
    return UNKNOWN


def _said(
    blank: Answer, text: str, clock: _Clock, *, outcome: Outcome = "answered", reason: Reason | None = None
) -> tuple[Event, ...]:
    """A whole answer of the counter's own words."""
    delta = clock.first(text)
    return Sources(()), delta, Done(_finished(blank, text, clock, outcome=outcome, reason=reason))


def _finished(
    blank: Answer,
    text: str,
    clock: _Clock,
    *,
    outcome: Outcome = "answered",
    reason: Reason | None = None,
    citations: tuple[Citation, ...] = (),
) -> Answer:
    return replace(blank, text=text, outcome=outcome, reason=reason, citations=citations, timings_ms=clock.timings())
