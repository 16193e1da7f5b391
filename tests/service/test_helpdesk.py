"""What a helpdesk works with: opinions, handoffs with a signed call, drafts, exports; and counts for the operator."""

from __future__ import annotations

import base64
import hmac
import json

import pytest
from events import ask
from fakes import FakeModel
from loopback import Quiet, Server
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr
from redis import Redis
from typer.testing import CliRunner
from waiting import soon

from knowledge.errors import DamagedSession, UnknownSession
from madoguchi.cli import app
from service.memory.sessions import new_session_id
from service.memory.storage import PREFIX
from service.memory.webhook import RECORDS, signature

QUESTION = {"message": "返品の期限は?"}


def test_an_opinion_is_kept_and_exported_with_what_it_is_about(counter, settings, redis_server, monkeypatch, tmp_path):
    client, session = counter(), new_session_id()
    answer = client.post("/api/chat", json=QUESTION | {"session_id": session, "user": session}).json()
    opinion = {"session_id": session, "message_id": answer["message_id"], "rating": "up"}
    assert client.post("/api/feedback", json=opinion).status_code == 204
    better = opinion | {"rating": "down", "comment": "古い", "corrected_answer": "60日です。"}
    assert client.post("/api/feedback", json=better).status_code == 204
    for wrong in ({"message_id": "other"}, {"session_id": new_session_id()}):
        assert client.post("/api/feedback", json=opinion | wrong).status_code == 404
    assert client.post("/api/feedback", json=opinion | {"rating": "so-so"}).status_code == 422

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    run = CliRunner().invoke
    record = json.loads(run(app, ["sessions", "export", session, "--feedback"]).stdout)
    assert record["rating"] == "down"
    assert (record["question"], record["corrected_answer"]) == (QUESTION["message"], "60日です。")
    assert record["passages"]
    whole = json.loads(run(app, ["sessions", "export", "--user", session]).stdout)
    assert whole["session_id"] == session
    assert whole["feedback"][0]["comment"] == "古い"
    assert run(app, ["sessions", "export"]).exit_code == 2
    assert run(app, ["sessions", "export", session, "--all"]).exit_code == 2
    assert run(app, ["sessions", "delete", session], input="n\n").exit_code == 1
    assert run(app, ["sessions", "delete", session, "--yes"]).stdout.strip() == "Erased: 1"
    assert run(app, ["sessions", "delete", session, "--yes"]).exit_code == 1
    unknown = run(app, ["sessions", "delete", session], input="n\n")
    assert isinstance(unknown.exception, UnknownSession)
    assert "Erase" not in unknown.output, "nothing is asked about what there is not"
    assert client.get(f"/api/sessions/{session}").status_code == 404


@pytest.mark.parametrize("what", ["another's", "no JSON", "no turn", "no list"])
def test_what_cannot_be_read_of_one_conversation_stops_no_other(what, counter, redis_server, monkeypatch, tmp_path):
    client, good, bad = counter(), new_session_id(), new_session_id()
    for session in (good, bad):
        client.post("/api/chat", json=QUESTION | {"session_id": session, "user": good})
    place = f"{PREFIX}:{{{bad}}}:turns"
    with Redis.from_url(redis_server.url) as plain:
        if what == "no list":
            plain.set(place, "x")
        else:
            turns = {"another's": plain.lindex(f"{PREFIX}:{{{good}}}:turns", 0), "no JSON": "{", "no turn": "[]"}
            plain.lset(place, 0, turns[what])
    answer = client.post("/api/chat", json=QUESTION | {"session_id": bad}).json()
    assert (answer["outcome"], answer["degraded"]) == ("answered", ["history"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    run = CliRunner().invoke
    for which in (["--all"], ["--user", good]):
        told = run(app, ["sessions", "export", *which])
        assert told.exit_code == 2
        assert good in told.stdout
        assert bad not in told.stdout
        assert f"{bad} left out: " in " ".join(told.stderr.split())
    assert isinstance(run(app, ["sessions", "export", bad]).exception, DamagedSession)
    own = run(app, ["sessions", "delete", "--user", good, "--yes"])
    assert (own.exit_code, own.stdout.strip()) == (2, "Erased: 1")
    assert f"{bad} not erased" in " ".join(own.stderr.split())
    assert run(app, ["sessions", "delete", bad, "--yes"]).stdout.strip() == "Erased: 1"
    assert run(app, ["sessions", "export", "--user", good]).exit_code == 0


def test_who_asked_for_a_person_and_said_nothing_else_is_exported_and_erased_too(
    counter, redis_server, monkeypatch, tmp_path
):
    client, session = counter(), new_session_id()
    contact = {"name": "花子", "email": f"{session}@example.jp"}
    client.post("/api/handoff", json={"session_id": session, "contact": contact})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    run = CliRunner().invoke
    assert contact["email"] in run(app, ["sessions", "export", "--all"]).stdout
    assert json.loads(run(app, ["sessions", "export", session]).stdout)["handoffs"][0]["contact"]["name"] == "花子"
    assert run(app, ["sessions", "delete", session, "--yes"]).stdout.strip() == "Erased: 1"
    assert contact["email"] not in run(app, ["sessions", "export", "--all"]).stdout


def test_handoffs_are_listed_page_by_page(counter):
    client, mine = counter(), [new_session_id() for _ in range(3)]
    for session in mine:
        client.post("/api/handoff", json={"session_id": session})
    first = client.get("/api/handoffs", params={"limit": 2}).json()
    second = client.get("/api/handoffs", params={"limit": 1, "offset": first["next"]}).json()
    listed = [one["session_id"] for one in first["handoffs"] + second["handoffs"]]
    assert listed == mine[::-1]
    assert client.get("/api/handoffs", params={"limit": 0}).status_code == 422


@pytest.mark.parametrize(
    "garbled",
    [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"id": 5}', "bad role", "no text", "gone"],
    ids=["no JSON", "no object", "no text", "deep", "no handoff", "bad role", "no words", "gone"],
)
def test_a_handoff_that_cannot_be_read_hides_no_other(garbled, counter, redis_server, capsys):
    client, mine = counter(), [new_session_id() for _ in range(3)]
    for session in mine:
        client.post("/api/chat", json=QUESTION | {"session_id": session})
    bad = [client.post("/api/handoff", json={"session_id": session}).json()["handoff_id"] for session in mine][1]
    with Redis.from_url(redis_server.url) as plain:
        held = json.loads(plain.hget(RECORDS, bad))
        if garbled == "gone":
            plain.hdel(RECORDS, bad)
        else:
            turned = {"bad role": {"role": "priest"}, "no text": {"text": None}}.get(garbled, {})
            held["transcript"][0] |= turned
            plain.hset(RECORDS, bad, json.dumps(held) if turned else garbled)
    first = client.get("/api/handoffs", params={"limit": 2})
    assert first.status_code == 200, first.text
    assert [one["session_id"] for one in first.json()["handoffs"]] == [mine[2]]
    second = client.get("/api/handoffs", params={"limit": 1, "offset": first.json()["next"]}).json()
    assert [one["session_id"] for one in second["handoffs"]] == [mine[0]]
    assert (f"handoff={bad}" in capsys.readouterr().out) == (garbled != "gone")


class FakeHelpdesk(Server):
    """Takes calls, after it has refused the first."""

    def __init__(self) -> None:
        super().__init__(_Taking)
        self.calls: list[tuple[dict[str, str], bytes]] = []


class _Taking(Quiet):
    server: FakeHelpdesk

    def do_POST(self) -> None:
        self.server.calls.append(({name.lower(): value for name, value in self.headers.items()}, self.whole_body()))
        self.send_response(503 if len(self.server.calls) == 1 else 204)
        self.end_headers()


@pytest.fixture
def helpdesk():
    with FakeHelpdesk() as fake:
        yield fake


def test_a_conversation_is_handed_over_with_what_was_said_and_the_helpdesk_is_told(
    counter, helpdesk, monkeypatch, nobody_waits
):
    monkeypatch.setattr("service.memory.webhook.POLL_S", 0.05)
    monkeypatch.setattr("service.memory.webhook.SOONEST_S", 0.1)
    client = counter(handoff_webhook=f"{helpdesk.url}/hook", handoff_secret=SecretStr("a-secret-of-sixteen"))
    session = new_session_id()
    client.post("/api/chat", json=QUESTION | {"session_id": session})
    contact = {"name": "花子", "email": "hanako@example.jp"}
    made = client.post("/api/handoff", json={"session_id": session, "contact": contact, "message": "急ぎです"})
    assert made.status_code == 201
    listed = client.get("/api/handoffs").json()["handoffs"][0]
    assert listed["handoff_id"] == made.json()["handoff_id"]
    assert listed["reason"] == "customer_request"
    assert [said["role"] for said in listed["transcript"]] == ["customer", "bot"]
    assert [said["outcome"] for said in listed["transcript"]] == [None, "answered"]
    assert listed["contact"]["email"] == "hanako@example.jp"

    assert soon(lambda: len(helpdesk.calls) > 1)
    headers, body = helpdesk.calls[1]
    words = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.digest(b"a-secret-of-sixteen", words, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert json.loads(body)["data"]["transcript"][0]["text"] == QUESTION["message"]
    assert helpdesk.calls[0][0]["webhook-id"] == headers["webhook-id"]

    assert client.delete(f"/api/sessions/{session}").status_code == 204
    assert all(one["session_id"] != session for one in client.get("/api/handoffs").json()["handoffs"])


def test_the_signature_is_that_of_the_standard():
    """The example of the Standard Webhooks specification's libraries."""
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_draft_for_an_agent_is_stored_nowhere(counter):
    model = FakeModel("30日以内です[1]。")
    client = counter(model=model)
    before = client.get("/api/handoffs").json()
    messages = [
        {"role": "customer", "text": "注文した靴が小さいです。"},
        {"role": "agent", "text": "承知しました。"},
        {"role": "customer", "text": "返品の期限は?"},
        {"role": "agent", "text": "少々お待ちください。"},
    ]
    draft = client.post("/api/suggest", json={"messages": messages}).json()
    assert draft["draft"] == "30日以内です[1]。"
    assert draft["citations"][0]["source"] == "faq.csv"
    assert [said.text for said in model.asked[0][1:-1]] == ["注文した靴が小さいです。", "承知しました。"]
    assert client.get("/api/handoffs").json() == before
    for wrong in (
        [],
        [{"role": "agent", "text": "はい"}],
        [{"role": "customer", "text": " "}],
        [{"role": "x", "text": "y"}],
    ):
        assert client.post("/api/suggest", json={"messages": wrong}).status_code == 422


def test_answers_are_counted_without_their_words(counter):
    client = counter(
        model=FakeModel("30日です[1]。"),
        price_per_million_prompt_tokens=2.0,
        price_per_million_completion_tokens=8.0,
    )

    def count(line: str) -> float:
        page = client.get("/metrics")
        assert page.headers["content-type"].startswith("text/plain")
        assert "返品" not in page.text
        return next((float(row.rpartition(" ")[2]) for row in page.text.splitlines() if row.startswith(line)), 0.0)

    answered = 'madoguchi_answers_total{model="default",outcome="answered",reason=""}'
    tokens = 'madoguchi_tokens_total{kind="prompt",model="default"}'
    lines = (answered, tokens, 'madoguchi_cost_total{model="default"}',
             'madoguchi_requests_total{method="POST",route="/api/chat",status="200"}',
             'madoguchi_first_token_seconds_count{model="default"}', "madoguchi_retrieval_seconds_count")  # fmt: skip
    before = [count(line) for line in lines]
    client.post("/api/chat", json=QUESTION)
    ask(client, QUESTION["message"])
    grown = [count(line) - was for line, was in zip(lines, before, strict=True)]
    assert grown[:2] == [2, 2000]
    assert grown[2] == pytest.approx(2 * (1000 * 2.0 + 10 * 8.0) / 1e6)
    assert grown[3:] == [2, 2, 2]
    assert count("madoguchi_answers_in_flight") == 0
    assert count('madoguchi_generation_info{generation="generation-1"}') == 1
    client.get("/no/such/路")
    assert "路" not in client.get("/metrics").text


def test_where_there_is_a_key_the_counts_need_it(counter):
    client = counter(admin_key=SecretStr("correct-horse-battery"))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer correct-horse-battery"}).status_code == 200


def test_an_answer_is_a_span_without_its_words(counter):
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    counter(model=FakeModel("30日です[1]。")).post("/api/chat", json=QUESTION)
    span = next(span for span in spans.get_finished_spans() if span.name == "chat default")
    assert span.attributes["gen_ai.operation.name"] == "chat"
    assert (span.attributes["gen_ai.usage.input_tokens"], span.attributes["gen_ai.usage.output_tokens"]) == (1000, 10)
    assert span.attributes["madoguchi.outcome"] == "answered"
    assert "返品" not in span.to_json()
