"""Programs as processes of their own, which see no settings of who runs the tests: `madoguchi`, Redis, Sentinels."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import redis
from waiting import soon

from knowledge.private_redis import find_binary

ROOT = Path(__file__).parents[1]
LONGEST_S = 120  # for a command to end, or a server to begin: machines that run tests are busy


def environment(**more: str) -> dict[str, str]:
    """The variables of a new process: none of the settings of whoever runs the tests, but these."""
    own = ("MADOGUCHI_", "OPENAI_", "REDIS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def madoguchi(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "madoguchi", *words],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def answers(client: httpx.Client, path: str = "/healthz") -> bool:
    """Whether a service that was just started says that it is well."""
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def redis_process(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis server on a TCP port, without a disk."""
    plain = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder))
    with _server(folder, port, *plain, *options) as process:
        yield process


@contextlib.contextmanager
def sentinel_process(folder: Path, port: int, *settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Sentinel on a TCP port, with the lines of its settings."""
    file = folder / f"{port}.conf"
    file.write_text("\n".join(("bind 127.0.0.1", f"port {port}", *settings)) + "\n")
    with _server(folder, port, str(file), "--sentinel") as process:
        yield process


@contextlib.contextmanager
def _server(folder: Path, port: int, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(find_binary()), *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert soon(lambda: process.poll() is not None or listens(port), LONGEST_S)
        assert process.poll() is None, "the port was taken by another in the meantime"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)  # a test may have frozen it
        process.kill()
        process.wait()


def knows_all(sentinel: int, master: str, password: str | None = None) -> bool:
    """Whether a Sentinel knows the one replica of a master and both other Sentinels."""
    try:
        with redis.Redis(port=sentinel, password=password, retry=None) as watcher:
            state = watcher.sentinel_master(master)
    except redis.RedisError:
        return False
    return bool(state["num-slaves"] == 1 and state["num-other-sentinels"] == 2)
