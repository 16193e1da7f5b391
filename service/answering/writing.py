"""Lets one model write an answer, and lets through what the passages say."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from knowledge.errors import ModelUnavailable
from knowledge.passages import Hit
from service.answering.checking.citing import Citations
from service.answering.checking.grounding import Grounding
from service.answering.checking.sentinel import Sentinel
from service.answering.checking.thoughts import Thoughts
from service.answering.citations import only
from service.answering.telling import Clock, closing, finished
from service.answers import Answer, Citation, Delta, Done, Event, Usage
from service.models.base import Message, sifted
from service.models.registry import Served
from service.profile import Profile, spoken


@dataclass(frozen=True, slots=True)
class Task:
    """What one model is asked to write."""

    question: str
    served: Served
    messages: Sequence[Message]
    blank: Answer  # all but its words
    citations: tuple[Citation, ...]
    hits: Sequence[Hit]
    refusal: str  # what is said where it knows no answer
    missed: Callable[[Served, str], None]  # told why a model gave not one word


async def written(task: Task, profile: Profile, clock: Clock) -> AsyncGenerator[Event, None]:
    """What the model writes. Ends without a word, and without Done, when it failed before its first.

    Raises ModelUnavailable when it breaks off after that.
    """
    blank = replace(task.blank, model=task.served.alias)
    silence, citing, thoughts = Sentinel(), Citations(len(task.hits)), Thoughts()
    ground = Grounding(
        task.question, task.hits, blank.lang, task.messages[0].text, profile.cite_everything, profile.never_say
    )
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
        async with aclosing(sifted(task.served.model, task.messages, checked)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    usage = blank.usage + task.served.priced(piece)
                elif delta := shown(piece):
                    yield delta
    except ModelUnavailable as error:
        if said:
            raise
        task.missed(task.served, str(error))
        return
    rest = thoughts.end()
    if not (wrote or rest.strip()):
        task.missed(task.served, "It ended without a word.")
        return
    last = silence.feed(rest) + silence.end()
    if delta := shown(ground.feed(citing.feed(last) + citing.end()) + ground.end()):
        yield delta
    blank = replace(blank, usage=usage)
    if not ground.kept:
        yield clock.first(said_more := f"\n{task.refusal}" if said else task.refusal)
        said.append(said_more)
        blank = replace(blank, lang=spoken(blank.lang))
        yield Done(finished(blank, "".join(said), clock, outcome="refused", reason="missing_knowledge"))
        return
    used = ground.used
    if used and (more := closing(profile, blank.lang)):
        said.append(more)
        yield clock.first(more)
    yield Done(finished(blank, "".join(said), clock, citations=only(task.citations, used)))
