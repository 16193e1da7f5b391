"""Headings that are nothing but paragraphs in bold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ingest.texts.blocks import MARKED_LEVEL, Block, Heading, Text
from ingest.texts.questions import asks

MOSTLY = 0.5  # of the headings of a level must ask, so that all of them count as questions
_CAPTION = re.compile(
    r"(?:figure|fig\.|table|example|listing|図|表|例|写真|画像)[\s\u3000]*[A-ZＡ-Ｚ]?[.\-]?[\d０-９]", re.IGNORECASE
)
_ENDS_NAME = re.compile(r"[^\W_][)）」』\]】\"'’”]*$")  # neither a sentence nor what leads on to the next line
BOLD_LEVEL = 999_998  # a short paragraph in bold above others: below every heading, with the questions below it
FEWEST_ASKING = 3  # in bold, among which others that do not ask are questions, too
LARGER = 2  # half points that the letters of a heading are larger by than those of one below it
LONGEST_BOLD = 60  # characters


def with_bold_headings(blocks: Sequence[Block], fewest: int) -> list[Block]:
    """The blocks with paragraphs in bold as headings, those that ask as questions, where several stand above others.

    One in larger letters stands above those in smaller ones, and what a page begins with above all of them.
    """
    heads: dict[int, Heading] = {}
    levels = _levels_of_sizes(blocks)
    for number, (block, following) in reversed(list(enumerate(pairwise(blocks)))):
        if not isinstance(block, Text) or not block.bold or "\n" in block.text or _CAPTION.match(block.text):
            continue
        if not isinstance(following, Text):
            continue
        level = 1 if number == 0 else levels[block.size]
        is_above = number + 1 in heads and level < heads[number + 1].level
        if following.bold and not asks(following.text) and not is_above:
            continue
        if asks(block.text) and not following.bold:
            heads[number] = Heading(MARKED_LEVEL, block.text, role="marked")
        elif len(block.text) <= LONGEST_BOLD and _ENDS_NAME.search(block.text):
            heads[number] = Heading(level if is_above else levels[block.size], block.text, role="bold")
    heads |= _with_their_like(blocks, heads)
    counts = Counter(heading.role for heading in heads.values())
    return [
        heads[number] if number in heads and (counts[heads[number].role] >= fewest or number + 1 in heads) else block
        for number, block in enumerate(blocks)
    ]


def _with_their_like(blocks: Sequence[Block], heads: Mapping[int, Heading]) -> dict[int, Heading]:
    """Headings in bold as questions, where most others that stand right above an answer, in letters of that size, ask.

    "I forgot my password" among questions is one; as a heading it would hold the next question.
    """
    groups: dict[int, list[int]] = {}
    for number in heads:
        block, following = blocks[number], blocks[number + 1]
        if number and isinstance(block, Text) and isinstance(following, Text) and not following.bold:
            groups.setdefault(block.size, []).append(number)
    return {
        number: Heading(MARKED_LEVEL, heads[number].text, role="marked")
        for group in groups.values()
        if sum(heads[number].role == "marked" for number in group) >= max(FEWEST_ASKING, MOSTLY * len(group))
        for number in group
    }


def _levels_of_sizes(blocks: Iterable[Block]) -> dict[int, int]:
    """The level of headings in bold by the size of their letters; sizes that are nearly the same have the same one."""
    levels: dict[int, int] = {}
    level, smallest = BOLD_LEVEL, None
    for size in sorted({block.size for block in blocks if isinstance(block, Text) and block.bold}):
        if smallest is not None and size >= smallest + LARGER:
            level -= 1
        if smallest is None or size >= smallest + LARGER:
            smallest = size
        levels[size] = level
    return levels
