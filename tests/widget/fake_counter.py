"""A fake of the service as the widget sees it, and a fake shop that embeds it: two ports, so two origins.

For what the real one does not do on demand: hostile answers, cuts in mid-stream, refusals, silence.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from loopback import Quiet, Server

STATIC = Path(__file__).parents[2] / "service" / "static"
SITE_KEY = "pk_test"
SITE = {
    "name": "ユゲノワ サポート",
    "greeting": {"ja": "こんにちは。何をお探しですか。", "en": "Hello, what are you looking for?"},
    "suggestions": {
        "ja": ["送料はいくらかかりますか。", "返品はいつまでできますか。", "修理はどのように申し込めばよいですか。"],
        "en": ["How much is shipping?", "How long do I have to return something?", "How do I request a repair?"],
    },
    "contact": {
        "email": "support@example.jp",
        "phone": "03-0000-0123",
        "hours": "平日 9–17時",
    },
}


def citation(n: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "n": n,
        "passage_id": f"p{n}",
        "document_id": f"d{n}",
        "title": "送料はいくらかかりますか。",
        "source": "faq/faq_ja.csv",
        "page": None,
        "anchor": None,
        "url": "https://shop.example.jp/help/shipping#fee",
        "quote": "全国一律600円（税込）です。1回のご注文金額が5,500円（税込）以上の場合は送料無料となります。",
        "score": 4.2,
    } | fields


@dataclass
class Said:
    """An answer and how it comes: in pieces, some time apart."""

    pieces: list[str]
    citations: list[dict[str, Any]] = field(default_factory=lambda: [citation()])
    outcome: str = "answered"
    reason: str | None = None
    lang: str = "ja"
    pause_s: float = 0.0


SHIPPING_JA = Said(
    [
        "送料は全国一律",
        "**600円**（税込）です[1]。",
        "5,500円以上のご注文なら無料です",
        "[1]。\n\n- 沖縄県と離島は1,500円\n- 店舗受取は無料[2]\n",
    ],
    [
        citation(),
        citation(
            2,
            title="オンラインで注文して店舗で受け取れますか。",
            url=None,
            source="faq/manual.pdf",
            page=12,
            quote="受取料は無料です。",
        ),
    ],
)
SHIPPING_EN = Said(
    ["Shipping is a flat ", "**¥600** anywhere in Japan[1]. ", "Orders of ¥5,500 or more ship free[1]."],
    [
        citation(
            title="How much is shipping?",
            source="faq/faq_en.csv",
            url="https://shop.example.jp/en/help/shipping#fee",
            quote="A flat ¥600 (tax included) anywhere in Japan, and free for orders of ¥5,500 or more.",
        )
    ],
    lang="en",
)
UNKNOWN = Said(
    ["申し訳ありません。資料の中に、ご質問への答えが見つかりませんでした。"], [], "refused", "missing_knowledge"
)
PERSON = Said(["I can pass you on to our team."], [], "handoff", "customer_request", "en")


class FakeCounter(Server):
    """The service. What it is asked is remembered; what it says and how it fails is set from outside."""

    def __init__(self) -> None:
        super().__init__(_Request)
        self.say: Said | None = None  # to everything; without it the shipping fee in the language of the question
        self.queue: list[Said] = []  # to the next questions, before that
        self.allowed: set[str] = set()  # origins
        self.down = False
        self.cut_after: int | None = None  # events of the next answer, and then the line goes dead
        self.resumable = True
        self.limit_s: int | None = None  # the next question is one too many
        self.fail: dict[str, int] = {}  # the next request for a path is answered with this status
        self.asked: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []
        self.handoffs: list[dict[str, Any]] = []
        self.resumed: list[str] = []
        self.sessions: dict[str, list[dict[str, Any]]] = {}
        self.streams: dict[str, tuple[Said, list[bytes]]] = {}  # by idempotency key
        self.numbers = count(1)

    # ---- routes

    def take(self, request: _Request) -> None:
        if self.down:
            request.close_connection = True
            return
        path, _, _ = request.path.partition("?")
        if path in ("/widget.js", "/widget-app.js"):
            body = (STATIC / path[1:]).read_bytes()
            headers = {
                "Content-Type": "text/javascript",
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
            return request.answer(200, body, headers)
        origin = request.headers.get("Origin", "")
        if origin not in self.allowed:
            if path != "/api/widget/session":
                return request.problem(403, "origin-not-allowed")
            request.cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type"}
            if request.command == "OPTIONS":
                return request.answer(204, b"", {})
            return request.problem(403, "origin-not-allowed")
        request.cors = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After",
            "Vary": "Origin",
        }
        if request.command == "OPTIONS":
            allow = {"Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, last-event-id"}
            return request.answer(204, b"", allow | {"Access-Control-Max-Age": "600"})
        if path in self.fail:
            return request.problem(self.fail.pop(path), "internal")
        if path == "/api/widget/session":
            return self._open(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        session = bearer.partition(".")[0].removeprefix("tok-")
        if session not in self.sessions:
            return request.problem(401, "token-expired")
        if path == "/api/chat":
            return self._chat(request, session)
        if path.startswith("/api/chat/") and self.resumable:
            return self._go_on(request, path.split("/")[3])
        if path == f"/api/sessions/{session}":
            turns = self.sessions[session]
            return (
                request.json(200, {"session_id": session, "turns": turns})
                if turns
                else request.problem(404, "unknown-session")
            )
        kept = {"/api/feedback": self.feedback, "/api/handoff": self.handoffs}.get(path)
        if kept is None:
            return request.problem(404, "not-found")
        kept.append(request.body())
        return request.json(201, {"id": "h1"})

    def _open(self, request: _Request) -> None:
        body = request.body()
        self.opened.append(body)
        if body["site_key"] != SITE_KEY:
            return request.problem(403, "unknown-site")
        session = body.get("session_id")
        if session is None:
            session = f"s{next(self.numbers)}"
        elif session not in self.sessions:
            return request.problem(401, "token-expired")
        self.sessions.setdefault(session, [])
        token = f"tok-{session}.{next(self.numbers)}"
        return request.json(200, {"session_token": token, "expires_in": 900, "session_id": session, "site": SITE})

    def _chat(self, request: _Request, session: str) -> None:
        body = request.body()
        key = request.headers["Idempotency-Key"]
        if self.limit_s is not None:
            seconds, self.limit_s = self.limit_s, None
            return request.problem(429, "too-many-requests", {"Retry-After": str(seconds)})
        if key not in self.streams:
            self.asked.append(body)
            usual = SHIPPING_JA if _japanese(body["message"]) else SHIPPING_EN
            said = self.queue.pop(0) if self.queue else self.say or usual
            self.streams[key] = (said, self._events(said, session, body["message"]))
        said, events = self.streams[key]
        cut, self.cut_after = self.cut_after, None
        return self._send(request, events, said.pause_s, cut)

    def _go_on(self, request: _Request, message: str) -> None:
        last = request.headers.get("Last-Event-ID", f"{message}:-1")
        self.resumed.append(last)
        number = last.removeprefix(f"{message}:")
        for said, events in self.streams.values():
            if events[0].startswith(f"id: {message}:".encode()):
                return self._send(request, events[int(number) + 1 :], said.pause_s, None)
        return request.problem(404, "unknown-message")

    def _send(self, request: _Request, events: list[bytes], pause_s: float, cut: int | None) -> None:
        request.begin_stream()
        for event in events[:cut]:
            request.wfile.write(event)
            request.wfile.flush()
            time.sleep(pause_s)
        request.close_connection = True

    def _events(self, said: Said, session: str, message: str) -> list[bytes]:
        id = f"m{next(self.numbers)}"
        text = "".join(said.pieces)
        answer = {
            "session_id": session,
            "message_id": id,
            "answer": text,
            "citations": said.citations,
            "outcome": said.outcome,
            "reason": said.reason,
            "confidence": 0.9,
            "model": "default",
            "lang": said.lang,
            "degraded": [],
        }
        self.sessions[session].append(answer | {"message": message})
        parts = [
            ("sources", {"session_id": session, "message_id": id, "citations": said.citations}),
            *(("delta", {"delta": piece}) for piece in said.pieces),
            ("done", answer),
        ]
        return [
            f"id: {id}:{number}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
            for number, (name, data) in enumerate(parts)
        ]


class FakeShop(Server):
    """A website: pages by their path, with the headers that each has."""

    def __init__(self) -> None:
        super().__init__(_Request)
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}

    def put(self, path: str, page: str, **headers: str) -> str:
        """Publish a page; its address."""
        self.pages[path] = (page, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path

    def take(self, request: _Request) -> None:
        page, headers = self.pages.get(request.path.partition("?")[0], ("", {}))
        request.answer(200 if page else 404, page.encode(), {"Content-Type": "text/html; charset=utf-8"} | headers)


class _Request(Quiet):
    server: FakeCounter | FakeShop
    protocol_version = "HTTP/1.0"  # one answer a connection: a cut is then a cut
    cors: dict[str, str] = {}  # noqa: RUF012

    def _do(self) -> None:
        try:
            self.server.take(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_OPTIONS = _do

    def body(self) -> dict[str, Any]:
        return json.loads(self.whole_body())

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (self.cors | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self.answer(status, json.dumps(data).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def problem(self, status: int, name: str, headers: dict[str, str] | None = None) -> None:
        self.json(status, {"type": f"urn:madoguchi:problem:{name}", "title": name, "status": status}, headers)

    def begin_stream(self) -> None:
        self.send_response(200)
        for name, value in (self.cors | {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}).items():
            self.send_header(name, value)
        self.end_headers()


def _japanese(text: str) -> bool:
    return any("\u3040" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff" for letter in text)


def tag(counter: FakeCounter, attributes: str = "", nonce: str = "") -> str:
    """The one script tag."""
    nonce = f' nonce="{nonce}"' if nonce else ""
    return f'<script async src="{counter.url}/widget.js" data-site-key="{SITE_KEY}"{nonce} {attributes}></script>'


def page(
    counter: FakeCounter, lang: str = "ja", attributes: str = "", head: str = "", body: str = "", html: str = ""
) -> str:
    """A shop's page with the widget on it."""
    return (
        f'<!doctype html><html lang="{lang}" {html}><head><meta charset="utf-8"><title>Shop</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}{tag(counter, attributes)}</head>'
        f"<body><main><h1>Shop</h1><p><a href='#'>A link</a></p>{body}</main></body></html>"
    )


def cut_everywhere(text: str) -> Iterable[list[str]]:
    """The text in two pieces, cut at every character."""
    return ([text[:at], text[at:]] for at in range(1, len(text)))
