"""GET and DELETE /api/sessions/{id}, and its export: a conversation as it was, all of it, or nothing any more."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from knowledge.errors import UnknownSession
from service.http import problems
from service.memory import feedback
from service.memory.sessions import SESSION_ID
from service.parts import PartsDep
from service.schemas.chat import SessionOut, TurnOut

router = APIRouter(
    prefix="/api/sessions/{session_id}",
    tags=["sessions"],
    responses=problems.documented(problems.UNKNOWN_SESSION, problems.INVALID, problems.NO_HISTORY),
)
Id = Annotated[str, Path(pattern=f"^{SESSION_ID.pattern}$")]


@router.get("", summary="Read a conversation")
async def read(session_id: Id, parts: PartsDep) -> SessionOut:
    """All turns of a conversation, oldest first."""
    turns = await parts.sessions.get(session_id)
    if not turns:
        raise UnknownSession(session_id)
    return SessionOut.model_construct(session_id=session_id, turns=[TurnOut.of_stored(turn) for turn in turns])


@router.delete("", status_code=204, summary="Erase a conversation")
async def erase(session_id: Id, parts: PartsDep) -> Response:
    """Erase everything that is stored about a conversation, what was handed over of it too."""
    handed_over = await parts.handoffs.forget(session_id)
    if not await parts.sessions.delete(session_id) and not handed_over:
        raise UnknownSession(session_id)
    return Response(status_code=204)


_RECORDS = {"type": "array", "items": {"type": "object"}}
_RECORD = {
    "type": "object",
    "properties": {"session_id": {"type": "string"}, "turns": _RECORDS, "feedback": _RECORDS, "handoffs": _RECORDS},
    "required": ["session_id", "turns", "feedback", "handoffs"],
}


@router.get(
    "/export",
    summary="Export a conversation",
    response_class=JSONResponse,
    responses={200: {"description": "A file.", "content": {"application/json": {"schema": _RECORD}}}},
)
async def export(session_id: Id, parts: PartsDep) -> JSONResponse:
    """Everything that is stored about a conversation, as a file."""
    record = await parts.sessions.export(session_id)
    if record is None:
        raise UnknownSession(session_id)
    record["feedback"] = [asdict(opinion) for opinion in await feedback.of(parts.sessions, session_id)]
    record["handoffs"] = [asdict(handoff) for handoff in await parts.handoffs.of(session_id)]
    return JSONResponse(record, headers={"Content-Disposition": f'attachment; filename="session-{session_id}.json"'})
