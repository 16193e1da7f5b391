"""Who may call, with a key and without one."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from knowledge.errors import ConfigError
from service.access.gate import check_exposure
from service.access.keys import KeyFile

KEY = "correct-horse-battery"
GUARDED = [("POST", "/api/chat"), ("GET", "/api/sessions/a"), ("POST", "/api/search"), ("POST", "/v1/chat/completions")]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "header", [None, "Bearer wrong-key-entirely", f"Basic {KEY}", "Bearer", f"Bearer {KEY}x", "Bearer é"]
)
def test_without_the_right_key_nothing_is_answered(counter, method, path, header):
    headers = {"Authorization": header.encode()} if header else {}
    response = counter(admin_key=SecretStr(KEY)).request(method, path, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["x-request-id"]


def test_with_the_key_the_counter_answers_under_any_name(counter):
    client = counter(admin_key=SecretStr(KEY))
    headers = {"Authorization": f"Bearer {KEY}", "Host": "support.example"}
    assert client.post("/api/chat", json={"message": "返品の期限は?"}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/readyz"])
def test_the_page_and_the_health_checks_need_no_key(counter, path):
    assert counter(admin_key=SecretStr(KEY)).get(path).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "", "localhost.evil.example"]
)
def test_without_a_key_a_foreign_name_for_this_machine_is_turned_away(counter, host):
    response = counter().post("/api/chat", json={"message": "返品の期限は?"}, headers={"Host": host})
    assert response.status_code in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost", "localhost:8000", "[::1]:8000", "[::1]", "127.0.0.1"])
def test_without_a_key_this_machine_is_served(counter, host):
    assert counter().post("/api/chat", json={"message": "返品の期限は?"}, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "counter.example"])
def test_other_machines_are_not_served_without_a_key(settings, host):
    with pytest.raises(ConfigError, match="MADOGUCHI_ADMIN_KEY=") as refusal:
        check_exposure(settings.model_copy(update={"host": host}))
    assert refusal.value.exit_code == 78
    check_exposure(settings.model_copy(update={"host": host, "admin_key": SecretStr(KEY)}))


def test_a_mistyped_address_is_told_as_one_and_not_as_the_keys_fault(counter, settings):
    _, key = KeyFile(settings.data).create_key("helpdesk", ("chat",))
    client = counter()
    client.headers["Authorization"] = f"Bearer {key}"
    for path in ("/api/message", "/api/nothing/at/all", "/v2/chat/completions/../../../api/none"):
        answer = client.post(path, json={})
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:madoguchi:problem:not-found")
    for line in ("POST /api/search", "GET /api/search", "GET /api/handoffs", "GET /metrics"):
        answer = client.request(*line.split())
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:madoguchi:problem:scope-missing")
