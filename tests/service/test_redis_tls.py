"""Redis behind TLS: each way to it trusts a certificate only where the operator says so."""

from __future__ import annotations

import pytest
from certificates import self_signed
from proxy import Proxy
from pydantic import SecretStr
from redis import ConnectionError
from test_storage import asked, recovers, server

from knowledge.errors import RedisUnavailable
from knowledge.jobs import Jobs, Wish, application
from service.memory.storage import Storage

__all__ = ["server"]


@pytest.fixture
def address(server, tmp_path):
    with Proxy(server[0], self_signed(tmp_path)) as line:
        yield f"rediss://127.0.0.1:{line.port}/0"


async def test_a_certificate_that_nobody_vouches_for_is_refused_in_words(address):
    door = Storage.connect(address)
    assert "?ssl_ca_certs=FILE" in (await door.ready() or "")
    await door.close()
    jobs = Jobs.connect(address)
    with pytest.raises(RedisUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        jobs.workers()
    jobs.close()
    with application(address).connection_for_write() as line, pytest.raises(ConnectionError, match="VERIFY_FAILED"):
        line.connect()


def test_one_that_the_operator_names_is_trusted(address, counter, tmp_path):
    address += f"?ssl_ca_certs={tmp_path / 'server.pem'}"
    client = counter(redis_url=SecretStr(address))
    assert recovers(client)
    assert asked(client)[0] == []
    jobs = Jobs.connect(address)
    assert jobs.get(jobs.send(Wish(paths=("/nowhere",)))).state == "queued"
    jobs.close()
