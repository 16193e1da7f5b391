"""Answers one question: finds passages, lets the model write or quotes them, and says so when it does not know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import MappingProxyType

from knowledge.errors import MadoguchiError, ModelUnavailable
from knowledge.filters import Filters
from knowledge.languages import language
from knowledge.passages import Finder, Found, Hit
from service import extractive, prompts
from service.answers import Answer, Citation, Delta, Done, Event, Outcome, Reason, Sources, Turn, Usage
from service.citing import Citations, attribute
from service.handover import wants_person
from service.models import Model
from service.settings import ServiceSettings

DEFAULT, EXTRACTIVE = "default", "extractive"  # what answers can be asked of
QUOTE = 1000  # characters of a passage that a citation shows: a passage is seldom longer

REFUSAL = MappingProxyType({
    "ja": "申し訳ありません。手元の資料の中に、ご質問への答えが見つかりませんでした。"
    "別の言葉でお尋ねいただくか、担当者への取り次ぎをお申し付けください。",
    "en": "I am sorry, I could not find an answer to that in our documents. "
    "Please try other words, or ask to talk to a person.",
})  # fmt: skip
HANDOFF = MappingProxyType({
    "ja": "かしこまりました。担当者におつなぎします。",
    "en": "Certainly. I am passing you on to a person.",
})  # fmt: skip


class UnknownModel(MadoguchiError):
    """There is no model of that alias."""


class Answerer:
    """Free of HTTP and Redis: passages and history in, a stream of events out."""

    def __init__(self, finder: Finder, model: Model | None, settings: ServiceSettings) -> None:
        self._finder, self._model, self._settings = finder, model, settings

    @property
    def aliases(self) -> list[str]:
        """What can be asked for by name, the default first."""
        return [DEFAULT, EXTRACTIVE]

    def choose(self, alias: str | None) -> Model | None:
        """The model of an alias, or of the name that its provider gives it; None quotes. Raises UnknownModel."""
        if alias in (None, DEFAULT) or (self._model is not None and alias == self._model.name):
            return self._model
        if alias == EXTRACTIVE:
            return None
        raise UnknownModel(f"There is no model {alias!r}. There are: {', '.join(self.aliases)}.")

    async def search(self, question: str, limit: int, filters: Filters | None = None) -> Found:
        """The best passages; the one line where waiting crosses over to computing."""
        return await asyncio.to_thread(self._finder.search, question, limit, filters)

    async def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        lang: str | None = None,
        model: str | None = None,
        filters: Filters | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Yield Sources once, then Deltas, then Done; the deltas joined are the answer's text.

        Raises UnknownModel, NoKnowledge and its like before the first event, and ModelUnavailable when a model breaks
        off in the middle of its answer. One that fails before its first word is replaced by quoting.
        """
        chosen = self.choose(model)
        clock = _Clock()
        if wants_person(question):
            yield Sources(())
            asked_in = lang or language(question)
            text = HANDOFF["ja" if asked_in == "ja" else "en"]
            yield clock.first(text)
            yield Done(
                Answer(
                    text, "handoff", (), 1.0, EXTRACTIVE, asked_in, "", "customer_request", timings_ms=clock.timings()
                )
            )
            return
        found = await self._found(question, history, filters)
        clock.retrieved()
        hits, lang = found.hits, lang or found.lang
        citations = citations_of(hits)
        # `blank` is an answer in all but its words
        blank = Answer("", "answered", (), found.confidence, EXTRACTIVE, lang, found.generation)
        if not hits or found.confidence < self._settings.refuse_below:
            yield Sources(())
            refusal = _refusal(lang)
            yield clock.first(refusal)
            yield Done(_finished(blank, refusal, clock, outcome="refused", reason="missing_knowledge"))
            return
        yield Sources(citations)
        if chosen is not None:
            messages = prompts.build(question, history, hits, lang)
            async with aclosing(self._written(chosen, messages, blank, citations, hits, clock)) as events:
                async for event in events:
                    yield event
            if clock.spoken:
                return
        text, used = extractive.quote(question, hits)
        yield clock.first(text)
        yield Done(_finished(blank, text, clock, citations=_only(citations, used)))

    async def _found(self, question: str, history: Sequence[Turn], filters: Filters | None) -> Found:
        """Search for the question alone; when that brings nothing sure, with what the customer asked before."""
        limit = self._settings.passages_per_answer
        found = await self.search(question, limit, filters)
        before = next((turn.text for turn in reversed(history) if turn.role == "user"), None)
        if before is None or found.confidence >= self._settings.refuse_below:
            return found
        leaning = await self.search(f"{before}\n{question}", limit, filters)
        return max(found, replace(leaning, lang=found.lang), key=lambda one: one.confidence)

    async def _written(
        self,
        model: Model,
        messages: Sequence[prompts.Message],
        blank: Answer,
        citations: tuple[Citation, ...],
        hits: Sequence[Hit],
        clock: _Clock,
    ) -> AsyncGenerator[Event, None]:
        """What the model writes. Ends without a word, and without Done, when it failed before its first."""
        silence, citing = _Sentinel(), Citations(len(hits))
        said: list[str] = []
        usage = Usage()
        try:
            async with aclosing(model.stream(messages)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = self._priced(piece)
                    elif (words := citing.feed(silence.feed(piece))) and (said or words.strip()):
                        said.append(words if said else words.lstrip())
                        yield clock.first(said[-1])
        except ModelUnavailable:
            if said:
                raise
            return
        if rest := citing.feed(silence.end()) + citing.end():
            said.append(rest if said else rest.lstrip())
            yield clock.first(said[-1])
        blank = replace(blank, model=DEFAULT, usage=usage)
        if silence.found:
            if not "".join(said).strip():
                said.append(_refusal(blank.lang))
                yield clock.first(said[-1])
            yield Done(_finished(blank, "".join(said), clock, outcome="refused", reason="missing_knowledge"))
            return
        if not "".join(said).strip():
            return
        used = citing.used
        if not used:
            texts = {n: f"{hit.passage.question or ''}\n{hit.passage.text}" for n, hit in enumerate(hits, 1)}
            if used := attribute("".join(said), texts):
                said.append("".join(f"[{number}]" for number in used))
                yield Delta(said[-1])
        yield Done(_finished(blank, "".join(said), clock, citations=_only(citations, used)))

    def _priced(self, usage: Usage) -> Usage:
        prompt = usage.prompt_tokens * self._settings.price_per_million_prompt_tokens
        completion = usage.completion_tokens * self._settings.price_per_million_completion_tokens
        return replace(usage, cost=round((prompt + completion) / 1e6, 9))


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


class _Sentinel:
    """Takes the sentinel out of a stream of words, also where it comes in pieces."""

    def __init__(self) -> None:
        self.found = False
        self._held = ""

    def feed(self, delta: str) -> str:
        text = self._held + delta
        if prompts.SENTINEL in text:
            self.found, text = True, text.replace(prompts.SENTINEL, "")
        held = next((n for n in range(len(prompts.SENTINEL) - 1, 0, -1) if text.endswith(prompts.SENTINEL[:n])), 0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def end(self) -> str:
        text, self._held = self._held, ""
        return text


def _refusal(lang: str) -> str:
    return REFUSAL["ja" if lang == "ja" else "en"]


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


def _only(citations: Sequence[Citation], used: Sequence[int]) -> tuple[Citation, ...]:
    return tuple(citation for citation in citations if citation.n in used)


def citations_of(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The hits as citations, numbered from 1."""
    return tuple(_citation(number, hit) for number, hit in enumerate(hits, 1))


def _citation(number: int, hit: Hit) -> Citation:
    passage = hit.passage
    quote = passage.text if len(passage.text) <= QUOTE else passage.text[: QUOTE - 1].rstrip() + "…"
    return Citation(
        n=number,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=passage.title,
        source=passage.source,
        page=passage.page,
        anchor=passage.anchor,
        url=passage.url,
        quote=quote,
        score=hit.score,
    )
