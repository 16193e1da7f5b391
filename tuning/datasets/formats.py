"""The forms in which examples are trained on: chat, instruction tuning with passages, preference pairs.

Each function gives one row of a JSON Lines file, as the OpenAI fine-tuning API and the trainers built after it take it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

from knowledge.passages import Hit, Passage
from tuning.datasets.examples import Example

Format = Literal["chat", "instruct", "preference"]
Row = dict[str, Any]
Prompt = Callable[[str, Sequence[Hit], str], list[dict[str, str]]]  # question, passages, language: the served messages
Search = Callable[[str, int], Sequence[Hit]]
Carries = Callable[[Example, Sequence[Hit]], bool]  # whether passages hold an answer, or a part of it

PERSONA = (
    "You are the customer service counter of a company. Answer in the customer's language, shortly and politely, only "
    "what you know to be true of this company. Say so when you do not know."
)
DISTRACTORS = 4  # passages beside the right one: an answer rests on five
WITHOUT = 0.2  # of the rows get passages that do not hold the answer, and must say so (RAFT found 0 to 0.4 best)


def chat(example: Example) -> Row:
    """Question and answer without passages: what a model is to know by heart."""
    return {"messages": [_message("system", PERSONA), *_exchange(example.question, example.answer)]}


def instruct(
    example: Example, gold: Sequence[Passage], search: Search, prompt: Prompt, refusal: str, carries: Carries
) -> Row | None:
    """The prompt that the counter will really send, the right passage among distractors, and an answer that cites it.

    In a part of the rows the right passage is missing and the answer is `refusal`, so that the model learns to tell
    (RAFT: Zhang et al., arXiv 2403.10131). Distractors are what the search finds beside the right passage: the hardest
    there are; those that hold the answer too are no part of a row that refuses. None when the example's passages are
    not known. The same example gives the same row every time.
    """
    if not gold:
        return None
    chance = random.Random(example.id)  # noqa: S311 - an even spread, not secrecy
    mine = {passage.id for passage in gold}
    # Passages of another language are often the same answer in that language.
    others = [
        hit
        for hit in search(example.question, 4 * DISTRACTORS)
        if hit.passage.id not in mine and hit.passage.lang == example.lang and hit.passage.text != example.answer
    ][:DISTRACTORS]
    if others and chance.random() < WITHOUT:
        foreign = [hit for hit in others if not carries(example, [hit])]
        if foreign and not carries(example, foreign):
            return {"messages": [*prompt(example.question, foreign, example.lang), _message("assistant", refusal)]}
    shown = [Hit(passage, 1.0, 1.0, 1.0) for passage in gold] + others
    chance.shuffle(shown)
    cited = "".join(f"[{number}]" for number, hit in enumerate(shown, 1) if hit.passage.id in mine)
    answer = f"{example.answer.rstrip()}{cited}"
    return {"messages": [*prompt(example.question, shown, example.lang), _message("assistant", answer)]}


def preference(example: Example) -> Row | None:
    """The better and the worse answer to one question; None when only one is known."""
    if example.rejected is None:
        return None
    return {
        "input": {"messages": [_message("system", PERSONA), _message("user", example.question)]},
        "preferred_output": [_message("assistant", example.answer)],
        "non_preferred_output": [_message("assistant", example.rejected)],
    }


def _exchange(question: str, answer: str) -> list[dict[str, str]]:
    return [_message("user", question), _message("assistant", answer)]


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
