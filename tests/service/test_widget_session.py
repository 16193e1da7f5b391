"""A widget's session: opened by exact origins only, for one conversation only, and by nobody's invention."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from pydantic import SecretStr
from waiting import soon

from service.access.keys import KeyFile
from service.access.tokens import SESSION_S, BadToken, SessionClaims, issue, read_identity, read_session
from service.memory.sessions import new_session_id

SHOP = "https://shop.example"
ADMIN = "correct-horse-battery"
QUESTION = {"message": "返品の期限は?"}


@pytest.fixture
def site(settings):
    return KeyFile(settings.data).create_site(
        "Shop", (SHOP, "https://www.shop.example"), {"en": "Hello from the shop."}, {"email": "help@shop.example"}
    )


@pytest.fixture
def client(counter, site):
    return counter(admin_key=SecretStr(ADMIN))


def opened(client, site, origin=SHOP, token=None, **body):
    headers = {"Origin": origin} | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.post("/api/widget/session", json={"site_key": site.id, **body}, headers=headers)


def headers(session, origin=SHOP):
    return {"Authorization": f"Bearer {session['session_token']}", "Origin": origin}


def identity(secret, **changes):
    now = int(time.time())
    return jwt.encode({"sub": "c-7", "name": "花子", "iat": now, "exp": now + 600} | changes, secret, "HS256")


def test_it_opens_with_what_a_widget_shows(client, site):
    session = opened(client, site).json()
    assert session["expires_in"] == SESSION_S
    assert session["site"]["name"] == "Shop"
    assert session["site"]["greeting"]["en"] == "Hello from the shop."
    assert "こんにちは" in session["site"]["greeting"]["ja"]
    assert session["site"]["suggestions"] == {"ja": ["返品はいつまでできますか?"], "en": []}
    assert session["site"]["contact"] == {"email": "help@shop.example"}
    assert site.secret not in json.dumps(session)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://shop.example.evil.example", "https://shop.example:8443", "http://shop.example",
     "https://SHOP.example", "https://sub.shop.example", "null", "", "https://shop.example/", "https://shop.example ."],
)  # fmt: skip
def test_no_other_origin_opens_one_or_may_read_an_answer(client, site, origin):
    answer = opened(client, site, origin)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("origin-not-allowed")
    assert answer.headers.get("access-control-allow-origin") == ("*" if origin else None)  # it may read that and why
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options("/api/chat", headers=asked).headers


def test_a_page_of_another_origin_reads_why_it_is_refused_and_no_more(client, site):
    foreign = {"Origin": "https://evil.example"}
    asked = {**foreign, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    may = client.options("/api/widget/session", headers=asked)
    assert (may.status_code, may.headers["access-control-allow-origin"]) == (204, "*")
    refused = opened(client, site, foreign["Origin"])
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (403, "*")
    assert "madoguchi keys create" in refused.json()["detail"]
    session = opened(client, site).json()
    for path in ("/api/chat", "/api/feedback", "/api/handoff"):
        assert client.options(path, headers=asked).status_code == 403
        answer = client.post(path, json=QUESTION, headers=headers(session) | foreign)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    for broken in ({"site_key": 5}, {}):
        answer = client.post("/api/widget/session", json=broken, headers=foreign)
        assert answer.status_code == 422
        assert "access-control-allow-origin" not in answer.headers


def test_a_session_speaks_in_its_own_conversation_and_reads_it(client, site):
    session = opened(client, site).json()
    answer = client.post("/api/chat", json=QUESTION, headers=headers(session))
    assert answer.json()["session_id"] == session["session_id"]
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    own = client.get(f"/api/sessions/{session['session_id']}", headers=headers(session))
    assert [turn["message"] for turn in own.json()["turns"]] == [QUESTION["message"]]


def test_a_session_opens_nothing_else(client, site):
    mine, other = opened(client, site).json(), opened(client, site).json()
    client.post("/api/chat", json=QUESTION, headers=headers(other))
    his = f"/api/sessions/{other['session_id']}"
    absent = f"/api/sessions/{new_session_id()}"
    answers = [client.get(path, headers=headers(mine)) for path in (his, absent)]
    assert [answer.status_code for answer in answers] == [404, 404]
    told = [{k: v for k, v in answer.json().items() if k != "instance"} for answer in answers]
    assert told[0] == told[1]
    assert client.post(
        "/api/chat", json=QUESTION | {"session_id": other["session_id"]}, headers=headers(mine)
    ).status_code == 404  # fmt: skip
    for method, path in (
        ("DELETE", f"/api/sessions/{mine['session_id']}"), ("GET", f"/api/sessions/{mine['session_id']}/export"),
        ("POST", "/api/search"), ("POST", "/api/suggest"), ("GET", "/api/handoffs"), ("GET", "/metrics"),
        ("POST", "/v1/chat/completions"), ("GET", "/v1/models"), ("POST", "/api/documents"), ("GET", "/api/jobs/1"),
    ):  # fmt: skip
        answer = client.request(method, path, headers=headers(mine) | {"Content-Type": "application/json"})
        assert answer.status_code == 403, (method, path, answer.text)
    for chosen in ({"model": "extractive"}, {"collection": "secret"}, {"user": "c-1"}):
        assert client.post("/api/chat", json=QUESTION | chosen, headers=headers(mine)).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "https://www.shop.example", "null", None])
def test_a_token_is_bound_to_the_origin_that_it_was_opened_on(client, site, origin):
    session = opened(client, site).json()
    sent = {name: value for name, value in headers(session, origin).items() if value}
    assert client.post("/api/chat", json=QUESTION, headers=sent).status_code == 403


def test_the_public_key_is_no_key(client, site):
    answer = client.post("/api/chat", json=QUESTION, headers={"Authorization": f"Bearer {site.id}", "Origin": SHOP})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:madoguchi:problem:site-key-is-public")
    assert answer.headers["access-control-allow-origin"] == SHOP  # a widget must be able to read why


def test_a_revoked_site_ends_its_sessions(client, site, settings):
    session = opened(client, site).json()
    KeyFile(settings.data).revoke(site.id)
    assert soon(lambda: client.post("/api/chat", json=QUESTION, headers=headers(session)).status_code != 200)
    assert opened(client, site).json()["type"].endswith("unknown-site")


def test_a_preflight_says_what_may_be_sent(client, site):
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    answer = client.options("/api/chat", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, SHOP)
    assert "Last-Event-ID" in answer.headers["access-control-allow-headers"]
    for path in ("/api/search", "/api/documents", "/api/handoffs", "/v1/chat/completions"):
        assert "access-control-allow-origin" not in client.options(path, headers=asked).headers
        assert "access-control-allow-origin" not in client.post(path, json={}, headers={"Origin": SHOP}).headers


def test_a_token_is_renewed_for_the_same_conversation(client, site):
    first = opened(client, site).json()
    again = opened(client, site, token=first["session_token"], session_id=first["session_id"]).json()
    assert again["session_id"] == first["session_id"]
    for forged in (
        opened(client, site, session_id=first["session_id"]),
        opened(client, site, token="a.b.c", session_id=first["session_id"]),
        opened(client, site, "https://www.shop.example", first["session_token"], session_id=first["session_id"]),
        opened(client, site, token=first["session_token"], session_id=new_session_id()),
    ):
        assert forged.status_code == 200
        assert forged.json()["session_id"] != first["session_id"]


def test_a_customer_who_signs_in_keeps_the_conversation_and_one_who_signs_out_does_not(client, site):
    def renewed(old, **body):
        return opened(client, site, token=old["session_token"], session_id=old["session_id"], **body).json()

    anonymous = opened(client, site).json()
    known = renewed(anonymous, identity=identity(site.secret))
    assert known["session_id"] == anonymous["session_id"]
    assert renewed(known, identity=identity(site.secret))["session_id"] == known["session_id"]
    assert renewed(known)["session_id"] != known["session_id"]
    assert renewed(known, identity=identity(site.secret, sub="c-8"))["session_id"] != known["session_id"]
    client.post("/api/chat", json=QUESTION, headers=headers(known))
    turns = client.get(f"/api/sessions/{known['session_id']}", headers=headers(known)).json()["turns"]
    assert turns[0]["user"] == "c-7"


def test_an_expired_token_is_told_apart_and_can_be_renewed(client, site, settings):
    secret = KeyFile(settings.data).read().tokens
    old = SessionClaims(site.id, SHOP, new_session_id(), None, int(time.time()) - SESSION_S - 60)
    token = issue(old, secret)
    answer = client.post("/api/chat", json=QUESTION, headers={"Authorization": f"Bearer {token}", "Origin": SHOP})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:madoguchi:problem:session-ended")
    assert opened(client, site, token=token, session_id=old.session_id).json()["session_id"] == old.session_id


def unsigned(header: dict[str, str], body: dict[str, object]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, body)]
    return ".".join([*parts, ""])


def test_identities_are_believed_only_as_the_site_signs_them(client, site):
    now = int(time.time())
    claims = {"sub": "c-7", "iat": now, "exp": now + 600}
    wrong = {
        "another secret": jwt.encode(claims, "x" * 32, "HS256"),
        "no signature": unsigned({"alg": "none"}, claims),
        "another algorithm": jwt.encode(claims, site.secret * 2, "HS512"),
        "expired": identity(site.secret, iat=now - 700, exp=now - 100),
        "good for too long": identity(site.secret, exp=now + 3600),
        "from the future": identity(site.secret, iat=now + 3000, exp=now + 3600),
        "no subject": jwt.encode({"iat": now, "exp": now + 60}, site.secret, "HS256"),
        "no end": jwt.encode({"sub": "c", "iat": now}, site.secret, "HS256"),
        "a number for a name": identity(site.secret, name=5),
        "a long name": identity(site.secret, name="x" * 300),
        "nonsense": "nonsense",
    }
    for name, token in wrong.items():
        answer = opened(client, site, identity=token)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:madoguchi:problem:identity-wrong"), name
        assert answer.json()["detail"]
    assert opened(client, site, identity=identity(site.secret)).status_code == 200


def test_a_session_token_is_no_identity_and_an_identity_no_session_token(site):
    claims = SessionClaims(site.id, SHOP, "s", None, int(time.time()))
    with pytest.raises(BadToken):
        read_identity(issue(claims, site.secret), site.secret)
    with pytest.raises(BadToken):
        read_session(identity(site.secret), site.secret)


def test_without_any_key_the_demo_works_on_our_own_pages_only(counter):
    client = counter()
    own = str(client.base_url).rstrip("/")
    body = {"site_key": "pk_demo"}
    session = client.post("/api/widget/session", json=body, headers={"Origin": own})
    assert session.status_code == 200, session.text
    mine = headers(session.json(), own)
    assert client.post("/api/chat", json=QUESTION, headers=mine).status_code == 200
    del mine["Origin"]  # as browsers do with a GET to the page's own server
    assert client.get(f"/api/sessions/{session.json()['session_id']}", headers=mine).status_code == 200
    assert client.post("/api/chat", json=QUESTION, headers=mine).status_code == 403
    evil = {"Origin": "https://evil.example"}
    assert client.post("/api/widget/session", json=body, headers=evil).status_code == 403
    assert client.post("/api/chat", json=QUESTION, headers=evil).status_code == 403
    assert client.post("/api/search", json={"query": "返品"}, headers=evil).status_code == 403
    assert client.post("/api/chat", json=QUESTION, headers={"Origin": own}).status_code == 200


def test_where_there_is_a_key_there_is_no_demo(client):
    own = str(client.base_url).rstrip("/")
    answer = client.post("/api/widget/session", json={"site_key": "pk_demo"}, headers={"Origin": own})
    assert answer.json()["type"].endswith("unknown-site")
