"""What a training run will cost, and how likely it is to learn its rows by heart: before any money is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider asks for one million trained tokens, in US dollars, as published in the month named."""

    provider: str
    model: str
    per_million: float
    seen: str


# Providers change these; `--price` takes the operator's own. A local run costs time, not money.
PRICES = (
    Price("OpenAI", "gpt-4.1", 25.0, "2025-09"),
    Price("OpenAI", "gpt-4.1-mini", 5.0, "2025-09"),
    Price("OpenAI", "gpt-4.1-nano", 1.5, "2025-09"),
    Price("OpenAI", "gpt-4o-mini", 3.0, "2025-09"),
    Price("local", "LoRA on this machine", 0.0, "-"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate for one model."""

    provider: str
    model: str
    tokens: int  # trained: the rows' tokens times the epochs
    dollars: float
    seen: str


def estimate(tokens: int, epochs: int, own: float | None = None) -> list[Cost]:
    """The cost of training on so many tokens for so many epochs at each known price, and at the operator's own.

    Tokens are counted by our encoder; a provider's tokenizer may differ from it by a fifth either way.
    """
    prices = PRICES if own is None else (*PRICES, Price("your price", "", own, "-"))
    trained = tokens * epochs
    return [
        Cost(price.provider, price.model, trained, round(trained * price.per_million / 1e6, 2), price.seen)
        for price in prices
    ]


@dataclass(frozen=True, slots=True)
class Risk:
    """How likely a run is to learn its rows by heart instead of what they have in common."""

    level: Level
    reasons: tuple[str, ...]


# Rules of thumb: what is passed more than a few times over few rows is recited, and an adapter with far more
# parameters than there are tokens to explain has room for every row word by word.
MANY_EPOCHS, TOO_MANY_EPOCHS = 4, 10
FEW_ROWS, SOME_ROWS = 100, 500
ROOMY, VERY_ROOMY = 50, 500  # trainable parameters for each token of an answer


def over_fitting(rows: int, answer_tokens: int, repeated: int, epochs: int, trainable: int | None = None) -> Risk:
    """Weigh rows, repetition, epochs and, where it is known, the number of trainable parameters.

    `repeated` are rows that say what another says.
    """
    points, reasons = 0, []
    if rows < SOME_ROWS:
        points += 2 if rows < FEW_ROWS else 1
        reasons.append(f"{rows} rows are {'very few' if rows < FEW_ROWS else 'few'}")
    if epochs > MANY_EPOCHS:
        points += 3 if epochs > TOO_MANY_EPOCHS else 1
        reasons.append(f"each is seen {epochs} times")
    if rows and repeated / rows > 0.1:
        points += 1
        reasons.append(f"{repeated} of them repeat another")
    if trainable is not None and answer_tokens and trainable / answer_tokens > ROOMY:
        points += 2 if trainable / answer_tokens > VERY_ROOMY else 1
        reasons.append(f"{trainable / answer_tokens:.0f} trainable parameters for each token of an answer")
    level: Level = "high" if points >= 4 else "medium" if points >= 2 else "low"
    return Risk(level, tuple(reasons))
