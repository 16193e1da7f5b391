"""Jobs behind real Sentinels, with passwords and by TLS: when the master is gone, they go on with its follower."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import redis
from certificates import self_signed
from kombu.exceptions import OperationalError
from programs import environment as environment_with
from programs import free_port, knows_all, redis_process, sentinel_process
from proxy import Proxy
from test_queue import FAQ, ended, jobs, madoguchi, sources, until, worker
from waiting import soon

from knowledge.errors import ConfigError, RedisUnavailable, UnknownJob
from knowledge.jobs import Jobs, Wish, application

__all__ = ["jobs", "worker"]
MASTERS, WATCHERS = "p#/w:d@1", "w@tch"


def sentinel_of(master: int, patience_ms: int, quorum: int) -> tuple[str, ...]:
    """A Sentinel's settings."""
    return (
        f"requirepass {WATCHERS}", f"sentinel monitor desk 127.0.0.1 {master} {quorum}",
        f'sentinel auth-pass desk "{MASTERS}"', f"sentinel sentinel-pass {WATCHERS}",
        f"sentinel down-after-milliseconds desk {patience_ms}", "sentinel failover-timeout desk 5000",
    )  # fmt: skip


def done_some_time(jobs: Jobs, path: Path) -> None:
    """Send a job, and again where it went to a master that was none any more, until it is done."""
    sent: list[str] = []

    def done() -> bool:
        with contextlib.suppress(RedisUnavailable):
            if not sent:
                sent.append(jobs.send(Wish(paths=(str(path),))))
            try:
                return jobs.get(sent[-1]).state == "done"
            except UnknownJob:
                sent.clear()
        return False

    assert soon(done, 120)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[str, list[Popen[bytes]]]]:
    """The address of a master, its replica and three Sentinels; the master's process and the first Sentinel's."""
    master, replica, *ports = (free_port() for _ in range(5))
    login = ("--requirepass", MASTERS, "--masterauth", MASTERS)
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(redis_process(tmp_path, master, *login))
        stack.enter_context(redis_process(tmp_path, replica, *login, "--replicaof", f"127.0.0.1 {master}"))
        watchers = [
            stack.enter_context(sentinel_process(tmp_path, port, *sentinel_of(master, 1000, 2))) for port in ports
        ]
        assert soon(lambda: all(knows_all(port, "desk", WATCHERS) for port in ports), 60)
        where = ",".join(f"127.0.0.1:{port}" for port in ports)
        yield f"redis+sentinel://:p%23%2Fw%3Ad%401@{where}/desk/0?sentinel_password=w%40tch", [first, watchers[0]]


@pytest.fixture
def environment(guarded: tuple[str, list[Popen[bytes]]]) -> dict[str, str]:
    return environment_with(REDIS_URL=guarded[0])


def test_when_the_master_and_the_first_sentinel_die_jobs_go_on_with_the_new_master(
    tmp_path, guarded, environment, jobs, worker
):
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    (tmp_path / "hours.md").write_text("# Hours\n\nWe open at nine.\n", "utf-8")
    running = worker()
    first = madoguchi("ingest", "faq.csv", "--queue", cwd=tmp_path, env=environment)["job"]
    assert until(jobs, first, ended).state == "done"
    for process in guarded[1]:
        process.kill()
    done_some_time(jobs, tmp_path / "hours.md")
    assert running.poll() is None, "the worker lived through it"
    assert sources(tmp_path) == ["faq.csv", "hours.md"]
    assert len(jobs.workers()) == 1


@pytest.fixture
def by_tls(tmp_path: Path) -> Iterator[str]:
    """A master and a Sentinel that both speak TLS alone: the Sentinel names the master's port for TLS."""
    master, watcher = free_port(), free_port()
    tls = self_signed(tmp_path)
    with (
        redis_process(tmp_path, master, "--requirepass", MASTERS),
        Proxy(master, tls) as line,
        # It cannot speak TLS to the master itself, and is to wait for longer than the test until it says so.
        sentinel_process(tmp_path, watcher, *sentinel_of(line.port, 3_600_000, 1)),
        Proxy(watcher, tls) as door,
    ):
        yield f"rediss+sentinel://:p%23%2Fw%3Ad%401@127.0.0.1:{door.port}/desk/0?sentinel_password=w%40tch"


def test_behind_sentinels_by_tls_a_certificate_is_trusted_where_the_operator_names_it(by_tls, tmp_path):
    untrusted = Jobs.connect(by_tls)
    with pytest.raises(RedisUnavailable):
        untrusted.workers()
    untrusted.close()
    with application(by_tls).connection_for_write() as line, pytest.raises(OperationalError):
        line.default_channel.client.ping()
    jobs = Jobs.connect(f"{by_tls}&ssl_ca_certs={tmp_path / 'server.pem'}")
    assert soon(lambda: not jobs.workers())
    assert jobs.get(jobs.send(Wish(paths=("/nowhere",)))).state == "queued"
    assert jobs.backlog().jobs == 1
    jobs.close()


def test_a_wrong_password_is_told_in_words_at_once(guarded):
    jobs = Jobs.connect(guarded[0].replace("p%23", "q%23"))
    with pytest.raises(ConfigError, match="refuses the login"):
        jobs.check_login()
    with pytest.raises(RedisUnavailable, match="refuses the login"):
        jobs.send(Wish(paths=("/nowhere",)))
    jobs.close()
    jobs = Jobs.connect(guarded[0].partition("?")[0])
    with pytest.raises(ConfigError, match="refuses the login"):  # the Sentinels', which is missing
        jobs.check_login()
    jobs.close()


def test_sentinels_that_are_not_there_are_told_in_few_words():
    jobs = Jobs.connect(f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{free_port()}/desk/0")
    with pytest.raises(RedisUnavailable, match=r"No master found for 'desk': ConnectionError\Z"):
        jobs.workers()
    jobs.close()


def test_when_the_master_is_replaced_in_good_order_jobs_go_on(tmp_path, guarded, environment, jobs, worker):
    (tmp_path / "faq.csv").write_text(FAQ, "utf-8")
    running = worker()
    assert soon(jobs.workers, 60)
    port = int(guarded[0].rpartition("@127.0.0.1:")[2].partition(",")[0])
    with redis.Redis(port=port, password=WATCHERS) as watcher:
        before = watcher.sentinel_get_master_addr_by_name("desk")
        watcher.sentinel_failover("desk")
        assert soon(lambda: watcher.sentinel_get_master_addr_by_name("desk") != before, 60)
    done_some_time(jobs, tmp_path / "faq.csv")
    assert running.poll() is None
