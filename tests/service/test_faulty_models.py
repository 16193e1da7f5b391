"""The fault matrix: whatever a model's server does, a customer gets an answer, a fallback or a clear error, in time."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from certificates import self_signed
from fakes import FakeFinder
from hypothesis import given
from hypothesis import strategies as st
from raw_upstream import DONE, OK, FakeRawUpstream, Step, event, head, usage, whole

from knowledge.errors import ModelUnavailable
from service.answering.answerer import Answerer
from service.answers import Answer, Done, Usage
from service.models.base import Message, Model, sifted
from service.models.chat import ChatModel
from service.models.events import Events
from service.models.lean import Connections, LeanModel
from service.models.registry import Models
from service.models.specs import Spec, Timeouts
from service.settings import ServiceSettings
from service.watching import metrics
from service.watching.tracing import WatchedAnswerer

MESSAGES = [Message("system", "Rules."), Message("user", "返品の期限は?")]
QUICK = Timeouts(connect_s=0.5, first_token_s=0.5, between_tokens_s=0.3, total_s=1.0)
BEGUN = Timeouts(connect_s=10.0, first_token_s=10.0, between_tokens_s=0.3, total_s=2.0)  # for what breaks off later
PATIENT = Timeouts(connect_s=10.0, first_token_s=10.0, between_tokens_s=10.0, total_s=30.0)  # for what goes well
PATIENCE_S = 12  # the last deadline, and a slow machine; a hang of the servers here is longer
ONE, TWO = "返品は商品の到着から", "30日以内です[1]。"
SAID = event(ONE) + event(TWO)
END = event(finish="stop") + usage() + DONE
GOOD = OK + SAID + END
ERROR = json.dumps({"error": {"message": "no, sk-secret", "type": "mock", "code": "went_wrong"}}).encode()
COMPLETION = json.dumps({
    "choices": [{"index": 0, "message": {"role": "assistant", "content": ONE + TWO}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 120, "completion_tokens": 3},
}).encode()  # fmt: skip
LATER = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")


def chunked(*parts: bytes, end: bool = True) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head("200 OK", "text/event-stream", "Transfer-Encoding: chunked") + framed + (b"0\r\n\r\n" if end else b"")


def split_everywhere(data: bytes) -> list[Step]:
    return [step for n in range(0, len(data), 7) for step in (data[n : n + 7], 0.0005)]


GOOD_SCRIPTS: dict[str, list[list[Step]]] = {
    "well behaved": [[GOOD]],
    "chunked": [[chunked(SAID, END)]],
    "no [DONE]": [[OK + SAID + event(finish="stop")]],
    "no empty line at the end": [[OK + SAID + event(finish="stop") + b"data: [DONE]"]],
    "finish comes with the last words": [[OK + event(ONE) + event(TWO, finish="stop") + DONE]],
    "neither finish nor usage, but [DONE]": [[OK + SAID + DONE]],
    "CRLF": [[OK + (SAID + END).replace(b"\n", b"\r\n")]],
    "lone CR": [[OK + (SAID + END).replace(b"\n", b"\r")]],
    "comments between": [[OK + b": hello\n\n" + event(ONE) + b": ping\n\n:\n\n" + event(TWO) + END]],
    "no space after the colon": [[OK + (SAID + END).replace(b"data: ", b"data:")]],
    "event, id and retry fields": [[OK + b"retry: 5\n\nevent: x\nid: 7\n" + event(ONE) + event(TWO) + END]],
    "a byte order mark": [[OK + b"\xef\xbb\xbf" + SAID + END]],
    "empty choices first": [[OK + event(choices=[]) + SAID + END]],
    "choices null": [[OK + event(choices=None) + SAID + END]],
    "null content": [[OK + event(choices=[{"delta": {"role": "assistant", "content": None}}]) + SAID + END]],
    "delta null": [[OK + event(choices=[{"index": 0, "delta": None}]) + SAID + END]],
    "content in parts": [
        [OK + event(choices=[{"delta": {"content": [{"type": "text", "text": ONE}]}}]) + event(TWO) + END]
    ],
    "unknown fields": [[OK + event(ONE, x_extra={"a": [1]}, service_tier=None) + event(TWO) + END]],
    "reasoning before the words": [[OK + event(choices=[{"delta": {"reasoning_content": "hm"}}]) + SAID + END]],
    "split in the middle of characters": [split_everywhere(GOOD)],
    "words escaped": [[OK + event(ONE).replace(ONE.encode(), json.dumps(ONE)[1:-1].encode()) + event(TWO) + END]],
    "wrong content type": [[GOOD.replace(b"text/event-stream", b"text/plain")]],
    "no content type": [[GOOD.replace(b"Content-Type: text/event-stream\r\n", b"")]],
    "charset in the content type": [[GOOD.replace(b"event-stream", b"event-stream; charset=shift_jis")]],
    "gzip": [[head("200 OK", "text/event-stream", "Content-Encoding: gzip") + gzip.compress(SAID + END)]],
    "one JSON document instead of a stream": [[whole("200 OK", COMPLETION)]],
    "huge usage": [[OK + SAID + event(finish="stop") + usage(10**30, 3) + DONE]],
    "usage that is no number": [[OK + SAID + event(finish="stop") + usage("many", None) + DONE]],
    "usage with each chunk": [
        [OK + event(ONE, usage={"prompt_tokens": 120, "completion_tokens": 1}) + event(TWO) + END]
    ],
    "words after [DONE]": [[GOOD + event("even more")]],
    "429, then well": [[whole("429 Too Many Requests", ERROR)], [GOOD]],
    "429 with Retry-After: 0": [[whole("429 Too Many Requests", ERROR, "Retry-After: 0")], [GOOD]],
    "500, then well": [[whole("500 Internal Server Error", ERROR)], [GOOD]],
    "503 with a page, then well": [[whole("503 Unavailable", b"<html>", kind="text/html")], [GOOD]],
    "cut before the head, then well": [["reset"], [GOOD]],
    "cut before the first word, then well": [[OK, event(choices=[]), "reset"], [GOOD]],
    "temperature refused, then well": [
        [whole("400 Bad Request", b'{"error":{"message":"Unsupported value","param":"temperature"}}')], [GOOD]
    ],
    "max_tokens refused, then well": [
        [whole("400 Bad Request", b'{"error":{"message":"use max_completion_tokens","param":"max_tokens"}}')], [GOOD]
    ],
    "redirected on the same server": [
        [whole("307 Temporary Redirect", b"", "Location: /v2/chat/completions")], [GOOD]
    ],
}  # fmt: skip
FAULTY_SCRIPTS: dict[str, list[Step]] = {
    "429 for ever": [whole("429 Too Many Requests", ERROR)],
    "429 with Retry-After: 3600": [whole("429 Too Many Requests", ERROR, "Retry-After: 3600")],
    "429 with a date": [whole("429 Too Many Requests", ERROR, f"Retry-After: {LATER}")],
    "429 with nonsense": [whole("429 Too Many Requests", ERROR, "Retry-After: soon")],
    "400": [whole("400 Bad Request", ERROR)],
    "401": [whole("401 Unauthorized", ERROR)],
    "404": [whole("404 Not Found", b"not found", kind="text/plain")],
    "500 for ever": [whole("500 Internal Server Error", ERROR)],
    "500 without a body": [head("500 Oops", length=0)],
    "529 with garbage": [whole("529 Overloaded", b"\xff\xfe{")],
    "204": [head("204 No Content", length=0)],
    "another server's redirect": [whole("307 Temporary Redirect", b"", "Location: http://127.0.0.2:9/v1")],
    "a redirect that loses the question": [whole("302 Found", b"", "Location: /login")],
    "redirects in a circle": [whole("308 Permanent Redirect", b"", "Location: /v1/chat/completions")],
    "cut before the head": ["reset"],
    "nothing, and gone": [],
    "no HTTP": [b"SSH-2.0-OpenSSH\r\n"],
    "an endless head": [b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n"],
    "half a head": [b"HTTP/1.1 200 OK\r\nContent-Ty", "hang"],
    "silence before the head": ["hang"],
    "silence before the first word": [OK, "hang"],
    "only comments": [OK, *[step for _ in range(30) for step in (b": waiting\n\n", 0.1)]],
    "only empty chunks": [OK, *[step for _ in range(30) for step in (event(choices=[]), 0.1)]],
    "a drip of bytes": [OK, *[step for byte in event("x" * 40) for step in (bytes([byte]), 0.03)]],
    "an empty stream": [OK],
    "an empty answer": [OK + event("") + event(finish="stop") + DONE],
    "white space": [OK + event("  \n") + event(finish="stop") + DONE],
    "[DONE] alone": [OK + DONE],
    "a filtered answer": [OK + event(finish="content_filter") + DONE],
    "garbage": [OK + b"data: {not json\n\n"],
    "JSON that is no object": [OK + b"data: [1, 2]\n\n"],
    "content that is no text": [OK + event(choices=[{"delta": {"content": {"a": 1}}}])],
    "choices that are no list": [OK + event(choices={"a": 1})],
    "binary": [OK + bytes(range(256)) * 20],
    "HTML": [whole("200 OK", b"<html><body>Sign in</body></html>", kind="text/html; charset=utf-8")],
    "JSON without an answer": [whole("200 OK", b'{"choices": []}')],
    "JSON that is cut": [whole("200 OK", COMPLETION[:40])],
    "an error in a 200": [whole("200 OK", ERROR)],
    "an error in the stream": [OK + b"data: " + ERROR + b"\n\n"],
    "an error as text in the stream": [OK + b'data: {"error": "overloaded"}\n\n'],
    "a line without an end": [OK, *[b"x" * 1_000_000] * 6],
    "an event without an end": [OK, *[b"data: " + b"x" * 1_000_000 + b"\n"] * 6],
    "gzip that is none": [head("200 OK", "text/event-stream", "Content-Encoding: gzip") + b"not gzip at all" * 9],
    "a wrong chunk size": [head("200 OK", "text/event-stream", "Transfer-Encoding: chunked") + b"zz\r\nhello\r\n"],
    "another encoding": [OK + b"data: " + '{"choices":[{"delta":{"content":"返品"}}]}'.encode("utf-16") + b"\n\n"],
}  # fmt: skip
HALF_WAY: dict[str, list[Step]] = {  # after a whole sentence was said
    "cut": [OK + SAID + event("送料は"), 0.1, "reset"],
    "cut in a chunked body": [chunked(SAID + event("送料は"), end=False)],
    "gone without a word": [OK + SAID + event("送料は")],
    "silence": [OK + SAID + event("送料は"), "hang"],
    "only comments": [OK + SAID + event("送料は"), *[step for _ in range(30) for step in (b": x\n\n", 0.1)]],
    "garbage": [OK + SAID + event("送料は") + b"data: {not json\n\n"],
    "an error in the stream": [OK + SAID + event("送料は") + b"data: " + ERROR + b"\n\n"],
    "for ever": [OK + SAID, *[step for _ in range(60) for step in (event("送料は"), 0.1)]],
}


def spec(upstream: FakeRawUpstream, **changes: object) -> Spec:
    return Spec.model_validate({"name": "raw", "base_url": upstream.url, "timeouts": QUICK} | changes)


@pytest.fixture
async def lean():
    connections = Connections()
    yield lambda upstream, **changes: LeanModel(spec(upstream, **changes), None, connections)
    await connections.close()


async def said(model: Model) -> tuple[str, Usage | None]:
    pieces = [piece async for piece in model.stream(MESSAGES)]
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    return text, next((piece for piece in pieces if isinstance(piece, Usage)), None)


async def failing(model: Model) -> tuple[str, str]:
    """All that was said before the failure, and the failure's words; none when there was no failure."""
    words = ""
    try:
        async for piece in model.stream(MESSAGES):
            words += piece if isinstance(piece, str) else ""
    except ModelUnavailable as error:
        return words, str(error)
    return words, ""


async def answer(model: Model) -> Answer:
    events = [
        event async for event in Answerer(FakeFinder(), model, ServiceSettings(_env_file=None)).stream("返品の期限は?")
    ]
    assert isinstance(events[-1], Done)
    return events[-1].answer


def test_the_matrix_is_as_large_as_promised():
    assert len(GOOD_SCRIPTS) + len(FAULTY_SCRIPTS) + len(HALF_WAY) >= 40


@pytest.mark.parametrize("name", GOOD_SCRIPTS)
async def test_what_is_odd_but_holds_an_answer_gives_that_answer(name, lean):
    with FakeRawUpstream(*GOOD_SCRIPTS[name]) as upstream:
        text, used = await said(lean(upstream, timeouts=PATIENT))
        assert text == ONE + TWO
        if END in b"".join(step for step in GOOD_SCRIPTS[name][-1] if isinstance(step, bytes)):
            assert used == Usage(120, 3)
        else:
            assert used in (None, Usage(120, 3))


@pytest.mark.parametrize("name", FAULTY_SCRIPTS)
async def test_what_holds_no_answer_is_told_in_time_and_the_passage_quoted_instead(name, lean):
    with FakeRawUpstream(FAULTY_SCRIPTS[name]) as upstream:
        model = lean(upstream)
        began = time.monotonic()
        text, error = await failing(model)
        assert not text.strip()
        assert "secret" not in error
        told = await answer(model)
        assert time.monotonic() - began < 2 * PATIENCE_S
        assert (told.outcome, told.model) == ("answered", "extractive")
        assert "30日以内" in told.text


@pytest.mark.parametrize("name", HALF_WAY)
async def test_what_breaks_off_after_a_sentence_is_an_error_and_never_asked_again(name, lean):
    with FakeRawUpstream(HALF_WAY[name]) as upstream:
        model = lean(upstream, timeouts=BEGUN)
        began = time.monotonic()
        words, error = await failing(model)
        assert error
        assert words.startswith(ONE + TWO)
        with pytest.raises(ModelUnavailable):
            await answer(model)
        assert time.monotonic() - began < 3 * PATIENCE_S
        assert len(upstream.requests) == 2


class Holding:
    """A sift that lets nothing through before a full stop, as the check of sentences does."""

    def __init__(self) -> None:
        self.held = ""

    def __call__(self, words: str) -> str:
        self.held += words
        if "。" not in self.held:
            return ""
        words, self.held = self.held, ""
        return words


@pytest.mark.parametrize("client", ["lean", "langchain"])
async def test_a_sift_takes_every_word_and_only_what_it_lets_through_comes_out(client, lean):
    with FakeRawUpstream(split_everywhere(OK + SAID + event("送料は") + END)) as upstream:
        told = spec(upstream, timeouts=PATIENT)
        model = lean(upstream, timeouts=PATIENT) if client == "lean" else ChatModel(told, None)
        sift = Holding()
        pieces = [piece async for piece in sifted(model, MESSAGES, sift)]
        await model.close()
    assert pieces == [ONE + TWO, Usage(120, 3)]
    assert sift.held == "送料は"


@pytest.mark.parametrize("name", HALF_WAY)
async def test_words_that_are_held_back_were_said_too_and_nobody_is_asked_again(name, lean):
    with FakeRawUpstream(HALF_WAY[name]) as upstream:
        words: list[str] = []
        model = lean(upstream, timeouts=BEGUN)
        with pytest.raises(ModelUnavailable):
            _ = [piece async for piece in sifted(model, MESSAGES, lambda more: words.append(more) or "")]
        assert "".join(words).startswith(ONE + TWO)
        assert len(upstream.requests) == 1


async def test_a_fault_of_the_check_itself_is_not_put_down_to_the_models_server(lean):
    def broken(words: str) -> str:
        raise KeyError(words)

    with FakeRawUpstream([GOOD]) as upstream, pytest.raises(KeyError):
        _ = [piece async for piece in sifted(lean(upstream), MESSAGES, broken)]


@pytest.mark.parametrize("first_token_s", [2.5, 100.0])
async def test_words_that_are_held_back_are_waited_for_no_longer_than_others(first_token_s, lean):
    slowly = [step for _ in range(12) for step in (event("返品は"), 0.25)]
    patient = Timeouts(connect_s=10.0, first_token_s=first_token_s, between_tokens_s=1.5, total_s=200.0)
    with FakeRawUpstream([OK, *slowly, "hang"]) as upstream:
        began = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"fell silent for 1\.5 s"):
            _ = [piece async for piece in sifted(lean(upstream, timeouts=patient), MESSAGES, Holding())]
        assert 11 * 0.25 + 1.5 <= time.monotonic() - began < 2 * PATIENCE_S


async def test_a_line_of_a_megabyte_is_no_answer_that_anybody_waits_for(lean):
    with FakeRawUpstream([OK + event("あ" * 350_000) + END]) as upstream:
        text, _ = await said(lean(upstream, timeouts=PATIENT, max_answer_tokens=100))
    assert len(text) == 350_000  # one event is read whole
    with FakeRawUpstream([OK, *[event("word " * 200)] * 2000, END]) as upstream:
        text, _ = await said(lean(upstream, timeouts=PATIENT, max_answer_tokens=100))
    assert len(text) < 100_000


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(lean, tmp_path):
    with FakeRawUpstream([GOOD], tls=self_signed(tmp_path)) as upstream:
        with pytest.raises(ModelUnavailable, match="not to be trusted"):
            await said(lean(upstream))
        assert not any(b"Rules." in request for request in upstream.requests)


async def test_tls_where_there_is_none_is_told(lean):
    with FakeRawUpstream([GOOD]) as upstream, pytest.raises(ModelUnavailable):
        await said(lean(upstream, base_url=upstream.url.replace("http:", "https:")))


async def test_a_server_that_is_not_there_is_told_at_once(lean):
    with FakeRawUpstream() as upstream:
        pass
    with pytest.raises(ModelUnavailable, match="broke"):
        await said(lean(upstream))


async def test_a_further_try_waits_as_the_server_asks(lean):
    with FakeRawUpstream([whole("503 Busy", ERROR, "Retry-After: 0.3")], [GOOD]) as upstream:
        began = time.monotonic()
        assert (await said(lean(upstream, timeouts=PATIENT)))[0] == ONE + TWO
        assert time.monotonic() - began >= 0.3
        assert len(upstream.requests) == 2


async def test_no_more_answers_are_written_at_a_time_than_allowed(lean):
    with FakeRawUpstream([OK, "hang"]) as upstream:
        model = lean(upstream, concurrency=1, timeouts=Timeouts(first_token_s=1, total_s=1))
        first = model.stream(MESSAGES)
        waiting = asyncio.ensure_future(anext(first))
        await asyncio.sleep(0.1)
        hurried = lean(upstream)
        hurried._free = model._free
        with pytest.raises(ModelUnavailable, match="busy"):
            await said(hurried)
        waiting.cancel()
        assert len(upstream.requests) == 1


async def test_when_one_model_fails_the_next_in_the_chain_answers_and_it_is_told(tmp_path, capsys):
    good = [OK + event("返品は30日以内です[1]。") + END]
    with FakeRawUpstream([whole("500 Oops", ERROR)]) as bad, FakeRawUpstream(good) as second:
        entries = {
            "first": {"name": "a", "base_url": bad.url, "fallback": "second", "retries": 0},
            "second": {"name": "b", "base_url": second.url, "price_per_million_completion_tokens": 1000},
        }
        (tmp_path / "models.json").write_text(json.dumps({"default": "first", "models": entries}))
        models = Models.open(ServiceSettings(_env_file=None, data=tmp_path))
        answerer = WatchedAnswerer(FakeFinder(), models, ServiceSettings(_env_file=None))
        events = [event async for event in answerer.stream("返品の期限は?", session="s-1")]
        await models.close()
    assert (events[-1].answer.model, events[-1].answer.usage.cost) == ("second", 0.003)
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "alias=first" in line]
    assert "500" in told
    assert "s-1" in told
    assert b'madoguchi_model_failures_total{model="first"} 1.0' in metrics.page(None)


PARITY = [
    "well behaved", "chunked", "no [DONE]", "CRLF", "comments between", "empty choices first", "null content",
    "split in the middle of characters", "reasoning before the words", "finish comes with the last words",
]  # fmt: skip


@pytest.mark.parametrize("name", PARITY)
async def test_the_lean_client_says_what_chat_openai_says(name, lean):
    with FakeRawUpstream(*GOOD_SCRIPTS[name]) as upstream:
        through_langchain = ChatModel(spec(upstream, timeouts=PATIENT), None)
        assert await said(lean(upstream, timeouts=PATIENT)) == await said(through_langchain)
        await through_langchain.close()
        ours, theirs = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in upstream.requests)
    assert ours == theirs


@pytest.mark.parametrize(
    "name", ["400", "401", "404", "500 for ever", "silence before the first word", "garbage", "an error in the stream",
             "an empty stream", "cut before the head", "a filtered answer"]
)  # fmt: skip
async def test_the_lean_client_fails_where_chat_openai_fails(name, lean):
    with FakeRawUpstream(FAULTY_SCRIPTS[name]) as upstream:
        through_langchain = ChatModel(spec(upstream), None)
        for model in (lean(upstream), through_langchain):
            with pytest.raises(ModelUnavailable):
                await said(model)
        await through_langchain.close()


@given(st.lists(st.integers(0, 400), max_size=12))
def test_events_are_the_same_however_the_bytes_are_cut(places):
    data = b"\xef\xbb\xbf: c\r\n\r\ndata: a\r\ndata:b\r\n\r\nevent: x\rdata: \xe3\x81\x82\r\rdata: last"
    cuts = sorted({0, len(data), *(place % len(data) for place in places)})
    events = Events()
    read = [event for a, b in itertools.pairwise(cuts) for event in events.feed(data[a:b])] + list(events.end())
    assert read == [b"a\nb", "あ".encode(), b"last"]
