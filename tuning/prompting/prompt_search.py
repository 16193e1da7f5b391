"""Searches among prompts within a budget of calls, by successive halving (Jamieson and Talwalkar, 2016).

All candidates answer a few questions, the better half some more, and so on; the rules without further words stay in
until the end, so that the winner is compared with them on the same questions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.errors import SetupError
from tuning import metrics
from tuning.comparison.cases import Case
from tuning.metrics import Difference
from tuning.prompting.prompt_candidates import NOTHING, Candidate

Measure = Callable[[Candidate, Case], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    winner: Candidate
    score: float  # mean quality on the questions that both were asked
    before: float  # the same for the rules alone
    difference: Difference
    questions: int
    calls: int
    rounds: tuple[dict[str, Any], ...]

    @property
    def is_better(self) -> bool:
        """Whether the winner's mean is above that of the rules alone."""
        return self.winner is not NOTHING and self.difference.value > 0


def fewest_calls(candidates: int) -> int:
    """The smallest budget with which every candidate is asked something in every round."""
    return candidates * _rounds(candidates)


async def search(
    candidates: Sequence[Candidate], cases: Sequence[Case], budget: int, measure: Measure, seed: int = 0
) -> Found:
    """The best of the candidates, `NOTHING` being one of them. Raises SetupError when the budget is too small."""
    if budget < fewest_calls(len(candidates)):
        raise SetupError(
            f"{len(candidates)} candidates need a budget of {fewest_calls(len(candidates))} calls for each language; "
            f"{budget} are left for one. Give --budget {fewest_calls(len(candidates))} times the number of languages."
        )
    order = list(cases)
    random.Random(seed).shuffle(order)  # noqa: S311 - an even spread, not secrecy
    scores: dict[str, list[float]] = {one.name: [] for one in candidates}
    alive, calls, rounds = list(candidates), 0, []
    for _ in range(_rounds(len(candidates))):
        step = budget // _rounds(len(candidates)) // len(alive)
        calls += await _ask(alive, order, len(scores[alive[0].name]) + step, scores, measure)
        alive.sort(key=lambda one: -_mean(scores[one.name]))  # stable: the earlier of equals stays
        rounds.append(
            {"questions": len(scores[alive[0].name]), "scores": {a.name: _mean(scores[a.name]) for a in alive}}
        )
        others = [one for one in alive if one is not NOTHING]
        alive = [NOTHING, *others[: math.ceil(len(others) / 2)]]
    finalists = alive[:2]
    reach = len(scores[finalists[0].name]) + max(0, budget - calls) // len(finalists)
    calls += await _ask(finalists, order, reach, scores, measure)
    mine, before = scores[finalists[-1].name], scores[NOTHING.name]
    return Found(
        finalists[-1],
        _mean(mine),
        _mean(before),
        metrics.paired(mine, before, seed=seed),
        len(mine),
        calls,
        tuple(rounds),
    )


async def _ask(
    alive: Sequence[Candidate], order: Sequence[Case], reach: int, scores: dict[str, list[float]], measure: Measure
) -> int:
    calls = 0
    for one in alive:
        for case in order[len(scores[one.name]) : reach]:
            scores[one.name].append(await measure(one, case))
            calls += 1
    return calls


def _rounds(candidates: int) -> int:
    return max(1, math.ceil(math.log2(max(candidates - 1, 1))))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
