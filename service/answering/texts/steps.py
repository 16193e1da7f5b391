"""Steps: whether a question asks for them, and whether a text tells them."""

from __future__ import annotations

import re

from service.answering.texts.terms import terms

FEWEST = 2  # that make a way of doing something
THIN = 200  # characters: a text without a list that is shorter names a thing rather than telling how

STEP = re.compile(r"^[ \t\u3000]*(?:[(（]?\d{1,2}[.)、）]|[①-⑳])", re.MULTILINE)
ITEM = re.compile(r"^[ \t\u3000]*(?:[-*•・●○■◆▪‣]|[(（]?\d{1,2}[.)、）]|[①-⑳])", re.MULTILINE)
# Words of any question: what is asked about says nothing of them.
_OF_ASKING = terms("use used mean want know help tell work possible way find please explain show")
# Words with which a conversation goes on: "And what about the other one?"
OF_GOING_ON = terms("what about how ok okay same other case 場合 同")
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
    return len(STEP.findall(text)) >= FEWEST


def only_names(text: str) -> bool:
    """Whether a text is too short to tell how something is done, such as a menu's entry."""
    return len(text) < THIN and len(ITEM.findall(text)) < FEWEST


def matter(question: str) -> frozenset[str]:
    """What a question is about: its terms without those that any question may have."""
    return terms(question) - _OF_ASKING
