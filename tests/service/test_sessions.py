"""Conversations in a real Redis: whole turns, lifetimes, erasing, and a service that goes on when Redis does not."""

from __future__ import annotations

import json

import pytest
import redis
from events import ask
from fakes import FakeModel
from pydantic import SecretStr

from knowledge.errors import RedisUnavailable
from service.answers import Answer, Citation, Turn, Usage
from service.memory.sessions import Sessions, StoredTurn, as_messages, new_session_id, now


def turn(session: str, number: int = 1) -> StoredTurn:
    citation = Citation(1, "p", "d", "題", "faq.csv", None, "row-2", None, "引用", 4.2)
    usage, timings = Usage(10, 5, 0.1), {"retrieval": 1, "first_token": 2, "total": 3}
    answer = Answer("答え[1]", "answered", (citation,), 0.9, "default", "ja", "g1", None, usage, timings)
    return StoredTurn(session, f"m{number}", now(), f"質問{number}", answer, "customer-7")


@pytest.fixture
def plain(redis_server):
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def sessions(redis_server):
    sessions = Sessions.connect(redis_server.url, ttl_hours=1)
    yield sessions
    await sessions.close()


async def test_a_turn_comes_back_as_it_was(sessions):
    session = new_session_id()
    await sessions.append(turn(session))
    assert [stored.answer for stored in await sessions.get(session)] == [turn(session).answer]


async def test_only_the_last_turns_are_history(sessions):
    session = new_session_id()
    for number in (1, 2, 3):
        await sessions.append(turn(session, number))
    async with sessions.turn(session, 2) as place:
        assert as_messages(place.recent) == [
            Turn("user", "質問2"), Turn("assistant", "答え[1]", "answered"),
            Turn("user", "質問3"), Turn("assistant", "答え[1]", "answered"),
        ]  # fmt: skip
    async with sessions.turn(session, 0) as place:
        assert place.recent == []


async def test_every_key_has_an_end_that_each_turn_puts_off(sessions, plain):
    session = new_session_id()
    await sessions.append(turn(session))
    keys = plain.keys(f"*{session}*")
    assert len(keys) == 1
    assert all("{" + session + "}" in key for key in keys)
    plain.expire(keys[0], 5)
    await sessions.append(turn(session, 2))
    assert 3590 <= plain.ttl(keys[0]) <= 3600
    plain.expire(keys[0], 5)
    await sessions.get(session)
    assert plain.ttl(keys[0]) <= 5


async def test_what_is_stored_is_json_that_others_can_read(sessions, plain):
    session = new_session_id()
    await sessions.append(turn(session))
    record = json.loads(plain.lrange(plain.keys(f"*{session}*")[0], 0, -1)[0])
    assert record["question"] == "質問1"
    assert record["answer"]["citations"][0]["source"] == "faq.csv"


async def test_an_erased_session_leaves_nothing(sessions, plain):
    session = new_session_id()
    await sessions.append(turn(session))
    assert await sessions.delete(session)
    assert not await sessions.delete(session)
    assert plain.keys(f"*{session}*") == []


async def test_a_turn_of_another_session_is_never_shown(sessions, plain):
    mine, other = new_session_id(), new_session_id()
    await sessions.append(turn(mine))
    await sessions.append(turn(other))
    plain.rename(plain.keys(f"*{other}*")[0], plain.keys(f"*{mine}*")[0])
    with pytest.raises(RedisUnavailable):
        await sessions.get(mine)
    plain.delete(*plain.keys(f"*{mine}*"))  # other tests export all that there is


@pytest.mark.parametrize("name", ["a:b", "a*", "", "a" * 65, "a\n", "{a}"])
async def test_a_name_that_could_reach_another_key_is_refused(sessions, name):
    with pytest.raises(ValueError, match="session id"):
        await sessions.get(name)


def test_ids_are_not_guessed():
    ids = {new_session_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert min(map(len, ids)) >= 22  # 22 characters of base 64 hold 132 bits


def test_a_conversation_is_read_exported_and_erased_over_http(counter):
    client = counter(model=FakeModel("30日です[1]"))
    asked = client.post(
        "/api/chat", json={"message": "返品の期限は?", "session_id": "TICKET-4711", "user": "u1"}
    ).json()
    read = client.get("/api/sessions/TICKET-4711").json()
    assert read["session_id"] == "TICKET-4711"
    only = read["turns"][0]
    assert (only["message"], only["answer"], only["user"]) == ("返品の期限は?", "30日です[1]", "u1")
    assert only["message_id"] == asked["message_id"]
    assert only["citations"] == asked["citations"]
    exported = client.get("/api/sessions/TICKET-4711/export")
    assert exported.headers["content-disposition"].startswith("attachment")
    assert exported.json()["turns"][0]["question"] == "返品の期限は?"
    assert client.delete("/api/sessions/TICKET-4711").status_code == 204
    assert client.get("/api/sessions/TICKET-4711").status_code == 404


def test_without_redis_the_chat_goes_on_and_says_that_it_does_not_remember(counter, tmp_path):
    client = counter(redis_url=SecretStr(f"unix://{tmp_path}/nobody.sock"))
    answer = client.post("/api/chat", json={"message": "返品の期限は?", "session_id": "s1"}).json()
    assert (answer["outcome"], answer["degraded"]) == ("answered", ["history"])
    assert ask(client, "返品の期限は?")[-1].data["degraded"] == ["history"]
    assert client.get("/api/sessions/s1").json()["type"] == "urn:madoguchi:problem:history-unavailable"
    assert client.get("/readyz").json()["parts"]["redis"]["ready"] is False
