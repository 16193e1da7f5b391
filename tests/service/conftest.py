"""A served counter for each test: real HTTP, a real Redis, and passages that are always found."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fakes import FakeFinder
from pydantic import SecretStr
from redis import Redis
from waiting import soon

from knowledge.private_redis import RedisServer, running_redis
from knowledge.settings import KnowledgeSettings
from service.app import create_app
from service.memory import storage
from service.memory.webhook import UNTOLD
from service.models.base import Model
from service.parts import open_parts
from service.serving import server_config
from service.settings import ServiceSettings

Counter = Callable[..., httpx.Client]


PROMPT_S = storage.WAIT_S


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines that run tests are busy: what Redis may take is tested where that is tested, by `prompt`."""
    monkeypatch.setattr(storage, "WAIT_S", 30.0)


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, patient: None) -> None:
    """Waits for Redis as long as the product does."""
    monkeypatch.setattr(storage, "WAIT_S", PROMPT_S)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    settings = KnowledgeSettings(data=tmp_path_factory.mktemp("redis-data"), _env_file=None)
    with running_redis(settings) as server:
        with Redis.from_url(server.url) as client:
            client.config_set("appendonly", "no")  # else a busy disk holds up what has nothing to do with disks
        yield server


@pytest.fixture
def settings(tmp_path: Path, redis_server: RedisServer) -> ServiceSettings:
    return ServiceSettings(data=tmp_path, redis_url=SecretStr(redis_server.url), _env_file=None)


@pytest.fixture
def nobody_waits(redis_server: RedisServer) -> None:
    """No handoff of another test is still to be told: all share one Redis."""
    with Redis.from_url(redis_server.url) as client:
        client.delete(UNTOLD)


@pytest.fixture
def counter(settings: ServiceSettings) -> Iterator[Counter]:
    """Call it to serve a counter; what is given overrides the settings."""
    with contextlib.ExitStack() as stack:

        def serve(finder: FakeFinder | None = None, model: Model | str | None = None, **changes: Any) -> httpx.Client:
            named = {"model": model} if isinstance(model, str) else {}
            chosen = settings.model_copy(update=changes | named)
            fake = None if isinstance(model, str) else model
            parts = stack.enter_context(open_parts(chosen, finder or FakeFinder(), fake))
            address = stack.enter_context(serving(create_app(chosen, parts)))
            return stack.enter_context(httpx.Client(base_url=address, timeout=60))

        yield serve


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port, in a thread of its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = server_config(app)
        config.timeout_graceful_shutdown = 1
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        soon(lambda: server.started or not thread.is_alive())
        assert server.started
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
