"""Work that ends when its client leaves, and only then."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from service.http.streaming import ClientGone, until_gone


class Client:
    """A fake of what the web server tells: that the client has left, when it has."""

    def __init__(self) -> None:
        self._left = asyncio.Event()

    def leave(self) -> None:
        self._left.set()

    async def receive(self) -> dict[str, str]:
        await self._left.wait()
        return {"type": "http.disconnect"}


@pytest.fixture
async def client():
    return Client()


async def forever(ended: list[str]) -> None:
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0)
        ended.append("in order")


async def test_who_leaves_ends_the_work_which_may_clean_up(client):
    ended: list[str] = []
    asyncio.get_running_loop().call_later(0.01, client.leave)
    with pytest.raises(ClientGone):
        await until_gone(client.receive, forever(ended))
    assert ended == ["in order"]
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()
    await asyncio.sleep(0.01)


async def test_who_stays_is_answered(client):
    assert await until_gone(client.receive, asyncio.sleep(0.01, "answer")) == "answer"
    with pytest.raises(ValueError, match="ours"):
        await until_gone(client.receive, broken())


async def broken() -> None:
    raise ValueError("ours")


@pytest.mark.parametrize("passes", range(5))
async def test_who_leaves_as_the_work_ends_stops_nothing_that_comes_after(client, passes):
    async def answered() -> str:
        client.leave()
        for _ in range(passes):
            await asyncio.sleep(0)
        return "answer"

    with contextlib.suppress(ClientGone):  # it left in time
        assert await until_gone(client.receive, answered()) == "answer"
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_end_of_the_program_is_none_of_the_client(client):
    ended: list[str] = []
    task = asyncio.create_task(until_gone(client.receive, forever(ended)))
    await asyncio.sleep(0.01)
    client.leave()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["in order"]


async def test_a_line_that_breaks_is_a_client_that_left():
    async def receive() -> dict[str, str]:
        raise OSError

    with pytest.raises(ClientGone):
        await until_gone(receive, asyncio.sleep(60))
