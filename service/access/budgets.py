"""
What the language model may use in a day, over all and for each key: reserved before it is asked, settled after.

What is reserved is the most that an answer can come to, so that any number of answers at once stay within the budget.
An answer that is broken off is counted as reserved: nobody told us what it came to. Over the budget passages are
quoted instead, which costs nothing, and the answer says so.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from knowledge.errors import RedisUnavailable
from knowledge.filters import Filters
from service.access.keys import Key
from service.answering.answerer import EXTRACTIVE, Answerer
from service.answers import Done, Event, Turn, Usage
from service.memory.storage import PREFIX, Storage, hashed
from service.models.registry import Served
from service.settings import ServiceSettings

MILLION = 1_000_000  # costs are counted in millionths, as whole numbers
TWO_DAYS_S = 172_800
PASSAGE_TOKENS, TURN_TOKENS, RULES_TOKENS = 600, 400, 1000  # about the most that each takes in a prompt
_RESERVE = """
for number = 1, 2 do
  local used = tonumber(redis.call('GET', KEYS[number]) or 0)
  local most = tonumber(ARGV[number + 2])
  if most >= 0 and used + tonumber(ARGV[number]) > most then return 0 end
end
for number = 1, 2 do
  redis.call('INCRBY', KEYS[number], ARGV[number])
  redis.call('EXPIRE', KEYS[number], ARGV[5])
end
return 1
"""
_SETTLE = """
for number = 1, 2 do
  redis.call('INCRBY', KEYS[number], ARGV[number])
  redis.call('EXPIRE', KEYS[number], ARGV[3])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A day's budget; None is no limit."""

    who: str
    tokens: int | None
    cost: float | None


@dataclass(slots=True)
class Reservation:
    """What is put aside for one answer."""

    tokens: int
    cost: int  # in millionths
    limits: list[Limit]
    day: str
    here: bool = False  # counted in this process alone, as Redis is away
    settled: bool = False


class Budgets:
    """All budgets of today, in UTC."""

    def __init__(self, storage: Storage, settings: ServiceSettings) -> None:
        self._storage, self._settings = storage, settings
        self._here: dict[tuple[str, str], list[int]] = {}  # (who, day) to tokens and cost, while Redis is away

    async def stream(
        self,
        answerer: Answerer,
        question: str,
        history: Sequence[Turn],
        key: Key | None,
        *,
        lang: str | None = None,
        model: str | None = None,
        filters: Filters | None = None,
        session: str | None = None,
        for_staff: bool = False,
    ) -> AsyncGenerator[Event, None]:
        """Yield what Answerer.stream yields, within the budgets of all and of the key that asks."""
        reserved, over, began = None, False, False
        if chain := answerer.choose(model, session):
            reserved = await self.reserve(question, key, chain)
            if over := reserved is None:
                model = EXTRACTIVE
        stream = answerer.stream(
            question, history, lang=lang, model=model, filters=filters, session=session,
            lacking="usage_limit" if over else None, for_staff=for_staff,
        )  # fmt: skip
        try:
            async with aclosing(stream) as events:
                async for event in events:
                    began = True
                    if not isinstance(event, Done):
                        yield event
                        continue
                    if reserved is not None:
                        await self.settle(reserved, event.answer.usage)
                    yield replace(event, over_budget=over)
        finally:
            if reserved is not None and not began:  # there was nothing to answer from: no model was asked
                await self.settle(reserved, Usage())

    async def reserve(self, question: str, key: Key | None, chain: Sequence[Served]) -> Reservation | None:
        """Put aside what an answer of these models may come to; None when a budget does not hold that any more."""
        limits = self._limits(key)
        asked = Reservation(*self._most(question, chain), limits, datetime.now(UTC).strftime("%Y-%m-%d"))
        for number, limit in enumerate(limits):
            if not await self._reserved(asked, limit):
                await self._add(asked, limits[:number], -asked.tokens, -asked.cost)
                return None
        return asked

    async def settle(self, asked: Reservation, usage: Usage) -> None:
        """Count what it came to instead of what was reserved."""
        if asked.settled:
            return
        asked.settled = True
        tokens = usage.prompt_tokens + usage.completion_tokens
        await self._add(asked, asked.limits, tokens - asked.tokens, round(usage.cost * MILLION) - asked.cost)

    def _limits(self, key: Key | None) -> list[Limit]:
        overall = Limit("all", self._settings.budget_tokens_per_day, self._settings.budget_cost_per_day)
        own = Limit(f"key {key.id}", key.tokens_per_day, key.cost_per_day) if key else None
        return [
            limit for limit in (overall, own) if limit and (limit.tokens is not None or limit.cost is not None)
        ]  # fmt: skip

    def _most(self, question: str, chain: Sequence[Served]) -> tuple[int, int]:
        """Tokens, and millionths of the currency, of the dearest of the models that may step in for each other."""
        settings = self._settings
        prompt = RULES_TOKENS + len(question) + settings.passages_per_answer * PASSAGE_TOKENS
        prompt += settings.history_turns * TURN_TOKENS
        most = [Usage(prompt, served.spec.max_answer_tokens) for served in chain]
        cost = max(served.priced(usage).cost for served, usage in zip(chain, most, strict=True))
        return prompt + max(usage.completion_tokens for usage in most), round(cost * MILLION)

    async def _reserved(self, asked: Reservation, limit: Limit) -> bool:
        tokens = -1 if limit.tokens is None else limit.tokens
        cost = -1 if limit.cost is None else round(limit.cost * MILLION)
        try:
            places = _places(limit, asked.day)
            return bool(await self._storage.run(_RESERVE, places, asked.tokens, asked.cost, tokens, cost, TWO_DAYS_S))
        except RedisUnavailable:
            asked.here = True
        self._here = {name: used for name, used in self._here.items() if name[1] == asked.day}
        used = self._here.setdefault((limit.who, asked.day), [0, 0])
        share = self._settings.workers
        if (tokens >= 0 and used[0] + asked.tokens > tokens // share) or (
            cost >= 0 and used[1] + asked.cost > cost // share
        ):
            return False
        used[0] += asked.tokens
        used[1] += asked.cost
        return True

    async def _add(self, asked: Reservation, limits: list[Limit], tokens: int, cost: int) -> None:
        for limit in limits:
            if asked.here:
                used = self._here.setdefault((limit.who, asked.day), [0, 0])
                used[0] += tokens
                used[1] += cost
                continue
            try:
                await self._storage.run(_SETTLE, _places(limit, asked.day), tokens, cost, TWO_DAYS_S)
            except RedisUnavailable:
                return  # counted as reserved, which is not too little


def _places(limit: Limit, day: str) -> list[str]:
    return [f"{PREFIX}:{{budget:{hashed(limit.who)}}}:{day}:{what}" for what in ("tokens", "cost")]
