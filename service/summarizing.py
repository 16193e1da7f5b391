"""Puts what was said in a conversation before its last turns in short, by the model that answers by default."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from knowledge.errors import ModelUnavailable
from service.access.budgets import Budgets
from service.answering.prompting import prompts
from service.answers import Turn, Usage
from service.models.registry import Models

PATIENCE_S = 30.0  # nobody waits for it: it is for the next message but some
LONGEST = 2000  # characters: a model that goes on for longer has not understood


class ModelSummarizer:
    """A Summarizer. What it uses counts in the budget of all."""

    def __init__(self, models: Models, budgets: Budgets) -> None:
        self._models, self._budgets = models, budgets

    async def __call__(self, summary: str, turns: Sequence[Turn]) -> str | None:
        """The summary so far with `turns` added; None without a model or a budget for it, or when the model fails."""
        served = next(iter(self._models.chain(None)), None)
        if served is None:
            return None
        messages = prompts.shortening(summary, turns)
        reserved = await self._budgets.reserve(messages[-1].text, None, (served,))
        if reserved is None:
            return None
        words, usage = "", Usage()
        try:
            async with asyncio.timeout(PATIENCE_S), aclosing(served.model.stream(messages)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = served.priced(piece)
                    else:
                        words += piece
        except (TimeoutError, ModelUnavailable):
            return None
        await self._budgets.settle(reserved, usage)
        return words.strip()[:LONGEST] or None
