"""A conversation as a stream of server-sent events, and the ways to come back to one that was cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from knowledge.errors import MadoguchiError, RedisUnavailable
from service.answers import Delta, Sources
from service.conversation import Ask, Told
from service.http import problems
from service.http.streaming import frame
from service.memory.once import Once, claim, free
from service.memory.runs import Run
from service.memory.sessions import Line, StoredTurn
from service.parts import Parts
from service.schemas.chat import ChatAnswer

Events = AsyncGenerator[Sources | Delta | Told, None]
Frames = AsyncGenerator[bytes, None]


async def last(events: Events) -> Told:
    """The whole turn, at the end of its events."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Told):
                return event
    raise AssertionError("a stream ends with the whole turn")


async def framed(ask: Ask, events: Events, request_id: str) -> Frames:
    """The events as frames, each with its id. What fails before the first is raised, what fails later is a frame."""
    number = 0
    async with aclosing(events):
        try:
            async for event in events:
                name, data = _said(ask.session_id, ask.message_id, event)
                yield frame(data, name, f"{ask.message_id}:{number}")
                number += 1
        except MadoguchiError as error:
            if not number:
                raise
            yield frame(problems.document_of(error, request_id), "error", f"{ask.message_id}:{number}")


async def whole(frames: Frames) -> bytes:
    """The whole answer's JSON out of a stream's frames. Raises Refused with what the stream was ended by."""
    async with aclosing(frames):
        async for sent in frames:
            lines = dict(line.split(": ", 1) for line in sent.decode().strip().splitlines() if ": " in line)
            if lines.get("event") == "done":
                return lines["data"].encode()
            if lines.get("event") == "error":
                told = json.loads(lines["data"])
                kind = next(kind for kind in problems.KINDS if problems.PREFIX + kind.name == told["type"])
                raise problems.Refused(kind, told.get("detail"))
    raise problems.Refused(problems.NO_MODEL)


async def resumed(parts: Parts, session_id: str | None, message_id: str, start: int) -> Frames:
    """The rest of a stream. Raises Refused when there is none, RedisUnavailable when that cannot be told."""
    if session_id is None:
        raise problems.Refused(problems.INVALID, "session_id is needed: it says whose stream it is.")
    frames = await parts.runs.follow(session_id, message_id, start)
    if frames is None:
        if (turn := await parts.sessions.find(session_id, message_id)) is None:
            raise problems.Refused(problems.UNKNOWN_MESSAGE)
        return _replayed(turn, start)
    return frames


async def resumable(
    parts: Parts, ask: Ask, events: Callable[[Line | None], Events], asked: Once | None, request_id: str
) -> Frames:
    """The frames of an answer that goes on for a while when its client is cut off.

    The same request, sent again, follows the answer that is there already, and asks no model. Raises Refused when its
    Idempotency-Key came with another body before, and what fails before the first frame.
    """

    def start(line: Line | None) -> Run:
        return parts.runs.start(ask.session_id, ask.message_id, framed(ask, events(line), request_id), asked)

    run: Run | None
    if asked is None:
        run = start(None)
        await run.begun()
        return run.follow()
    while True:
        # Its place is taken before its key is looked up: what is sent meanwhile comes after it.
        line, run = parts.sessions.line(ask.session_id), None
        try:
            if (there := await _there(parts, ask, asked)) is None:
                run = start(line)
        except asyncio.CancelledError:  # its client has left, and may come back: the key may be ours already
            parts.sessions.errand(free(parts.storage, asked, ask.message_id))
            raise
        finally:
            if run is None:
                line.leave()
        if run is not None:
            await run.begun()
            return run.follow()
        if there is not None and (frames := await _begun(there)) is not None:
            return frames  # else it failed before its first word, where it was written, and is ours to try anew


async def _begun(frames: Frames) -> Frames | None:
    """The frames of an answer, once there is one; None where it ended before."""
    first = await anext(frames, None)
    if first is None:
        return None

    async def all_of_it() -> Frames:
        async with aclosing(frames):
            yield first
            async for frame in frames:
                yield frame

    return all_of_it()


async def _there(parts: Parts, ask: Ask, asked: Once) -> Frames | None:
    try:
        taken = await claim(parts.storage, asked, ask.message_id)
        while taken is not None:
            if taken.fingerprint != asked.fingerprint:
                raise problems.Refused(problems.KEY_REUSED)
            if (turn := await parts.sessions.find(asked.session_id, taken.message_id)) is not None:
                return _replayed(turn)
            run = parts.runs.get(asked.session_id, taken.message_id)
            failed = run is not None and run.ended and not run.whole  # and is about to be freed
            if not failed and (frames := await parts.runs.follow(asked.session_id, taken.message_id)) is not None:
                return frames
            taken = await claim(parts.storage, asked, ask.message_id, instead=taken)
    except RedisUnavailable:
        if (found := parts.runs.asked(asked)) is not None:
            before, run = found
            if before.fingerprint != asked.fingerprint:
                raise problems.Refused(problems.KEY_REUSED) from None
            return run.follow()
    return None


async def _replayed(turn: StoredTurn, start: int = 0) -> Frames:
    """A stored turn as a stream; one that goes on with a stream is its last event."""
    number = start
    if not start:
        for event in (Sources(turn.answer.citations), Delta(turn.answer.text)):
            name, data = _said(turn.session_id, turn.message_id, event)
            yield frame(data, name, f"{turn.message_id}:{number}")
            number += 1
    name, data = _said(turn.session_id, turn.message_id, Told(turn, []))
    yield frame(data, name, f"{turn.message_id}:{number}")


def _said(session_id: str, message_id: str, event: Sources | Delta | Told) -> tuple[str, dict[str, Any]]:
    match event:
        case Sources(citations):
            # a citation has the fields of CitationOut
            return "sources", {"session_id": session_id, "message_id": message_id, "citations": citations}
        case Delta(text):
            return "delta", {"delta": text}
        case Told(turn, degraded):
            return "done", ChatAnswer.of(turn, degraded).model_dump()
