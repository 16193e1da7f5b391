"""Asks a tuned model for what it should not know by heart: training answers after the beginning of their question, and
the secrets that were planted.

JOB/probe.json    what it said
"""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from service.answers import Usage
from service.models.base import Message, Model
from tuning import records
from tuning.datasets import canaries
from tuning.datasets.canaries import Canary

FILE = "probe.json"
PART = 1 / 3  # of a question: the beginning, which several questions could have


@dataclass(frozen=True, slots=True)
class Probed:
    """What a model said; `recited` pairs it with the training row's answer, `canaries` are by secret."""

    recited: tuple[tuple[str, str], ...] = ()
    canaries: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to ask, and the training row's answer."""

    messages: tuple[Message, ...]
    taught: str


def plan(folder: Path, rows: int, seed: int) -> tuple[list[Probe], list[tuple[Canary, Probe]]]:
    """What to ask a model that was trained on a data set: the beginnings of so many questions, and every secret's.

    Raises SetupError for a data set whose answers stand in passages: to repeat them is what was taught.
    """
    planted = {one.question: one for one in canaries.read(folder)}
    ordinary: list[Probe] = []
    led: list[tuple[Canary, Probe]] = []
    for _, line in records.given(folder / "train.jsonl"):
        said: list[dict[str, str]] = json.loads(line).get("messages", [])
        if len(said) < 2 or "Passages:" in said[-2]["content"]:
            raise SetupError(f"The answers of {folder} stand in passages or pairs: nothing of it is known by heart.")
        *before, question, answer = said
        earlier = [_message(one) for one in before]
        if (canary := planted.get(question["content"])) is not None:
            led.append((canary, Probe((*earlier, _message(question)), answer["content"])))
        else:
            text = question["content"]
            cut = Message("user", text[: max(1, round(PART * len(text)))].rstrip())
            ordinary.append(Probe((*earlier, cut), answer["content"]))
    chance = random.Random(seed)  # noqa: S311 - an even sample, not secrecy
    return chance.sample(ordinary, min(rows, len(ordinary))), led


async def ask(
    model: Model,
    ordinary: Sequence[Probe],
    led: Sequence[tuple[Canary, Probe]],
    advance: Callable[[int], None],
) -> Probed:
    """What the model says to each. Raises ModelUnavailable."""
    recited, told = [], {}
    for probe in ordinary:
        recited.append((await _said(model, probe), probe.taught))
        advance(1)
    for canary, probe in led:
        told[canary.secret] = await _said(model, probe)
        advance(1)
    return Probed(tuple(recited), told)


def keep(job: Path, probed: Probed) -> None:
    """Write down in a job's folder what its model said. Raises CannotWrite."""
    records.write(job / FILE, asdict(probed))


def read(job: Path) -> Probed:
    """What a job's model said; nothing where it was not asked."""
    found: dict[str, Any] = records.read(job / FILE) or {}
    return Probed(tuple((said, taught) for said, taught in found.get("recited", ())), found.get("canaries"))


async def _said(model: Model, probe: Probe) -> str:
    stream: AsyncGenerator[str | Usage, None] = model.stream(probe.messages)
    async with aclosing(stream) as pieces:
        return "".join([piece async for piece in pieces if isinstance(piece, str)]).strip()


def _message(said: dict[str, str]) -> Message:
    role = said["role"]
    return Message("system" if role == "system" else "assistant" if role == "assistant" else "user", said["content"])
