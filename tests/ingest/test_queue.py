"""The queue with a real Redis server and a real worker: what is handed over is done, and twice is no harm."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.private_redis import find_binary

FAQ = "質問,回答\n返品できますか,未使用の商品は30日以内なら返品できます。\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    port = free_port()
    command = [str(find_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MADOGUCHI_", "OPENAI_"))}
    yield inherited | {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "PYTHONPATH": str(Path(__file__).parents[2])}
    server.terminate()
    server.wait()


def madoguchi(*arguments: str, cwd: Path, env: dict[str, str]) -> dict[str, object]:
    command = [sys.executable, "-m", "madoguchi", *arguments, "--json"]
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60)
    return json.loads(result.stdout)


def sources(cwd: Path, env: dict[str, str]) -> list[str]:
    listed = madoguchi("documents", "list", cwd=cwd, env=env)
    return [document["source"] for document in listed.get("documents", [])]


def test_a_worker_does_what_was_queued_before_it_started(tmp_path, environment):
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    job = madoguchi("ingest", "faq.csv", "--queue", cwd=tmp_path, env=environment)["job"]
    assert madoguchi("ingest", "faq.csv", "--queue", cwd=tmp_path, env=environment)["job"] != job
    worker = subprocess.Popen(
        [sys.executable, "-m", "madoguchi", "worker"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while not (found := sources(tmp_path, environment)) and time.monotonic() < deadline:
            time.sleep(1)
        assert found == ["faq.csv"]
    finally:
        worker.terminate()
        _, said = worker.communicate(timeout=30)
    assert worker.returncode == 0, said.decode()
    assert job in said.decode()
