"""POST /api/search: passages only, without an answer."""

from __future__ import annotations

from fastapi import APIRouter

from service.answering.citations import citations_of
from service.http import problems
from service.parts import PartsDep
from service.schemas.search import SearchAnswer, SearchRequest

router = APIRouter(tags=["search"])


@router.post(
    "/api/search",
    summary="Search the documents",
    responses=problems.documented(problems.INVALID, problems.NO_KNOWLEDGE, problems.NOT_SET_UP, problems.NO_SEARCH),
)
async def search(body: SearchRequest, parts: PartsDep) -> SearchAnswer:
    """The passages that answer a question best, with the confidence that they do."""
    if len(body.query) > parts.settings.max_message_chars:
        raise problems.Refused(problems.TOO_LONG, f"{parts.settings.max_message_chars} characters are taken.")
    found = await parts.answerer.search(body.query, body.limit, body.restrictions)
    return SearchAnswer.of(found, citations_of(found.hits))
