"""What a helpdesk works with: opinions on answers, conversations handed over, and drafts for its agents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from service.access.callers import CallerDep
from service.answering.answerer import done
from service.answers import Turn
from service.http import problems
from service.http.streaming import answered
from service.memory import feedback
from service.memory.handoffs import LISTED, Contact
from service.memory.sessions import now
from service.parts import PartsDep
from service.schemas.chat import CitationOut
from service.schemas.helpdesk import (
    FeedbackRequest,
    HandoffAnswer,
    HandoffList,
    HandoffOut,
    HandoffRequest,
    SuggestAnswer,
    SuggestRequest,
)

router = APIRouter(tags=["helpdesk"])


@router.post(
    "/api/feedback",
    status_code=204,
    summary="Say what an answer was worth",
    responses=problems.documented(problems.UNKNOWN_SESSION, problems.INVALID, problems.NO_HISTORY),
)
async def rate(body: FeedbackRequest, parts: PartsDep, caller: CallerDep) -> Response:
    """One opinion for each message; a later one replaces it. A corrected answer is worth most for tuning."""
    session_id = caller.session_id(body.session_id) or body.session_id
    opinion = feedback.Opinion(
        session_id, body.message_id, now(), body.rating, body.comment, body.corrected_answer
    )  # fmt: skip
    if not await feedback.remember(parts.sessions, opinion):
        raise problems.Refused(problems.UNKNOWN_SESSION, "There is no such message in this conversation.")
    return Response(status_code=204)


@router.post(
    "/api/handoff",
    status_code=201,
    summary="Ask for a person",
    responses=problems.documented(problems.UNKNOWN_SESSION, problems.INVALID, problems.NO_HISTORY),
)
async def hand_over(body: HandoffRequest, parts: PartsDep, caller: CallerDep) -> HandoffAnswer:
    """Keep the conversation for a person, with what was said until now and how the customer can be reached.

    Where MADOGUCHI_HANDOFF_WEBHOOK is set, the helpdesk's own system is told too.
    """
    session_id = caller.session_id(body.session_id) or body.session_id
    identity = caller.session.identity if caller.session else None
    contact = Contact(body.contact.name, body.contact.email, body.contact.phone) if body.contact else None
    if contact is None and identity is not None:
        contact = Contact(identity.name, identity.email)
    handoff = await parts.handoffs.add(
        session_id,
        body.reason,
        contact,
        body.message,
        identity.sub if identity else None,
        caller.session.site if caller.session else None,
    )
    return HandoffAnswer(handoff_id=handoff.id, at=handoff.at)


@router.get(
    "/api/handoffs",
    summary="The conversations that wait for a person",
    responses=problems.documented(problems.NO_HISTORY, problems.INVALID),
)
async def waiting(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=LISTED)] = LISTED,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HandoffList:
    """A page of them, newest first, with their transcripts. They are kept as long as conversations are."""
    found, more = await parts.handoffs.newest(limit, offset)
    return HandoffList(handoffs=list(map(HandoffOut.of, found)), next=offset + limit if more else None)


@router.post(
    "/api/suggest",
    summary="Draft an agent's answer",
    responses=problems.documented(
        problems.UNKNOWN_MODEL,
        problems.INVALID,
        problems.NO_KNOWLEDGE,
        problems.NOT_SET_UP,
        problems.NO_MODEL,
        problems.NO_SEARCH,
    ),
)
async def suggest(body: SuggestRequest, request: Request, parts: PartsDep, caller: CallerDep) -> SuggestAnswer:
    """From a ticket's messages, a draft with its sources. It is stored nowhere, and touches no customer's session."""
    said = [Turn("user" if part.role in ("customer", "user") else "assistant", part.text) for part in body.messages]
    while said and said[-1].role != "user":
        said.pop()
    if not said:
        raise problems.Refused(problems.INVALID, "messages: there must be one of the customer")
    question, before = said[-1].text.strip(), said[:-1][-2 * parts.settings.history_turns :]
    if len(question) > parts.settings.max_message_chars:
        raise problems.Refused(problems.TOO_LONG, f"{parts.settings.max_message_chars} characters are taken.")

    before = before if parts.settings.history_turns else []
    events = parts.budgets.stream(parts.answerer, question, before, caller.key, lang=body.lang, for_staff=True)
    whole = await answered(request, done(events))
    answer = whole.answer
    return SuggestAnswer(
        draft=answer.text,
        citations=[CitationOut.of(citation) for citation in answer.citations],
        outcome=answer.outcome,
        reason=answer.reason,
        confidence=answer.confidence,
        model=answer.model,
        lang=answer.lang,
        degraded=["budget"] if whole.over_budget else [],
    )
