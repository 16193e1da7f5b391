"""Counts that a sentence gives of what it names itself: "by transfer, card or cash: three ways"."""

from __future__ import annotations

import re

MOST = 9
_SEPARATORS = (
    re.compile("・"),
    re.compile("、|[とや]|または|及び"),
    re.compile(r", (?:and |or )?| (?:and|or) "),
    re.compile("「"),
)
_ONE_LESS = 3  # of these separators there are as many as things


def own_counts(text: str) -> frozenset[str]:
    """The numbers that count as many things as a sentence names."""
    counts = {len(each.findall(text)) + (at < _ONE_LESS) for at, each in enumerate(_SEPARATORS)}
    return frozenset(str(number) for number in counts if 1 < number <= MOST)
