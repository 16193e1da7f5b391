"""What a model said to the same messages is said again, with the time that it took; other messages are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.errors import ModelUnavailable
from knowledge.passages import Hit, Passage
from service.answering.prompting.prompts import build
from service.answers import Usage
from service.models.base import Message
from service.profile import load_profile
from tuning.comparison.replies import Remembering, Replies

PASSAGE = Passage(
    id="d-1", document_id="d", kind="faq", collection="default", lang="en", source="faq.csv", title="Fees", text="$7."
)


class Slow:
    """Takes its time, counts, and may break off."""

    name = "slow"

    def __init__(self, breaks: bool = False) -> None:
        self.asked, self.breaks = 0, breaks

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        self.asked += 1
        await asyncio.sleep(0.06)
        yield "It is "
        if self.breaks:
            raise ModelUnavailable("The connection broke.")
        yield "$7 [1]."
        yield Usage(90, 6)

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


def messages(text: str = "$7.") -> list[Message]:
    """As the counter makes them: with another secret mark each time."""
    hit = Hit(replace(PASSAGE, text=text), 1.0, 1.0, 1.0)
    return build("What is the fee?", (), [hit], "en", load_profile("standard"))


async def said(model: Remembering, asked: Sequence[Message]) -> tuple[str, Usage]:
    pieces = [piece async for piece in model.stream(asked)]
    usage = next(piece for piece in pieces if isinstance(piece, Usage))
    return "".join(piece for piece in pieces if isinstance(piece, str)), usage


async def test_the_same_messages_are_answered_from_what_was_said(tmp_path: Path) -> None:
    slow = Slow()
    first = Remembering(slow, Replies(tmp_path), ["slow", 0.0])
    assert await said(first, messages()) == ("It is $7 [1].", Usage(90, 6))
    again = Remembering(slow, Replies(tmp_path), ["slow", 0.0])  # as another run
    assert await said(again, messages()) == ("It is $7 [1].", Usage(90, 6))
    assert (slow.asked, first.sent, again.sent, again.repeated) == (1, 1, 0, 1)
    assert again.first_token_ms > 50
    assert again.total_ms >= again.first_token_ms


async def test_other_passages_and_other_models_are_asked(tmp_path: Path) -> None:
    slow, replies = Slow(), Replies(tmp_path)
    await said(Remembering(slow, replies, ["slow", 0.0]), messages())
    await said(Remembering(slow, replies, ["slow", 0.0]), messages("$8."))
    await said(Remembering(slow, replies, ["slow", 0.7]), messages())
    assert slow.asked == 3


async def test_a_reply_that_broke_off_is_not_kept(tmp_path: Path) -> None:
    slow, replies = Slow(breaks=True), Replies(tmp_path)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            await said(Remembering(slow, replies, ["slow"]), messages())
    assert slow.asked == 2
