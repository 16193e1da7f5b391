"""Model servers for comparing: each answers a question by a rule of its own, over HTTP, and counts what it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from upstream import FakeUpstream

Messages = list[dict[str, Any]]
_PASSAGE = re.compile(r"<<\w+ \[1\] .*\n(?:Question: .*\nAnswer: )?([\s\S]*?)\n\w+>>")


class FakeModelServer(FakeUpstream):
    """Says what `rule` makes of the messages."""

    def __init__(self, rule: Callable[[Messages], str]) -> None:
        super().__init__()
        self.rule = rule

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.pieces = [self.rule(self.requests[-1]["messages"])]
        super()._answer(handler)


def question(messages: Messages) -> str:
    """What the customer asked, with or without passages before it."""
    return messages[-1]["content"].rpartition("\n")[2]


def faithful(messages: Messages) -> str:
    """Repeats the first passage and cites it; without passages it does not know."""
    found = _PASSAGE.search(messages[-1]["content"])
    return f"{found[1]} [1]" if found else "わかりません。"


def half(messages: Messages) -> str:
    """Repeats the first words of the first passage only."""
    found = _PASSAGE.search(messages[-1]["content"])
    return f"{found[1][: len(found[1]) // 2]} [1]" if found else "わかりません。"
