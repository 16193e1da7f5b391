"""A model by its name on a hub: fetched once, and from a server of the tests, as nothing here may need the internet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from loopback import Quiet, Server
from programs import LONGEST_S, environment
from test_onnx_folder import make_folder

from knowledge.errors import ConfigError
from knowledge.settings import KnowledgeSettings, load

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(Server):
    """Answers for one repository, `tests/words`, what Hugging Face's hub would; it is none, as its name says."""

    def __init__(self, folder: Path) -> None:
        super().__init__(_Answering)
        self.files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        self.asked: list[str] = []


class _Answering(Quiet):
    server: FakeHub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        if path.startswith("/api/models/tests/words/tree/"):
            tree = [
                {"type": "file", "path": name, "size": len(held), "oid": sha256(held).hexdigest()[:40]}
                for name, held in self.server.files.items()
            ]
            self._send(json.dumps(tree).encode(), "application/json")
        elif path.startswith("/api/models/tests/words"):
            siblings = [{"rfilename": name} for name in self.server.files]
            told = {"id": "tests/words", "sha": COMMIT, "siblings": siblings, "private": False, "tags": []}
            self._send(json.dumps(told).encode(), "application/json")
        elif path.startswith("/tests/words/resolve/") and (name := path.split("/", 5)[5]) in self.server.files:
            self._send(self.server.files[name], "application/octet-stream")
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{sha256(body).hexdigest()[:40]}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    folder = make_folder(tmp_path / "published")
    (folder / "pytorch_model.bin").write_bytes(b"weights in a form that must not be fetched")
    with FakeHub(folder) as hub:
        yield hub


def doctor(hub: FakeHub, home: Path, name: str) -> dict[str, str]:
    """What `madoguchi doctor` finds of the embedding model, in a process of its own: HF_ENDPOINT is read at import."""
    chosen = environment(
        HF_ENDPOINT=hub.url,
        HOME=str(home),
        MADOGUCHI_EMBEDDING=f"hub:{name}",
        MADOGUCHI_MODELS=str(home / "models"),
    )
    ended = subprocess.run(
        [sys.executable, "-m", "madoguchi", "doctor", "--json"],
        cwd=home,
        env={name: chosen[name] for name in chosen if name == "HF_ENDPOINT" or not name.startswith("HF_")},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert "Traceback" not in ended.stderr
    found: list[dict[str, str]] = json.loads(ended.stdout)["findings"]
    return next(one for one in found if one["what"] == "embedding")


def test_a_model_is_fetched_once_without_what_is_not_needed_and_serves(hub: FakeHub, tmp_path: Path) -> None:
    found = doctor(hub, tmp_path, "tests/words")
    assert (found["state"], found["detail"].rpartition(", ")[2]) == ("ok", "3 dimensions"), found
    assert not any("pytorch_model.bin" in path for path in hub.asked)
    asked = len(hub.asked)
    assert doctor(hub, tmp_path, "tests/words") == found
    assert len(hub.asked) == asked


def test_two_processes_that_want_the_same_model_at_once_both_get_it(hub: FakeHub, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: doctor(hub, tmp_path, "tests/words"), range(2)))
    assert [one["state"] for one in found] == ["ok", "ok"], found
    assert hub.asked.count("/api/models/tests/words/revision/main") == 1, "the second waits and asks for nothing"


def test_a_model_that_the_hub_does_not_have_and_one_without_onnx_are_told(hub: FakeHub, tmp_path: Path) -> None:
    found = doctor(hub, tmp_path, "tests/nothing")
    assert found["state"] == "wrong"
    assert "The embedding model tests/nothing cannot be fetched" in found["detail"]
    del hub.files["model.onnx"]
    assert "tests/words has no model.onnx" in doctor(hub, tmp_path, "tests/words")["detail"]


@pytest.mark.parametrize("name", ["", "words", "a/b/c", "../up/x", "a/..", "a b/c"])
def test_what_is_no_name_on_a_hub_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="MADOGUCHI_EMBEDDING is wrong"):
        load(KnowledgeSettings, embedding=f"hub:{name}")
