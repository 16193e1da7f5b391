"""`madoguchi sessions`: take out or erase what was said, for a customer who asks for it or for tuning."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from knowledge.counting import counted
from knowledge.errors import DamagedSession, UnknownSession
from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from service.memory.handoffs import Handoffs
    from service.memory.sessions import Sessions

T = TypeVar("T")
sessions = typer.Typer(help="Export or erase conversations, or list what the documents lack.", no_args_is_help=True)
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
    count, damaged = run(lambda found, handoffs: _exported(found, handoffs, id, user, everything, feedback))
    if id is not None and damaged:
        raise damaged[id]
    if id is not None and not count and not feedback:
        raise _unknown(id)
    output.say(counted(count, "opinion" if feedback else "conversation"))
    tell(damaged, "left out")


@sessions.command("delete")
def delete(
    id: Id = None,
    user: User = None,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase conversations, and opinions and handoffs with them. It cannot be undone."""
    ids, damaged = run(lambda found, handoffs: _stored(found, handoffs, id, user, everything))
    if id is not None and not ids:
        raise _unknown(id)
    if ids and not yes and as_json:
        raise typer.BadParameter("nobody can be asked: say --yes, too.", param_hint="--json")
    if ids and not yes and not typer.confirm(f"Erase {counted(len(ids), 'conversation')}?", err=True):
        raise typer.Exit(1)
    erased = run(lambda found, handoffs: _erased(found, handoffs, ids))
    if as_json:
        output.show_json({"erased": erased})
    else:
        output.show(f"Erased: {erased}")
    tell(damaged, "not erased, as nobody can tell whose it is")


def tell(damaged: dict[str, DamagedSession], what: str) -> None:
    """Name what could not be read; the command was done in part then."""
    for id, error in damaged.items():
        output.say(f"madoguchi: {id} {what}: {error}", style="yellow")
    if damaged:
        raise typer.Exit(2)


def _unknown(id: str) -> UnknownSession:
    return UnknownSession(f"There is no conversation {id}. It never was, has expired or was erased.")


def run(work: Callable[[Sessions, Handoffs], Awaitable[T]]) -> T:
    """What is found in the Redis of the settings."""
    from knowledge.private_redis import running_redis
    from knowledge.settings import load
    from service.memory.handoffs import Handoffs
    from service.memory.sessions import Sessions
    from service.memory.storage import OPERATORS_WAIT_S
    from service.settings import ServiceSettings
    from service.watching import logs

    settings = load(ServiceSettings)
    logs.configure(settings.log_level)  # to stderr: stdout is the conversations'

    async def done() -> T:
        found = Sessions.connect(server.url, settings.session_ttl_hours, OPERATORS_WAIT_S)
        try:
            return await work(found, Handoffs(found, settings))
        finally:
            await found.close()

    with running_redis(settings, begin=False) as server:
        return asyncio.run(done())


async def _chosen(
    found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool
) -> tuple[list[str], dict[str, DamagedSession]]:
    """Ids, and those of which nobody can tell whose they are."""
    from service.memory.sessions import SESSION_ID

    if sum((id is not None, user is not None, everything)) != 1:
        raise typer.BadParameter("name a conversation's id, or --user, or --all.")
    if id is not None:
        if not SESSION_ID.fullmatch(id):
            raise typer.BadParameter("a session's id has 1 to 64 letters, digits, - and _.")
        return [id], {}
    ids = await found.ids()
    if user is None:
        return ids, {}
    theirs: list[str] = []
    damaged: dict[str, DamagedSession] = {}
    for one in ids:
        try:
            said = {turn.user for turn in await found.get(one)}
            if user in said | {handoff.user for handoff in await handoffs.of(one)}:
                theirs.append(one)
        except DamagedSession as error:
            damaged[one] = error
    return theirs, damaged


async def _stored(
    found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool
) -> tuple[list[str], dict[str, DamagedSession]]:
    """Those of the chosen ones of which anything is kept."""
    ids, damaged = await _chosen(found, handoffs, id, user, everything)
    try:
        return ids if id is None or await found.get(id) or await handoffs.of(id) else [], damaged
    except DamagedSession:  # what cannot be read can be erased
        return ids, damaged


async def _exported(
    found: Sessions, handoffs: Handoffs, id: str | None, user: str | None, everything: bool, feedback: bool
) -> tuple[int, dict[str, DamagedSession]]:
    """Write them; how many, and those that cannot be read."""
    ids, damaged = await _chosen(found, handoffs, id, user, everything)
    count = 0
    for one in ids:
        try:
            lines = await (_opinions if feedback else _conversation)(found, handoffs, one)
        except DamagedSession as error:
            damaged[one] = error
            continue
        for line in lines:
            output.show_json_line(line)
        count += len(lines)
    return count, damaged


async def _opinions(found: Sessions, _: Handoffs, id: str) -> list[dict[str, Any]]:
    from service.memory import feedback

    return [record async for record in feedback.records(found, [id])]


async def _conversation(found: Sessions, handoffs: Handoffs, id: str) -> list[dict[str, Any]]:
    from service.memory import feedback

    record = await found.export(id)
    handed_over = [asdict(handoff) for handoff in await handoffs.of(id)]
    if record is None and not handed_over:
        return []
    record = record or {"session_id": id, "turns": []}
    record["feedback"] = [asdict(opinion) for opinion in await feedback.of(found, id)]
    return [record | {"handoffs": handed_over}]


async def _erased(found: Sessions, handoffs: Handoffs, ids: list[str]) -> int:
    erased = 0
    for one in ids:
        handed_over = await handoffs.forget(one)
        erased += await found.delete(one) or handed_over
    return erased
