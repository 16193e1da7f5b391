"""The same request twice is answered once, and a stream that was cut goes on, also in another process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import httpx
import pytest
from events import Sent, parse
from fakes import FakeFinder, FakeModel, broken, passage
from pydantic import SecretStr
from waiting import soon

from knowledge.errors import NoKnowledge
from service.memory import runs
from service.memory.sessions import new_session_id
from service.routes import events

PIECES = [f"{number}番目の言葉[1]。" for number in range(12)]
TEXT = "".join(PIECES)


def body(session: str, message: str = "返品の期限は?", stream: bool = True) -> dict[str, object]:
    return {"message": message, "session_id": session, "stream": stream}


def cut(client: httpx.Client, asked: dict[str, object], headers: dict[str, str], events: int) -> list[Sent]:
    """Read so many events of a stream, then break the line off."""
    with client.stream("POST", "/api/chat", json=asked, headers=headers) as response:
        assert response.status_code == 200, response.read()
        text = ""
        for piece in response.iter_text():
            text += piece
            if len(got := parse(text[: text.rfind("\n\n") + 2])) >= events:
                return got[:events]
    raise AssertionError("it ended before it was cut")


def rest(client: httpx.Client, session: str, last: str) -> list[Sent]:
    answer = client.get(
        f"/api/chat/{last.partition(':')[0]}/events", params={"session_id": session}, headers={"Last-Event-ID": last}
    )
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


@pytest.fixture
def model():
    return FakeModel(*PIECES, pause_s=0.05)


@pytest.fixture
def counter(counter):
    """Serves a counter whose passages hold what the model says."""
    held = FakeFinder(passage(TEXT.replace("[1]", "")))
    return lambda held_by=None, **changes: counter(held_by or (held if changes.get("model") else None), **changes)


@pytest.mark.parametrize("events", [1, 2, 5, 11, 13])
@pytest.mark.parametrize("other", [False, True], ids=["the same process", "another process"])
def test_a_cut_stream_goes_on_without_a_second_call(counter, model, events, other):
    first = counter(model=model)
    second = counter(model=model) if other else first
    session = new_session_id()
    before = cut(first, body(session), {"Idempotency-Key": "k1"}, events)
    after = rest(second, session, before[-1].id)
    whole = [*before, *after]
    assert [event.id.partition(":")[2] for event in whole] == [str(number) for number in range(len(whole))]
    assert "".join(event.data["delta"] for event in whole if event.name == "delta").startswith(TEXT)
    assert whole[-1].name == "done"
    assert len(model.asked) == 1
    assert len(first.get(f"/api/sessions/{session}").json()["turns"]) == 1


def test_the_same_post_with_the_last_id_takes_a_stream_up_too(counter, model):
    client, session = counter(model=model), new_session_id()
    before = cut(client, body(session), {"Idempotency-Key": "k1"}, 3)
    answer = client.post(
        "/api/chat", json=body(session), headers={"Idempotency-Key": "k1", "Last-Event-ID": before[-1].id}
    )
    assert parse(answer.text)[0].id.endswith(":3")
    assert len(model.asked) == 1


def test_also_that_of_a_first_message_whose_conversation_its_client_had_no_time_to_learn(counter, model):
    client, key = counter(model=model), {"Idempotency-Key": "first"}
    asked = {"message": "返品の期限は?", "stream": True}
    before = cut(client, asked, key, 3)
    answer = client.post("/api/chat", json=asked, headers=key | {"Last-Event-ID": before[-1].id})
    assert answer.status_code == 200, answer.text
    assert parse(answer.text)[0].id.endswith(":3")
    assert len(model.asked) == 1


@pytest.mark.parametrize("streams", [(False, False), (True, True), (True, False), (False, True)])
def test_the_same_request_twice_is_answered_once(counter, model, streams):
    client, session, key = counter(model=model), new_session_id(), {"Idempotency-Key": "order-4711"}
    answers = []
    for stream in streams:
        answer = client.post("/api/chat", json=body(session, stream=stream), headers=key)
        answers.append(parse(answer.text)[-1].data if stream else answer.json())
    assert answers[0] == answers[1]
    assert len(model.asked) == 1
    assert len(client.get(f"/api/sessions/{session}").json()["turns"]) == 1


@pytest.mark.parametrize("other", [False, True], ids=["the same process", "another process"])
def test_the_same_request_at_the_same_time_is_answered_once(counter, model, other):
    first = counter(model=model)
    second = counter(model=model) if other else first
    session, got = new_session_id(), []

    def send(address: str) -> None:
        key = {"Idempotency-Key": "k"}
        got.append(httpx.post(f"{address}/api/chat", json=body(session, stream=False), headers=key, timeout=20).json())

    threads = [threading.Thread(target=send, args=(str(one.base_url),)) for one in (first, second) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert all(answer == got[0] for answer in got)
    assert len(model.asked) == 1


def test_a_first_message_that_is_sent_twice_opens_one_conversation(counter):
    client = counter()
    sent = [client.post("/api/chat", json={"message": "返品?"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert sent[0].json() == sent[1].json()
    other = client.post("/api/chat", json={"message": "返品?"}, headers={"Idempotency-Key": "other"}).json()
    assert other["session_id"] != sent[0].json()["session_id"]


def test_a_key_that_comes_with_another_body_is_refused(counter):
    client, session, key = counter(), new_session_id(), {"Idempotency-Key": "k"}
    client.post("/api/chat", json=body(session, stream=False), headers=key)
    answer = client.post("/api/chat", json=body(session, "送料は?", False), headers=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:madoguchi:problem:idempotency-key-reused")


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_broke_off_is_asked_for_anew(counter, stream):
    model = FakeModel(PIECES[0], "送料は", broken())
    client, session, key = counter(model=model), new_session_id(), {"Idempotency-Key": "k"}
    first = client.post("/api/chat", json=body(session, stream=stream), headers=key)
    assert first.status_code == (200 if stream else 503)
    model.pieces = PIECES[1:2]

    def again() -> str:
        return client.post("/api/chat", json=body(session, stream=stream), headers=key).text

    assert soon(lambda: "1番目の言葉" in again())
    assert len(client.get(f"/api/sessions/{session}").json()["turns"]) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_what_failed_in_another_process_before_its_first_word_is_tried_anew_by_who_waited_for_it(
    counter, model, stream
):
    """It left word that it was being written, and no end: who waited for it heard nothing for a minute."""

    class Failing(FakeFinder):
        def search(self, *words, **named):
            self.questions.append("")
            time.sleep(2)  # while which the request comes a second time
            raise NoKnowledge("nothing was read yet")

    finder, session, key = Failing(), new_session_id(), {"Idempotency-Key": "k"}
    first, second = counter(held_by=finder), counter(model=model)
    got = []
    sending = threading.Thread(
        target=lambda: got.append(first.post("/api/chat", json=body(session, stream=stream), headers=key))
    )
    sending.start()
    assert soon(lambda: finder.questions)
    again = second.post("/api/chat", json=body(session, stream=stream), headers=key, timeout=40)  # KEEP_S is 60
    sending.join()
    assert got[0].status_code == 503
    assert again.status_code == 200, again.text
    assert (parse(again.text)[-1].data if stream else again.json())["answer"].startswith(TEXT)
    assert len(second.get(f"/api/sessions/{session}").json()["turns"]) == 1


def test_after_a_minute_the_stored_answer_is_the_last_event(counter, monkeypatch):
    monkeypatch.setattr(runs, "KEEP_S", 1)
    client, session = counter(), new_session_id()
    asked = client.post("/api/chat", json=body(session), headers={"Idempotency-Key": "k"})
    first = parse(asked.text)[0]
    time.sleep(2.2)
    only = rest(client, session, first.id)
    assert [event.name for event in only] == ["done"]
    assert only[0].data == parse(asked.text)[-1].data


def test_there_is_nothing_to_take_up_of_others(counter, model):
    client, session = counter(model=model), new_session_id()
    before = cut(client, body(session), {"Idempotency-Key": "k"}, 2)
    message = before[0].data["message_id"]
    for asked, status in (({"session_id": new_session_id()}, 404), ({"session_id": "a:b"}, 422), ({}, 422)):
        assert client.get(f"/api/chat/{message}/events", params=asked).status_code == status
    assert client.get("/api/chat/unknown/events", params={"session_id": session}).status_code == 404
    other = {"Last-Event-ID": "another:1"}
    asked = {"session_id": session}
    assert client.get(f"/api/chat/{message}/events", params=asked, headers=other).status_code == 422


def left(client: httpx.Client, model: FakeModel, headers: str, stream: bool) -> float:
    """Break the line off when the model was asked; how long it went on."""
    sent = f'{{"message": "返品の期限は?", "stream": {str(stream).lower()}}}'.encode()
    with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
        head = f"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
        line.sendall(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        while not model.asked:
            time.sleep(0.01)
    start = time.monotonic()
    while not model.closed and time.monotonic() - start < 40:
        time.sleep(0.01)
    assert model.closed == 1
    return time.monotonic() - start


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_pays_long_for_an_answer_that_nobody_takes_up(counter, monkeypatch, stream):
    endless = ["言葉。"] * 1000  # some 50 s
    monkeypatch.setattr(runs, "GRACE_S", 30)
    model = FakeModel(*endless, pause_s=0.05)
    assert left(counter(model=model), model, "", stream) < 20
    monkeypatch.setattr(runs, "GRACE_S", 1.5)
    model = FakeModel(*endless, pause_s=0.05)
    assert 1 < left(counter(model=model), model, "Idempotency-Key: k\r\n", stream) < 20


def test_without_redis_the_same_process_still_answers_once_and_resumes(counter, model, tmp_path):
    client = counter(model=model, redis_url=SecretStr(f"unix://{tmp_path}/nobody.sock"))
    session = new_session_id()
    before = cut(client, body(session), {"Idempotency-Key": "k"}, 3)
    assert rest(client, session, before[-1].id)[-1].data["degraded"] == ["history"]
    again = client.post("/api/chat", json=body(session), headers={"Idempotency-Key": "k"})
    assert parse(again.text)[-1].name == "done"
    assert len(model.asked) == 1


def test_a_message_with_a_key_keeps_its_place_while_its_key_is_looked_up(counter, monkeypatch):
    """Redis may take a while to claim a key: what the customer sends meanwhile comes after."""
    claim, asked_for = events.claim, threading.Event()

    async def slow_claim(*words):
        asked_for.set()
        await asyncio.sleep(0.4)
        return await claim(*words)

    monkeypatch.setattr(events, "claim", slow_claim)
    client, session = counter(), new_session_id()
    asked = body(session, "返品の期限は?", stream=False)
    first = threading.Thread(
        target=client.post, args=("/api/chat",), kwargs={"json": asked, "headers": {"Idempotency-Key": "k"}}
    )
    first.start()
    assert asked_for.wait(30)
    assert client.post("/api/chat", json=body(session, "送料は?", stream=False)).status_code == 200
    first.join()
    turns = client.get(f"/api/sessions/{session}").json()["turns"]
    assert [turn["message"] for turn in turns] == ["返品の期限は?", "送料は?"]


def test_a_client_that_leaves_while_its_key_is_looked_up_holds_up_neither_others_nor_itself(counter, monkeypatch):
    claim = events.claim

    async def slow_claim(*words):
        taken = await claim(*words)
        await asyncio.sleep(0.4)
        return taken

    monkeypatch.setattr(events, "claim", slow_claim)
    client, session, key = counter(), new_session_id(), {"Idempotency-Key": "k"}
    with pytest.raises(httpx.TimeoutException):
        client.post("/api/chat", json=body(session, stream=False), headers=key, timeout=0.15)
    began = time.monotonic()
    assert client.post("/api/chat", json=body(session, "送料は?", stream=False)).status_code == 200
    assert client.post("/api/chat", json=body(session, stream=False), headers=key).status_code == 200
    assert time.monotonic() - began < 30
    turns = client.get(f"/api/sessions/{session}").json()["turns"]
    assert [turn["message"] for turn in turns] == ["送料は?", "返品の期限は?"]
