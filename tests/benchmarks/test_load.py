"""What the load test counts: every answer read to its end, by its signs, and figures computed from what users met."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
from collections.abc import AsyncGenerator, Callable

import pytest

from benchmarks.load.client import Load, Target, cpu_seconds, load, memory_mb, paired, percentile
from benchmarks.load.model_server import TOKENS, Connection, Pace

WHOLE = (b"[DONE]", b" new")
QUESTION = json.dumps({"model": "fixed", "stream": True, "messages": [{"role": "user", "content": "How?"}]}).encode()


@contextlib.asynccontextmanager
async def listening(protocol: Callable[[], asyncio.Protocol]) -> AsyncGenerator[int, None]:
    """The port of a server in this event loop."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def target(port: int, good: tuple[bytes, ...] = WHOLE, path: str = "/v1/chat/completions") -> Target:
    return Target(port, path, lambda user, number: QUESTION, good)


class Saying(asyncio.Protocol):
    """Answers every question with the same bytes, piece by piece, and hangs up where there are none."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._pieces:
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        for number, piece in enumerate(self._pieces):
            loop.call_later(0.001 * number, self._transport.write, piece)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0], 0.95, 3.0),
        ([5.0, 1.0, 3.0], 0.5, 3.0),
        ([float(n) for n in range(101)], 0.95, 95.0),
        ([float(n) for n in range(101)], 0.0, 0.0),
        ([float(n) for n in range(101)], 1.0, 100.0),
        ([1.0, 2.0, 3.0, 4.0], 0.95, 4.0),
    ],
)
def test_a_percentile_is_one_of_the_values_in_whatever_order_they_came(values, share, expected):
    assert percentile(values, share) == expected


def test_without_a_value_there_is_no_percentile():
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(Load().first_ms())


def test_figures_are_computed_from_what_users_met():
    met = Load(first=[0.010, 0.030, 0.020], total=[0.1, 0.3, 0.2], wall=1.5, cpu=0.02)
    met.errors["500"] += 1
    assert (met.first_ms(), met.first_ms(1.0), met.total_ms()) == pytest.approx((20.0, 30.0, 200.0))
    assert met.per_second == pytest.approx(2.0)  # whole answers alone
    assert met.cpu_ms == pytest.approx(5.0)  # of all that was asked: a failure costs too


def test_a_ratio_is_the_median_over_rounds_of_those_that_were_measured_in_the_same_round():
    ours = [Load(total=[0.1], wall=1.0), Load(total=[0.2], wall=1.0), Load(total=[0.9], wall=1.0)]
    others = [Load(total=[0.2], wall=1.0), Load(total=[0.2], wall=1.0), Load(total=[0.1], wall=1.0)]
    assert paired(ours, others, lambda a, b: a.total_ms() / b.total_ms()) == pytest.approx(1.0)  # of 0.5, 1 and 9
    with pytest.raises(ValueError, match="zip"):
        paired(ours, others[:2], lambda a, b: a.total_ms() / b.total_ms())


async def test_each_answer_is_read_to_its_end_and_the_first_of_each_user_is_not_counted():
    pace = Pace()
    async with listening(lambda: Connection(pace)) as port:
        met = await load(target(port), users=4, chats=20, ramp=0.0)
    assert (len(met.first), len(met.total), met.errors.total()) == (20, 20, 0)
    assert pace.counts["chats"] == 24
    assert all(0 < first <= total for first, total in zip(met.first, met.total, strict=True))


async def test_the_first_word_is_timed_when_it_comes_and_not_with_the_last():
    pace = Pace()
    pace.first_s, pace.token_s = 0.02, 0.002
    async with listening(lambda: Connection(pace)) as port:
        met = await load(target(port), users=2, chats=4, ramp=0.0)
    assert pace.counts["most_open"] == 2
    spoken_s = (len(TOKENS) - 1) * pace.token_s  # a slow machine may take longer, and never less
    assert all(total - first > spoken_s / 2 for first, total in zip(met.first, met.total, strict=True))


async def test_an_answer_without_its_signs_is_an_error():
    async with listening(lambda: Connection(Pace())) as port:
        met = await load(target(port, good=(b"[DONE]", b"never said")), users=2, chats=6, ramp=0.0)
    assert (met.total, dict(met.errors)) == ([], {"not the whole answer": 6})


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "errors"),
    [
        ((HEAD, b'1b\r\ndata: {"del', b'ta": "some new"}\n\n\r\n', b"e\r\ndata: [DONE]\n\n\r\n0\r\n", b"\r\n"), {}),
        ((HEAD + b'15\r\ndata: {"delta": ""}\n\n\r\n0\r\n\r\n',), {"not the whole answer": 3}),
        ((b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",), {"503": 3}),
        ((), {"ConnectionResetError": 3}),
    ],
    ids=["cut anywhere", "no words", "refused", "cut off"],
)
async def test_a_stream_is_read_however_it_is_cut_and_what_fails_is_named(pieces, errors):
    async with listening(lambda: Saying(*pieces)) as port:
        met = await load(target(port), users=1, chats=3, ramp=0.0)
    assert dict(met.errors) == errors
    assert len(met.total) == 3 - sum(errors.values())


def test_a_process_has_used_time_and_memory():
    assert cpu_seconds(os.getpid()) > 0
    assert cpu_seconds(None) == 0
    assert 10 < memory_mb(os.getpid()) < 100_000
