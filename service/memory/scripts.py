"""Lua scripts on their way to Redis: those that are asked for at the same moment go together, on one connection.

A command of its own costs this process three times what it costs among seven others, and a chat has four of them. The
connections are the client's, and are kept: to take one from its pool, look after it with a timer for each reply and
give it back costs more than the scripts do.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError


class _Asked(NamedTuple):
    script: str
    words: tuple[str | int | bytes, ...]  # how many keys, the keys, the arguments
    reply: asyncio.Future[Any]


class Scripts:
    """Runs scripts for one client, in one event loop. What fails is raised as the client raises it."""

    def __init__(self, client: Redis | RedisCluster, patience_s: float) -> None:
        """A connection that brings no replies for `patience_s` is closed."""
        self._client: Any = client
        self._patience_s = patience_s
        self._kept: list[Any] = []  # connections on which nothing is under way
        self._asked: list[_Asked] = []
        self._sending: set[asyncio.Task[None]] = set()

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Awaitable[Any]:
        """What a script returns; all its keys are on one node."""
        words = (len(keys), *keys, *arguments)
        if isinstance(self._client, RedisCluster):
            return self._alone(script, words)  # each on the node of its keys
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._send)  # after all else that can go on now: it may ask for more
        asked = _Asked(script, words, loop.create_future())
        self._asked.append(asked)
        return asked.reply

    def _send(self) -> None:
        asked, self._asked = self._asked, []
        sending = asyncio.create_task(self._sent(asked))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def _sent(self, asked: Sequence[_Asked]) -> None:
        unknown: list[_Asked] = []
        for one, reply in zip(asked, await self._replies(asked), strict=True):
            if isinstance(reply, NoScriptError):
                unknown.append(one)
            elif isinstance(reply, Exception):
                one.reply.set_exception(reply)
            else:
                one.reply.set_result(reply)
        for one in unknown:
            try:
                one.reply.set_result(await self._client.eval(one.script, *one.words))
            except Exception as error:  # noqa: BLE001 raised again where it was asked
                one.reply.set_exception(error)

    async def _replies(self, asked: Sequence[_Asked]) -> Sequence[Any]:
        try:
            async with asyncio.timeout(self._patience_s):
                connection = self._kept.pop() if self._kept else await self._new()
                try:
                    if connection.should_reconnect() or (connection.is_connected and await connection.can_read()):
                        await connection.disconnect()  # closed at the other end, or out of step
                    if not connection.is_connected:
                        await connection.connect()  # sending would connect it too, but to where it was: Sentinels know
                    commands = [("EVALSHA", _sha1(one.script), *one.words) for one in asked]
                    await connection.send_packed_command(connection.pack_commands(commands))
                    replies = [await _reply(connection) for _ in asked]
                    if any(is_read_only(reply) for reply in replies):
                        await connection.disconnect()
                    return replies
                finally:
                    self._kept.append(connection)  # what failed on it has closed it
        except Exception as error:  # noqa: BLE001 raised again where it was asked
            for connection in list(self._kept):  # they lead where that one led, which may be the master no more
                await connection.disconnect(nowait=True)
            return [error] * len(asked)

    async def _new(self) -> Any:
        connection = await self._client.connection_pool.get_connection()
        connection.socket_timeout = None  # one timer for all replies is enough
        return connection

    async def _alone(self, script: str, words: Sequence[str | int | bytes]) -> Any:
        try:
            return await self._client.evalsha(_sha1(script), *words)
        except NoScriptError:
            return await self._client.eval(script, *words)


def is_read_only(reply: object) -> bool:
    """Whether a server takes nothing down, as it is a replica, or a master that its replicas have left for another
    (min-replicas-to-write); before Redis 7 a script's own error says so among other words.
    """
    words = ("READONLY", "NOREPLICAS")
    return isinstance(reply, ReadOnlyError) or (
        isinstance(reply, ResponseError) and any(word in str(reply) for word in words)
    )


async def _reply(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


@lru_cache
def _sha1(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
