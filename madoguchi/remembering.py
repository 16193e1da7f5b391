"""`madoguchi sessions`: take out or erase what was said, for a customer who asks for it or for tuning."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from knowledge.counting import counted
from knowledge.errors import UnknownSession
from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from service.memory.handoffs import Handoffs
    from service.memory.sessions import Sessions

T = TypeVar("T")
sessions = typer.Typer(help="Export or erase conversations.", no_args_is_help=True)
Id = Annotated[str | None, typer.Argument(help="A conversation's id.")]
User = Annotated[str | None, typer.Option(help="All conversations of this customer.")]
All = Annotated[bool, typer.Option("--all", help="All conversations.")]


@sessions.command("export")
def export(
    id: Id = None,
    user: User = None,
    everything: All = False,
    feedback: Annotated[bool, typer.Option("--feedback", help="What was thought of answers, instead.")] = False,
) -> None:
    """Write conversations as JSON Lines, one a line: all turns, opinions on them, and handoffs."""
    lines = _run(lambda found, handoffs: _exported(found, handoffs, id, user, everything, feedback))
    for line in lines:
        output.show_json_line(line)
    if id is not None and not lines and not feedback:
        raise _unknown(id)
    output.say(counted(len(lines), "opinion" if feedback else "conversation"))


@sessions.command("delete")
def delete(
    id: Id = None,
    user: User = None,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase conversations, and opinions and handoffs with them. It cannot be undone."""
    ids = _run(lambda found, handoffs: _stored(found, handoffs, id, user, everything))
    if id is not None and not ids:
        raise _unknown(id)
    if ids and not yes and not typer.confirm(f"Erase {counted(len(ids), 'conversation')}?", err=True):
        raise typer.Exit(1)
    erased = _run(lambda found, handoffs: _erased(found, handoffs, ids))
    if as_json:
        output.show_json({"erased": erased})
    else:
        output.show(f"Erased: {erased}")


def _unknown(id: str) -> UnknownSession:
    return UnknownSession(f"There is no conversation {id}. It never was, has expired or was erased.")


def _run(work: Callable[[Sessions, Handoffs], Awaitable[T]]) -> T:
    from knowledge.private_redis import running_redis
    from knowledge.settings import load
    from service.memory.handoffs import Handoffs
    from service.memory.sessions import Sessions
    from service.memory.storage import OPERATORS_WAIT_S
    from service.settings import ServiceSettings

    settings = load(ServiceSettings)

    async def done() -> T:
        found = Sessions.connect(server.url, settings.session_ttl_hours, OPERATORS_WAIT_S)
        try:
            return await work(found, Handoffs(found, settings))
        finally:
            await found.close()

    with running_redis(settings, begin=False) as server:
        return asyncio.run(done())


async def _chosen(found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool) -> list[str]:
    from service.memory.sessions import SESSION_ID

    if sum((id is not None, user is not None, everything)) != 1:
        raise typer.BadParameter("name a conversation's id, or --user, or --all.")
    if id is not None:
        if not SESSION_ID.fullmatch(id):
            raise typer.BadParameter("a session's id has 1 to 64 letters, digits, - and _.")
        return [id]
    ids = await found.ids()
    if user is None:
        return ids
    whose = {one: {turn.user for turn in await found.get(one)} for one in ids}
    return [one for one in ids if user in whose[one] | {handoff.user for handoff in await handoffs.of(one)}]


async def _stored(found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool) -> list[str]:
    """Those of the chosen ones of which anything is kept."""
    ids = await _chosen(found, handoffs, id, user, everything)
    return ids if id is None or await found.get(id) or await handoffs.of(id) else []


async def _exported(
    found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool, feedback: bool
) -> list[dict[str, Any]]:
    from service.memory import feedback as opinions

    ids = await _chosen(found, handoffs, id, user, everything)
    if feedback:
        return [record async for record in opinions.records(found, ids)]
    lines = []
    for one in ids:
        record = await found.export(one)
        handed_over = [asdict(handoff) for handoff in await handoffs.of(one)]
        if record is not None or handed_over:
            record = record or {"session_id": one, "turns": []}
            record["feedback"] = [asdict(opinion) for opinion in await opinions.of(found, one)]
            lines.append(record | {"handoffs": handed_over})
    return lines


async def _erased(found: Sessions, handoffs: Handoffs, ids: list[str]) -> int:
    erased = 0
    for one in ids:
        handed_over = await handoffs.forget(one)
        erased += await found.delete(one) or handed_over
    return erased
