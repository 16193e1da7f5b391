"""Faults of models' servers as strangers bring them: an answer, the passage, or an error in words, in time."""

from __future__ import annotations

import socket
import time

import pytest
from brought_faults import EITHER, GOOD, GOOD_ANYWAY, NO_ANSWER, ONE, SHOWN, TWO
from fakes import FakeFinder
from raw_upstream import FakeRawUpstream, whole
from test_faulty_models import COMPLETION, PATIENCE_S, PATIENT, answer, failing, lean, said

from knowledge.errors import ModelUnavailable

__all__ = ["FakeFinder", "lean"]


@pytest.mark.parametrize("name", GOOD_ANYWAY)
async def test_an_answer_that_is_there_is_told(name, lean):
    with FakeRawUpstream(*GOOD_ANYWAY[name]) as upstream:
        text, used = await said(lean(upstream, retries=2, timeouts=PATIENT))
        assert text == ONE + TWO
        assert used is None or min(used.prompt_tokens, used.completion_tokens) >= 0


async def seen_of(upstream, lean) -> str:
    """What a customer, or the company in its log, sees of a fault; it comes in time and can be written down."""
    began = time.monotonic()
    try:
        told = (await answer(lean(upstream))).text
        assert told.strip()
    except ModelUnavailable as error:
        told = str(error)
    told.encode()
    assert time.monotonic() - began < 2 * PATIENCE_S
    return told


@pytest.mark.parametrize("name", EITHER)
async def test_what_may_be_read_either_way_shows_nothing_of_the_fault(name, lean):
    with FakeRawUpstream(EITHER[name]) as upstream:
        told = await seen_of(upstream, lean)
    shown = [word for word in SHOWN if word in told]
    assert not shown or name == "thoughts of DeepSeek without the first mark", told  # nothing tells them from words


@pytest.mark.parametrize("name", NO_ANSWER)
async def test_where_there_is_no_answer_the_passage_is_quoted_in_time(name, lean):
    with FakeRawUpstream(NO_ANSWER[name]) as upstream:
        began = time.monotonic()
        told = await answer(lean(upstream))
        assert (told.outcome, told.model) == ("answered", "extractive")
        assert not [word for word in SHOWN if word in told.text]
        _, error = await failing(lean(upstream))
        assert not [word for word in SHOWN if word in error]
        assert time.monotonic() - began < 2 * PATIENCE_S


async def test_a_connection_that_was_closed_meanwhile_is_opened_anew(lean):
    kept = whole("200 OK", COMPLETION).replace(b"Connection: close", b"Connection: keep-alive")
    with FakeRawUpstream([kept]) as upstream:
        model = lean(upstream)  # with one further try, as everywhere
        for _ in range(3):
            assert (await said(model))[0] == ONE + TWO


async def test_a_name_that_nobody_knows_is_told(lean):
    with FakeRawUpstream([GOOD]) as upstream:
        began = time.monotonic()
        told = await answer(lean(upstream, base_url="http://no-such-host.invalid/v1"))
        assert told.model == "extractive"
        assert time.monotonic() - began < PATIENCE_S


async def test_a_handshake_that_never_ends_is_told_in_time(lean):
    with FakeRawUpstream(["hang"]) as upstream, socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        told = await answer(lean(upstream, base_url=f"https://127.0.0.1:{silent.getsockname()[1]}/v1"))
        assert told.model == "extractive"
        assert time.monotonic() - began < 2 * PATIENCE_S


async def test_nobody_answers_and_nobody_refuses(lean):
    """A full backlog: the connection is never made."""
    with socket.socket() as full, FakeRawUpstream([GOOD]) as upstream:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        began = time.monotonic()
        told = await answer(lean(upstream, base_url=f"http://127.0.0.1:{full.getsockname()[1]}/v1"))
        for filler in fillers:
            filler.close()
        assert told.model == "extractive"
        assert time.monotonic() - began < 2 * PATIENCE_S
