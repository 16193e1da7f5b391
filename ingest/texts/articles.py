"""Knows the articles of Japanese rules and contracts by their names: 第14条（休会）, or （休会） above 第14条 …

They are set like the text around them; yet each is what somebody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FEWEST = 2  # articles that make a text one of rules; a single one is told of

_BEGIN = tuple("第（(【〔")  # most lines begin with none of them
_NUMBER = r"第[\d０-９〇一二三四五六七八九十百]{1,5}条(?:の[\d０-９二三四五六七八九十]{1,2})?"
_TITLE = r"[（(【〔][^（）()【】〔〕]{1,40}[）)】〕]"
NAMED = re.compile(rf"{_NUMBER}[ \t\u3000]*{_TITLE}")
_BEGINS = re.compile(_NUMBER)
_TITLED = re.compile(_TITLE)


def articles(lines: Sequence[str]) -> set[int]:
    """Which lines are the names of articles; none where there are few."""
    maybe = ((number, line) for number, line in enumerate(map(str.strip, lines)) if line.startswith(_BEGIN))
    found = {
        number
        for number, line in maybe
        if NAMED.fullmatch(line)
        or (number + 1 < len(lines) and _TITLED.fullmatch(line) and _BEGINS.match(lines[number + 1].strip()))
    }
    return found if len(found) >= FEWEST else set()
