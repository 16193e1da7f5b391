"""Finds keys of programs, by the forms in which services write them, and orders named without the word "number"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.privacy.common import Span

_KEY = re.compile(
    r"\b(?:(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{12,}|cs_(?:live|test)_\w{10,}|sk-[A-Za-z0-9_-]{20,}|gh[opsur]_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{30,})",
    re.ASCII,  # Japanese stands right beside them
)
_WEB_TOKEN = re.compile(  # looked for once in each word, however often eyJ stands in it
    r"(?<![\w-])(?=[\w-]{13,}+\.[\w-]{10,}+\.)[\w-]*?\b(?P<key>eyJ[\w-]{10,}+\.[\w-]{10,}+\.[\w-]*)",
    re.ASCII,
)
_BEGINNINGS = re.compile(r"[spr]k_|cs_|sk-|whsec_|gh[opsu]_|github_pat_|glpat-|xox|A[KS]IA|AIza|eyJ")
_TOLD = re.compile(
    r"\b(?:token|api[ _-]?key|secret(?:[ _-]?key)?|bearer|access[ _-]?key)(?: is|[\"']?\s?[=:])?\s?[\"']?"
    r"(?P<key>(?=[\w+/.-]{0,60}\d)(?=[\w+/.-]{0,60}[A-Za-z])[\w+/.-]{16,200})",
    re.IGNORECASE,
)
_ORDER = re.compile(  # "order 55120-A", "tracking 1Z999AA10123456784"
    r"\b(?i:order|tracking|invoice|booking|reservation)(?: is|:)? #?"
    r"(?P<id>(?=(?:[A-Z-]{0,6}\d){5})(?!\d+(?![\w-]))[A-Z0-9]+(?:-[A-Z0-9]+)*)(?![\w-]|[.,]\d|\s?(?:%|pcs|pieces|units|items|times|USD|EUR))"
)
_ORDERS = re.compile(r"(?:order|tracking|invoice|booking|reservation)(?: is|:)? #?(?=[a-z-]{0,6}\d)")


_PLATE = re.compile(  # of a car in Japan: 品川 300 さ 12-34
    r"(?:[\u4e00-\u9fff]{1,4}|[ぁ-ん]{3,4}) ?[1-9][0-9][0-9A-Z]? ?[あ-を] ?[1-9][0-9]-[0-9]{2}(?!\d)"
)
_PROFILE = re.compile(  # a page of somebody's own
    r"(?:https?://)?(?:www\.|mobile\.)?(?:(?:twitter|x|instagram|facebook|threads)\.(?:com|net)/@?|tiktok\.com/@"
    r"|linkedin\.com/in/|line\.me/ti/p/)[\w.~%-]{2,60}/?(?![\w/])"
)
_LED_FROM = re.compile(r" ?(?:から|より)")
_HANDLE = re.compile(  # インスタは@mio_1204です
    r"(?:インスタ|ツイッター|twitter|insta|tiktok|threads|handle)[^@\n。.!?]{0,16}(?P<who>@[A-Za-z0-9_.]{2,29}[A-Za-z0-9_])",
    re.IGNORECASE,
)
_OF_A_SHOP = re.compile(r"公式|当店|当社|弊社|official|\bour\b|\bus\b", re.IGNORECASE)
_PLATE_TOLD = re.compile(  # where it is said that it is one: reg number AB12 CDE
    r"(?:ナンバー(?:プレート)?|車番)[はが: ]{0,2}(?P<ja>[\u4e00-\u9fffぁ-ん]{1,4} ?[1-9][0-9A-Z]{1,2}"
    r" ?[あ-を] ?[0-9・-]{1,5}(?![0-9]))"
    r"|\b(?:reg(?:istration)?|plate)(?: number| no\.?| is|:){0,2} (?P<en>[A-Z]{2}[0-9]{2} ?[A-Z]{3})(?![A-Za-z0-9])"
)
_INSURED = re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b", re.ASCII)  # in Britain
_OWN = re.compile(  # what tells that it is the writer's, and no shop's
    r"\b(?:my|mine|me|i am|i(?:'|’)m|dm)\b[^\n.!?]{0,30}$|(?:私|わたし|僕|自分|当方|うち)[^\n。!?]{0,20}$",
    re.IGNORECASE,
)


def token_spans(plain: str, lowered: str) -> Iterator[Span]:
    """Keys, and numbers of orders, in no order."""
    if _BEGINNINGS.search(plain) is not None:
        for match in _KEY.finditer(plain):
            yield "SECRET", match.start(), match.end()
        for match in _WEB_TOKEN.finditer(plain):
            yield "SECRET", *match.span("key")
    if "-" in plain and not plain.isascii():
        for match in _PLATE.finditer(plain):
            yield "ID", match.start(), match.end()
    if ".com/" in lowered or "line.me/" in lowered or ".net/" in lowered:
        for match in _PROFILE.finditer(plain):
            own = _OWN.search(plain, max(0, match.start() - 40), match.start()) or _LED_FROM.match(plain, match.end())
            if own is not None or "linkedin.com/in/" in match.group():
                yield "ID", match.start(), match.end()
    for match in _HANDLE.finditer(plain) if "@" in plain else ():
        if _OF_A_SHOP.search(plain, max(0, match.start() - 30), match.end()) is None:
            yield "ID", *match.span("who")
    if "ナンバー" in plain or "車番" in plain or "reg" in lowered or "plate" in lowered:
        for match in _PLATE_TOLD.finditer(plain):
            yield "ID", *match.span("ja" if match["ja"] else "en")
    for match in _INSURED.finditer(plain):
        yield "SSN", match.start(), match.end()
    if "token" in lowered or "key" in lowered or "secret" in lowered or "bearer" in lowered:
        for match in _TOLD.finditer(plain):
            yield "SECRET", *match.span("key")
    if _ORDERS.search(lowered) is not None:
        for match in _ORDER.finditer(plain):
            yield "ID", *match.span("id")
