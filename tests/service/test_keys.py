"""Keys and sites: shown once, kept as hashes, followed by a running service, and changed by one program at a time."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis
from typer.testing import CliRunner
from waiting import soon

from knowledge.errors import CannotWrite, ConfigError
from madoguchi.cli import app
from service.access.keys import KeyFile, Keys, UnknownKey, checked_origin

QUESTION = {"message": "返品の期限は?"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path)


def test_a_key_is_kept_as_a_hash_in_a_file_for_its_owner_alone(file):
    key, words = file.create_key("shop", ("chat",))
    secret = words.split("_", 2)[2]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert secret not in file.path.read_text()
    assert len(secret) == 43
    assert file.read().key_of(words) == key
    for wrong in (words[:-1], words + "x", words[:-1] + ("A" if words[-1] != "A" else "B"), "mk_", "é", ""):
        assert file.read().key_of(wrong) is None


def test_a_key_ends_when_it_was_to(file):
    words = file.create_key("shop", ("chat",), datetime.now(UTC) + timedelta(seconds=3))[1]
    assert file.read().key_of(words)
    assert soon(lambda: file.read().key_of(words) is None)


def test_a_rotated_key_goes_on_for_as_long_as_was_said(file):
    key, old = file.create_key("shop", ("chat", "search"))
    fresh, new = file.rotate(key.id, datetime.now(UTC) + timedelta(hours=1))
    assert file.read().key_of(old)
    assert file.read().key_of(new).scopes == ("chat", "search")
    last = file.rotate(fresh.id)[1]
    assert file.read().key_of(new) is None
    assert file.read().key_of(last)
    with pytest.raises(UnknownKey):
        file.rotate(fresh.id)


def test_a_rotated_site_keeps_its_public_key(file):
    site = file.create_site("Shop", ("https://shop.example",))
    renewed, secret = file.rotate(site.id)
    assert renewed.id == site.id
    assert secret != site.secret


def test_many_programs_at_once_lose_no_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(KeyFile(tmp_path).create_key, f"k{n}", ("chat",)) for n in range(24)]
        words = [each.result()[1] for each in made]
    ring = KeyFile(tmp_path).read()
    assert all(ring.key_of(word) for word in words)


def test_a_file_that_cannot_be_written_is_left_as_it_was(file, monkeypatch):
    words = file.create_key("shop", ("chat",))[1]
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(CannotWrite, match="No space left"):
        file.create_key("other", ("chat",))
    assert file.read().key_of(words)
    assert not list(file.path.parent.glob(".keys*"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": "2"}', '{"version": 1, "keys": [{}]}', "null", "[" * 500_000]
)
def test_a_damaged_file_is_told_and_opens_nothing(file, text):
    file.path.write_text(text)
    with pytest.raises(ConfigError, match=r"keys\.json is damaged"):
        file.read()


def test_a_file_of_a_newer_version_is_not_to_be_removed(file):
    file.path.write_text('{"version": 2}')
    with pytest.raises(ConfigError, match="written by a newer version") as told:
        file.read()
    assert "remove it" not in str(told.value)


def test_a_running_service_follows_and_never_opens_by_itself(tmp_path):
    keys, file = Keys(tmp_path), KeyFile(tmp_path)
    assert not keys.guarded
    key, words = file.create_key("shop", ("chat",))
    assert soon(lambda: keys.guarded and keys.ring.key_of(words) is not None)
    file.revoke(key.id)
    assert soon(lambda: keys.ring.key_of(words) is None)
    assert keys.guarded
    file.path.unlink()
    assert soon(lambda: not keys.ring.keys)
    assert keys.guarded
    file.path.write_text("{")
    time.sleep(1.1)
    assert keys.guarded
    assert keys.ring.keys == ()


SCOPES = {
    "/api/chat": ("chat", QUESTION),
    "/api/search": ("search", {"query": "返品"}),
    "/v1/chat/completions": ("chat", {"messages": [{"role": "user", "content": "返品の期限は?"}]}),
}


@pytest.mark.parametrize("scope", ["chat", "search", "ingest", "admin"])
def test_a_key_opens_what_its_scope_says(counter, settings, scope):
    words = KeyFile(settings.data).create_key("x", (scope,))[1]
    client = counter()
    assert client.post("/api/chat", json=QUESTION).status_code == 401
    for path, (needed, body) in SCOPES.items():
        answer = client.post(path, json=body, headers=bearer(words))
        assert answer.status_code == (200 if scope in (needed, "admin") else 403), answer.text
    assert client.get("/api/handoffs", headers=bearer(words)).status_code == (200 if scope == "admin" else 403)


def test_a_revoked_key_stops_working_in_a_running_service(counter, settings, redis_server):
    file = KeyFile(settings.data)
    (key, words), kept = file.create_key("x", ("chat",)), file.create_key("y", ("chat",))[1]
    client = counter()
    assert client.post("/api/chat", json=QUESTION, headers=bearer(words)).status_code == 200
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as plain:
        assert soon(lambda: plain.hget("madoguchi:1:{used}:keys", key.id))
    file.revoke(key.id)
    assert soon(lambda: client.post("/api/chat", json=QUESTION, headers=bearer(words)).status_code == 401)
    assert client.post("/api/chat", json=QUESTION, headers=bearer(kept)).status_code == 200


def test_the_command_creates_lists_and_revokes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MADOGUCHI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    run = CliRunner().invoke
    made = run(app, ["keys", "create", "--name", "desk", "--scope", "chat", "--scope", "search", "--expires", "90d"])
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert re.fullmatch(r"mk_[0-9a-f]{12}_\S{43}", secret)
    site = run(app, ["keys", "create", "--site", "Shop", "--origin", "https://SHOP.example:443/", "--json"])
    assert json.loads(site.stdout)["origins"] == ["https://shop.example"]
    listed = json.loads(run(app, ["keys", "list", "--json"]).stdout)["keys"]
    assert [(entry["name"], entry["scopes"]) for entry in listed] == [("desk", ["chat", "search"]), ("Shop", None)]
    assert secret not in run(app, ["keys", "list"]).stdout
    assert run(app, ["keys", "revoke", listed[0]["id"]]).exit_code == 0
    assert KeyFile(tmp_path / "data").read().key_of(secret) is None
    for wrong in (["--scope", "everything", "--name", "x"], ["--scope", "chat"], ["--site", "S"], [],
                  ["--scope", "chat", "--name", "x", "--expires", "2001-01-01"]):  # fmt: skip
        assert run(app, ["keys", "create", *wrong]).exit_code == 2


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://日本.example", "https://xn--wgv71a.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(text, origin):
    assert checked_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["*", "null", "https://*.example", "http://shop.example", "shop.example", "https://shop.example/path", "https://",
     "https://a@shop.example", "ftp://shop.example", "https://shop.example?x", "https://shop.example:x", "file:///a"],
)  # fmt: skip
def test_what_is_no_origin_is_refused_with_an_example(text):
    with pytest.raises(ConfigError):
        checked_origin(text)
