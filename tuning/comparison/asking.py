"""Puts the same questions to several methods, question by question, and keeps what was answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.errors import ModelUnavailable, SetupError
from knowledge.progress import Progress
from tuning.comparison.answers import Answered, Asker, Kept
from tuning.comparison.cases import Case
from tuning.comparison.methods import Method

ENOUGH = 0.5  # of the answers of others: a method that failed more often than that is left out
PATIENCE = 3  # answers of one method in a row that may fail, before it is given up for this run


@dataclass(slots=True)
class Answers:
    """What was answered: by each method, each question."""

    by_method: dict[str, dict[str, Answered]]
    fresh: int = 0  # asked in this run; the others were kept, or rest on replies that were
    spent: float = 0.0  # for them
    stopped: str | None = None  # why not all were asked
    failed: dict[str, str] = field(default_factory=dict)  # the last failure of a method

    def usable(self) -> list[str]:
        """The methods that gave answers, without those that failed and so answered far fewer questions than others.

        A model whose server is down still refuses what finds no passage: over these few questions alone, nothing could
        be told of the others.
        """
        most = max((len(answers) for answers in self.by_method.values()), default=0)
        return [
            name
            for name, answers in self.by_method.items()
            if answers and (name not in self.failed or len(answers) >= ENOUGH * most)
        ]

    def complete(self, cases: Sequence[Case]) -> list[Case]:
        """The questions that every method has answered."""
        return [case for case in cases if all(case.id in answers for answers in self.by_method.values())]


def drawn(cases: Sequence[Case], limit: int | None, seed: int) -> list[Case]:
    """At most so many of the questions, drawn by the seed, in their own order."""
    if limit is None or limit >= len(cases):
        return list(cases)
    taken = set(random.Random(seed).sample(range(len(cases)), limit))  # noqa: S311 - an even spread, not secrecy
    return [case for place, case in enumerate(cases) if place in taken]


async def ask_all(
    asker: Asker,
    methods: Sequence[Method],
    cases: Sequence[Case],
    kept: Kept,
    progress: Progress,
    limit: float | None = None,
    at_once: int = 1,
    seed: int = 0,
) -> Answers:
    """Every answer that is kept or can be had for at most `limit` of the operator's currency.

    Question by question, in an order of the seed, so that what is there after an interruption is a fair sample for all
    methods. Money is counted when an answer is there: up to `at_once` answers may go beyond the limit. Raises
    SetupError when there is a limit and a model without a price.
    """
    if limit is not None:
        _priced(methods)
    found = Answers({method.name: {} for method in methods})
    order = list(cases)
    random.Random(seed).shuffle(order)  # noqa: S311 - an even spread, not secrecy
    wanted: list[tuple[Method, str, Case]] = []
    prints = {method.name: asker.fingerprint(method) for method in methods}
    for case in order:
        for method in methods:
            if (answer := kept.get(prints[method.name], case)) is not None:
                found.by_method[method.name][case.id] = answer
            else:
                wanted.append((method, prints[method.name], case))
    progress.stage("asking", len(wanted))
    failures = dict.fromkeys(prints, 0)
    left = iter(wanted)

    async def ask() -> None:
        for method, fingerprint, case in left:
            if limit is not None and found.spent >= limit:
                found.stopped = f"the limit of {limit:g} is reached: {found.spent:.4g} were spent"
                return
            progress.advance(1)
            if failures[method.name] >= PATIENCE:
                continue
            try:
                answer = await asker.ask(method, case)
            except ModelUnavailable as error:
                failures[method.name] += 1
                found.failed[method.name] = str(error)
                continue
            failures[method.name] = 0
            kept.add(fingerprint, case, answer)
            found.by_method[method.name][case.id] = answer
            if not answer.repeated:
                found.fresh += 1
                found.spent += answer.cost(method.served)

    asking = [asyncio.create_task(ask()) for _ in range(at_once)]
    try:
        await asyncio.gather(*asking)
    finally:
        for task in asking:
            task.cancel()
    return found


def _priced(methods: Sequence[Method]) -> None:
    for method in methods:
        spec = method.served.spec if method.served else None
        if spec and not (spec.price_per_million_prompt_tokens or spec.price_per_million_completion_tokens):
            assert method.served is not None
            raise SetupError(
                f"A limit needs prices, and {method.served.alias} has none: "
                f"madoguchi models add {method.served.alias} --replace --prompt-price … --completion-price …"
            )
