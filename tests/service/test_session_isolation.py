"""Many conversations at once, with clients that leave at any moment: no word of one ever reaches another."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, Sequence

import httpx
import pytest
from fakes import FakeModel
from waiting import soon

from service.answers import Usage
from service.memory.sessions import new_session_id
from service.models.base import Message

CANARY = re.compile(r"canary-[A-Za-z0-9_-]+-\d+")


class FakeEchoingModel:
    """Says back what it hears, word by word: whatever reaches a wrong model, or a wrong client, is seen."""

    name = "echoing"

    def __init__(self) -> None:
        self.mixed: list[str] = []

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        heard = CANARY.findall(" ".join(message.text for message in messages))
        if len({word.rpartition("-")[0] for word in heard}) > 1:
            self.mixed.append(" ".join(heard))
        for word in heard:
            await asyncio.sleep(random.random() / 200)
            yield f"返品 {word} [1]。"
        yield Usage(10, 10)

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing to give back."""


async def converse(address: str, session: str, turns: int, chance: random.Random) -> list[str]:
    """Talk, leaving some answers early; what came that was not ours."""
    mine, foreign, left = f"canary-{session}", [], set()
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for number in range(turns):
            body = {"message": f"返品 {mine}-{number}", "session_id": session, "stream": chance.random() < 0.7}
            headers = {"Idempotency-Key": f"{session}-{number}"} if chance.random() < 0.3 else {}
            leaves = chance.random() < 0.25
            try:
                async with asyncio.timeout(chance.random() / 20 if leaves else 60):
                    text = (await client.post("/api/chat", json=body, headers=headers)).text
            except TimeoutError:
                left.add(number)  # one with a key is answered all the same, perhaps after what was asked next
                continue
            foreign += [word for word in CANARY.findall(text) if not word.startswith(f"{mine}-")]
        history = await client.get(f"/api/sessions/{session}")
        foreign += [word for word in CANARY.findall(history.text) if not word.startswith(f"{mine}-")]
        said = [turn["message"] for turn in history.json().get("turns", [])]
        numbers = [int(message.rpartition("-")[2]) for message in said]
        assert len(numbers) == len(set(numbers)), f"said twice: {numbers}"
        heard = [number for number in numbers if number not in left]
        assert heard == sorted(heard), f"out of order: {numbers}"
    return foreign


async def crowd(address: str, sessions: int, turns: int) -> list[str]:
    names = [new_session_id() for _ in range(sessions)]
    talks = [converse(address, name, turns, random.Random(number)) for number, name in enumerate(names)]
    return [word for words in await asyncio.gather(*talks) for word in words]


@pytest.mark.parametrize(
    ("sessions", "turns"), [(12, 6), pytest.param(200, 100, marks=pytest.mark.slow)], ids=["12 by 6", "200 by 100"]
)
def test_no_word_of_another_conversation_reaches_anybody(counter, sessions, turns, capsys):
    model = FakeEchoingModel()
    address = str(counter(model=model).base_url)
    assert asyncio.run(crowd(address, sessions, turns)) == []
    assert model.mixed == []
    assert "canary" not in "".join(capsys.readouterr())


ROUTES = {
    "/api/chat": b'{"message": "%s", "session_id": "one", "stream": %s}',
    "/v1/chat/completions": b'{"messages": [{"role": "user", "content": "%s"}], "stream": %s}',
    "/api/suggest": b'{"messages": [{"role": "customer", "text": "%s"}], "lang": "ja", "x": %s}',
}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("stream", [b"true", b"false"])
def test_whoever_leaves_stops_the_work_on_every_route(counter, path, stream):
    model = FakeModel(*["返品。"] * 1000, pause_s=0.05)
    client = counter(model=model)
    leave(client, path, ROUTES[path] % ("返品?".encode(), stream), lambda: bool(model.asked))
    assert soon(lambda: model.closed == 1, 20)  # all of it would take 50 s


def test_whoever_leaves_while_waiting_for_the_one_before_is_never_asked_about(counter):
    model = FakeModel(*["返品。"] * 40, pause_s=0.05)
    client = counter(model=model)
    first = threading.Thread(
        target=lambda: client.post("/api/chat", json={"message": "返品?", "session_id": "one"}, timeout=30)
    )
    first.start()
    assert soon(lambda: bool(model.asked))
    leave(client, "/api/chat", ROUTES["/api/chat"] % ("珍問?".encode(), b"false"), lambda: True)
    first.join()
    assert client.post("/api/chat", json={"message": "最後?", "session_id": "one"}, timeout=30).status_code == 200
    assert [said[-1].text.count("珍問") for said in model.asked] == [0, 0]


def leave(client: httpx.Client, path: str, body: bytes, when) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert soon(when)
        time.sleep(0.1)
