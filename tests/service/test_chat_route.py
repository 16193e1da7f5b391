"""POST /api/chat as a client sees it: JSON and events, memory, and what happens when something breaks."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from events import ask
from fakes import FakeFinder, FakeModel, broken
from waiting import soon

from knowledge.errors import NoKnowledge
from service.answering.prompting.prompts import SHORTEN
from service.conversation import EARLIER
from service.memory.sessions import new_session_id


def test_an_answer_comes_with_everything_that_the_contract_names(counter):
    answer = counter().post("/api/chat", json={"message": "返品の期限は?"}).json()
    assert answer["answer"] == "返品は商品の到着から30日以内にお申し込みください。送料は当店が負担します[1]。"
    assert answer["citations"][0]["n"] == 1
    assert answer["citations"][0]["url"] == "https://shop.example/returns"
    assert (answer["outcome"], answer["reason"], answer["model"], answer["lang"]) == (
        "answered",
        None,
        "extractive",
        "ja",
    )
    assert answer["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0}
    assert set(answer["timings_ms"]) == {"retrieval", "first_token", "total"}
    assert answer["generation"] == "generation-1"
    assert answer["degraded"] == []
    assert len(answer["session_id"]) >= 22


@pytest.mark.parametrize(("tag", "lang"), [("ja-JP", "ja"), ("EN", "en"), ("en_US", "en"), ("zh-Hant-TW", "en")])
def test_a_language_may_be_named_as_browsers_name_it(counter, tag, lang):
    answer = counter(FakeFinder(confidence=0.1)).post("/api/chat", json={"message": "?returns?", "lang": tag}).json()
    assert answer["lang"] == lang
    suggested = counter().post("/api/suggest", json={"messages": [{"role": "customer", "text": "返品"}], "lang": tag})
    assert suggested.status_code == 200


@pytest.mark.parametrize("confidence", [0.1, 0.9])
def test_english_words_are_not_said_to_be_french(counter, confidence):
    """Only a model writes other languages than Japanese and English."""
    client = counter(FakeFinder(confidence=confidence))
    assert client.post("/api/chat", json={"message": "返品の期限は?", "lang": "fr"}).json()["lang"] == "en"
    modelled = counter(FakeFinder(), FakeModel("Le retour est possible sous 30 jours [1]."))
    written = modelled.post("/api/chat", json={"message": "返品の期限は?", "lang": "fr"}).json()
    assert (written["outcome"], written["lang"]) == ("answered", "fr")
    silent = counter(FakeFinder(), FakeModel("NO_ANSWER_IN_PASSAGES"))
    assert silent.post("/api/chat", json={"message": "返品の期限は?", "lang": "fr"}).json()["lang"] == "en"


def test_a_stream_is_sources_then_words_then_the_same_answer_as_without_streaming(counter):
    client = counter(model=FakeModel("返品は", "30日以内", "です[1]。"))
    sources, *deltas, done = ask(client, "返品の期限は?")
    assert (sources.name, done.name) == ("sources", "done")
    assert {delta.name for delta in deltas} == {"delta"}
    assert [citation["n"] for citation in sources.data["citations"]] == [1, 2]
    assert "".join(delta.data["delta"] for delta in deltas) == done.data["answer"] == "返品は30日以内です[1]。"
    plain = client.post("/api/chat", json={"message": "返品の期限は?"}).json()
    varying = ("session_id", "message_id", "timings_ms")
    assert {k: v for k, v in plain.items() if k not in varying} == {
        k: v for k, v in done.data.items() if k not in varying
    }


def test_every_event_has_its_own_id_and_nobody_may_keep_the_stream(counter):
    client = counter()
    events = ask(client, "返品の期限は?")
    message = events[0].data["message_id"]
    assert [event.id for event in events] == [f"{message}:{number}" for number in range(len(events))]
    with client.stream("POST", "/api/chat", json={"message": "返品?", "stream": True}) as response:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers["x-request-id"]


def test_a_heartbeat_keeps_a_waiting_line_open(counter, monkeypatch):
    monkeypatch.setattr("service.http.streaming.HEARTBEAT_S", 0.05)
    client = counter(model=FakeModel("返品は", pause_s=0.3))
    with client.stream("POST", "/api/chat", json={"message": "返品の期限は?", "stream": True}) as response:
        assert ": still here\n\n" in "".join(response.iter_text())


def test_the_model_hears_what_was_said_before_in_this_conversation_only(counter):
    model = FakeModel("30日です[1]")
    client = counter(model=model, history_turns=1)
    mine, other = new_session_id(), new_session_id()
    client.post("/api/chat", json={"message": "一つ目の返品の話", "session_id": mine})
    client.post("/api/chat", json={"message": "二つ目の返品の話", "session_id": mine})
    client.post("/api/chat", json={"message": "他人の話", "session_id": other})
    client.post("/api/chat", json={"message": "三つ目の返品の話", "session_id": mine})
    answering = [messages for messages in model.asked if messages[0].text != SHORTEN]
    said = [message.text for message in answering[-1][1:-1] if not message.text.startswith(EARLIER)]
    assert said == ["二つ目の返品の話", "30日です[1]"]
    assert all(
        "他人" not in message.text for messages in model.asked if messages != answering[2] for message in messages
    )


def test_a_stream_that_breaks_off_ends_in_an_error_event_and_is_not_remembered(counter):
    client = counter(model=FakeModel("返品は30日以内です[1]。", "送料は", broken()))
    session = new_session_id()
    *_, last = ask(client, "返品の期限は?", session_id=session)
    assert (last.name, last.data["type"]) == ("error", "urn:madoguchi:problem:model-unavailable")
    assert "on purpose" not in str(last.data)
    assert client.get(f"/api/sessions/{session}").status_code == 404


def test_a_model_that_breaks_off_without_streaming_is_a_503(counter):
    response = counter(model=FakeModel("返品は30日以内です[1]。", "送料は", broken())).post(
        "/api/chat", json={"message": "返品の期限は?"}
    )
    assert (response.status_code, response.json()["type"]) == (503, "urn:madoguchi:problem:model-unavailable")


@pytest.mark.parametrize("stream", [False, True])
def test_without_knowledge_the_status_says_so_even_for_a_stream(counter, stream):
    finder = FakeFinder()
    finder.trouble = NoKnowledge("Nothing in the folder that only the operator knows.")
    response = counter(finder).post("/api/chat", json={"message": "返品の期限は?", "stream": stream})
    assert (response.status_code, response.json()["type"]) == (503, "urn:madoguchi:problem:no-knowledge")
    assert "folder" not in response.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("said", [(), ("返品は",)], ids=["before the first word", "in the middle"])
def test_a_client_that_leaves_stops_the_work(counter, stream, said):
    model = FakeModel(*said, *["…"] * 1000, pause_s=0.05)
    client = counter(model=model)
    body = f'{{"message": "返品の期限は?", "stream": {str(stream).lower()}}}'.encode()
    with socket.create_connection((client.base_url.host, client.base_url.port)) as line:
        line.sendall(
            b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        while not model.asked:
            time.sleep(0.01)
        if said and stream:
            while b"delta" not in line.recv(65536):
                pass
    assert soon(lambda: model.closed, 20) == 1  # all of it would take 50 s


def test_many_conversations_at_once_do_not_mix(counter):
    client = counter(model=FakeModel("答え[1]", pause_s=0.01))
    sessions = [new_session_id() for _ in range(8)]

    def talk(session: str) -> None:
        for number in range(5):
            client.post("/api/chat", json={"message": f"返品 {session} {number}", "session_id": session})

    threads = [threading.Thread(target=talk, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        turns = client.get(f"/api/sessions/{session}").json()["turns"]
        assert [turn["message"] for turn in turns] == [f"返品 {session} {number}" for number in range(5)]


GENERAL = {"Content-Type": "application/json"}
QUESTION = b'{"message": "\xe8\xbf\x94\xe5\x93\x81\xe3\x81\xae\xe6\x9c\x9f\xe9\x99\x90\xe3\x81\xaf?", "stream": %s}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"message"',
        b"\xff\xfe",
        QUESTION % b"[1]",
        QUESTION.replace(b'"message"', b'"massage"') % b"true",
        QUESTION % b'true, "session_id": "no id!"',
        QUESTION % b'true, "user": "\\ud800"',
        QUESTION % b'true, "filters": {"nothing": 1}',
        QUESTION % b'true, "model": 7',
    ],
)
def test_a_mistake_is_told_in_the_same_words_whether_or_not_a_stream_is_asked_for(counter, body):
    client = counter()
    told = client.post("/api/chat", content=body, headers=GENERAL)
    other = client.post("/api/chat", content=body, headers=GENERAL | {"Idempotency-Key": "general-way"})
    assert 400 <= told.status_code == other.status_code < 500
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json() | {"instance": ""} == other.json() | {"instance": ""}


@pytest.mark.parametrize("stream", [b"true", b"1", b'"yes"', b'true, "stream": true, "later": {"a": [NaN]}'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_stream_may_be_asked_for_in_any_words_of_json(counter, stream, encoding):
    body = (QUESTION % stream).decode().encode(encoding)
    with counter().stream("POST", "/api/chat", content=body, headers=GENERAL) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "event: done" in response.read().decode()
