"""Steps: whether a question asks for them, and whether a text tells them."""

from __future__ import annotations

import re

FEWEST = 2  # that make a way of doing something

STEP = re.compile(r"[ \t\u3000]*(?:\(?\d{1,2}[.)、）]|[①-⑳])")
_LINE = re.compile(rf"^{STEP.pattern}", re.MULTILINE)
_ASKS_HOW = re.compile(
    r"\bhow (?:do|does|can|could|should|would|to|is it|are)\b|\bwhat (?:do|should|must) i do\b"
    r"|(?:方法|仕方|やり方|手順|操作)(?:を|は|が|について|$|[?？。])|どう(?:やって|すれば|やれば|したら)|(?:する|した|り|し|き|え|み|け|せ|れ)たい",
    re.IGNORECASE,
)


def asks_how(question: str) -> bool:
    """Whether a question asks how something is done."""
    return _ASKS_HOW.search(question) is not None


def tells_how(text: str) -> bool:
    """Whether a text has numbered steps."""
    return len(_LINE.findall(text)) >= FEWEST
