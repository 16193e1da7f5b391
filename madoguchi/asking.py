"""`madoguchi ask` and `madoguchi search`: the counter on the command line, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowledge.counting import counted
from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.filters import Filters
    from knowledge.passages import Passage
    from service.answers import Citation
    from service.conversation import Ask, Told
    from service.settings import ServiceSettings

Collection = Annotated[str | None, typer.Option(help="Look in this collection only.")]
Restrictions = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        help="Only passages with this value: product=X, audience=X, lang=ja, kind=faq, source=X, tags=X, or "
        "on=2026-04-01 for those valid on that day. Several values of a field are alternatives; several fields must "
        "all hold.",
        metavar="FIELD=VALUE",
    ),
]
QUOTED = 160  # characters of a source that are shown: enough to recognise it


def ask(
    question: Annotated[str, typer.Argument(help="What the customer says.")],
    session: Annotated[str | None, typer.Option(help="Go on with this conversation, or begin it.")] = None,
    model: Annotated[str | None, typer.Option(help="Who answers: an alias of `madoguchi models list`.")] = None,
    collection: Collection = None,
    restrictions: Restrictions = None,
    as_json: Json = False,
) -> None:
    """Answer a question as the service would."""
    from knowledge.settings import load
    from service.conversation import Ask
    from service.memory import sessions
    from service.schemas.chat import ChatAnswer
    from service.settings import ServiceSettings

    if session is not None and not sessions.SESSION_ID.fullmatch(session):
        raise typer.BadParameter("a session's id has 1 to 64 letters, digits, - and _.", param_hint="--session")
    if not question.strip():
        raise typer.BadParameter("the question is empty.", param_hint="QUESTION")
    filters = _filters(restrictions or [], collection)
    asked = Ask(question, session_id=session or sessions.new_session_id(), model=model, filters=filters)
    told = asyncio.run(_told(load(ServiceSettings), asked, remember=session is not None))
    if as_json:
        output.show_json(ChatAnswer.of(told.turn, told.degraded).model_dump(mode="json"))
        return
    answer = told.turn.answer
    output.show(answer.text)
    for citation in answer.citations:
        output.show()
        output.show(f"[{citation.n}] {place(citation)}", style="bold")
        output.show(f"    {output.cut(' '.join(citation.quote.split()), QUOTED)}", style="dim")
    how = f"{answer.outcome}{f' ({answer.reason})' if answer.reason else ''}"
    output.say(f"{how}, confidence {answer.confidence:.2f}, {answer.model}", style="dim")


async def _told(settings: ServiceSettings, asked: Ask, remember: bool) -> Told:
    from knowledge.searching.live import LiveKnowledge
    from service.answering.answerer import Answerer
    from service.answers import Done
    from service.conversation import Told, converse
    from service.memory.sessions import StoredTurn, now
    from service.parts import open_parts
    from service.watching import logs

    if remember:
        logs.configure(settings.log_level)  # to stderr: stdout is the answer's
        with open_parts(settings) as parts:
            events = converse(
                parts.answerer, parts.sessions, parts.budgets, asked, settings.history_turns, parts.summarizer
            )
            told = [event async for event in events if isinstance(event, Told)]
            await parts.close()
            return told[-1]
    async with opened(settings) as models:
        answerer = Answerer(LiveKnowledge.open(settings), models, settings)
        stream = answerer.stream(asked.question, model=asked.model, filters=asked.filters, session=asked.session_id)
        done = [event.answer async for event in stream if isinstance(event, Done)]
    return Told(StoredTurn(asked.session_id, asked.message_id, now(), asked.question, done[-1]), [])


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages to show.")] = 10,
    collection: Collection = None,
    restrictions: Restrictions = None,
    as_json: Json = False,
) -> None:
    """Show the passages that are found, without an answer."""
    from knowledge.searching.live import LiveKnowledge
    from knowledge.settings import KnowledgeSettings, load

    if not query.strip():
        raise typer.BadParameter("there is nothing to look for.", param_hint="QUERY")
    filters = _filters(restrictions or [], collection)
    found = LiveKnowledge.open(load(KnowledgeSettings)).search(query, limit, filters)
    if as_json:
        output.show_json(asdict(found))
        return
    for number, hit in enumerate(found.hits, start=1):
        output.show(f"{number:>2}. {place(hit.passage)}", style="bold")
        if hit.passage.conversations:
            others = f", others are {', '.join(hit.passage.alike)}" if hit.passage.alike else ""
            output.show(f"    from {counted(hit.passage.conversations, 'conversation')}{others}", style="dim")
        output.show(f"    score {hit.score:.2f} (cosine {hit.dense:.3f}, words {hit.lexical:.2f})", style="dim")
        output.show(f"    {output.cut(' '.join(hit.passage.text.split()), QUOTED)}")
    told = "" if found.hits else "Nothing was found; "
    output.say(f"{told}confidence {found.confidence:.2f}", style="dim")


def _filters(given: Sequence[str], collection: str | None) -> Filters:
    """The options `FIELD=VALUE` as filters."""
    from knowledge.filters import Filters

    named: dict[str, Any] = {}
    for each in given:
        field, equals, value = each.partition("=")
        if not equals or not value:
            raise typer.BadParameter(f"{each} is not FIELD=VALUE, such as product=kettle.", param_hint="--filter")
        if field == "on":
            named[field] = value
        else:
            named.setdefault(field, []).append(value)
    return Filters.of(named, collection)


def place(found: Passage | Citation) -> str:
    """Title and source, with the page or the anchor."""
    from knowledge.passages import page_word

    place = [found.source]
    if found.page is not None:
        place.append(f"{page_word(found.source, found.anchor)} {found.page}")
    elif found.anchor:
        place.append(found.anchor)
    return f"{found.title} ({', '.join(place)})"
