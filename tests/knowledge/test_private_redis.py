"""The private Redis server: real, shared, restarted, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from waiting import soon

from knowledge.errors import RedisUnavailable
from knowledge.private_redis import RedisServer, running_redis
from knowledge.settings import KnowledgeSettings


@pytest.fixture
def settings(tmp_path: Path) -> KnowledgeSettings:
    return KnowledgeSettings(data=tmp_path / "data", _env_file=None)


def client(server: RedisServer) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not (stat := Path(f"/proc/{pid}/stat")).exists() or " Z " not in stat.read_text()


def pid_of(server: RedisServer) -> int:
    with client(server) as connection:
        return int(connection.info("server")["process_id"])


def test_what_was_written_is_there_the_next_time(settings):
    with running_redis(settings) as server, client(server) as connection:
        connection.set("word", "窓口")
    with running_redis(settings) as server, client(server) as connection:
        assert connection.get("word") == "窓口"


def test_it_listens_on_no_port_and_in_a_folder_of_ours_alone(settings):
    with running_redis(settings) as server, client(server) as connection:
        assert connection.config_get("port")["port"] == "0"
        socket = Path(server.url.removeprefix("unix://"))
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(socket)) <= 107


def test_it_stops_with_the_program(settings):
    with running_redis(settings) as server:
        pid = pid_of(server)
    assert not alive(pid)


def test_a_second_program_shares_it_and_carries_on_when_the_first_ends(settings):
    with running_redis(settings) as mine:
        with running_redis(settings) as first:
            pid = pid_of(first)
            with running_redis(settings) as second:
                assert pid_of(second) == pid == pid_of(mine)
        assert pid_of(mine) == pid


def test_when_the_starter_ends_the_other_starts_it_again(settings):
    first = running_redis(settings)
    starter = first.__enter__()
    with client(starter) as connection:
        connection.set("word", "kept")
    with running_redis(settings) as second:
        first.__exit__(None, None, None)

        def kept() -> bool:
            try:
                with client(second) as connection:
                    return connection.get("word") == "kept"
            except redis.RedisError:
                return False

        assert soon(kept)


def test_a_server_that_was_killed_is_started_again(settings):
    with running_redis(settings) as server:
        pid = pid_of(server)
        os.kill(pid, signal.SIGKILL)

        def back() -> bool:
            try:
                return pid_of(server) != pid
            except redis.RedisError:
                return False

        assert soon(back)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_dies_with_a_program_that_is_killed(settings):
    program = (
        "import sys, time; from pathlib import Path\n"
        "from knowledge.private_redis import running_redis\n"
        "from knowledge.settings import KnowledgeSettings\n"
        "with running_redis(KnowledgeSettings(data=Path(sys.argv[1]), _env_file=None)) as server:\n"
        "    print(server.url, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(settings.data)], stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().decode().strip()
        pid = pid_of(RedisServer(url, ""))
        process.kill()
    assert soon(lambda: not alive(pid))


def test_the_operators_server_is_taken_as_it_is_and_its_password_not_told():
    settings = KnowledgeSettings(redis_url="redis://:geheim@127.0.0.1:1/2", _env_file=None)
    with running_redis(settings) as server:
        assert server.url == "redis://:geheim@127.0.0.1:1/2"
        assert "127.0.0.1:1/2" in server.description
        assert "geheim" not in server.description


def test_addresses_of_sentinels_are_told_without_the_password():
    settings = KnowledgeSettings(redis_url="redis+sentinel://:geheim@one:26379,two:26379/main/0", _env_file=None)
    with running_redis(settings) as server:
        assert server.description == "REDIS_URL, one:26379,two:26379/main/0"


def test_no_server_anywhere_is_told_with_what_to_do(settings, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.metadata.files", lambda name: [])
    with pytest.raises(RedisUnavailable, match="REDIS_URL"), running_redis(settings):
        pass
