"""What is meant for the company's own people: by its audience, and by the way in which it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

STAFF = frozenset(("staff", "internal", "agent", "agents", "employees", "operators")) | frozenset(
    ("社内", "社員", "職員", "従業員", "スタッフ", "オペレーター")
)
_EN = re.compile(
    r"(?:^|[.:;,]\s|[-*)]\s|\b(?:should|must|then|please|need to|you can|you may)\s)\s*"
    r"(?:ask|tell|guide|inform|instruct|advise|remind|notify|help|transfer)\s(?:the\s|your\s)?"
    r"(?:user|customer|caller|client)s?\b(?! (?:support|service|care|cent(?:er|re)|relations))"
    r"|\bescalate to\b|\bthe agent (?:must|should|can(?:not)?|needs to)\b",
    re.IGNORECASE | re.MULTILINE,
)
_JA = re.compile(
    r"(?:お客[様さ]ま?|顧客|利用者|ユーザー)[にへ](?:は)?[^。\n]{0,30}?"
    r"(?:案内|説明|伝え|確認|依頼|お願い|質問|尋ね)(?:し)?て(?:ください|下さい|もらう|いただく)"
    r"|(?:お客[様さ]ま?|顧客|利用者|ユーザー)[にへ](?:は)?[^。\n]{0,30}?(?:案内|説明|確認|依頼)する(?:こと)?(?:。|$)"
    r"|エスカレーション(?:する|して)",
    re.MULTILINE,
)

# One of these is in whatever the two find; looking for them first takes a small part of the time.
_ABOUT_EN = ("user", "customer", "caller", "client", "escalate", "agent")
_ABOUT_JA = ("お客", "顧客", "利用者", "ユーザー", "エスカレーション")


def is_for_staff(audience: Sequence[str]) -> bool:
    """Whether the audience is the company's own people and nobody else."""
    return bool(audience) and all(name.casefold() in STAFF for name in audience)


def instructs_staff(text: str) -> bool:
    """Whether a text tells somebody what to do with a customer: "Ask the customer for …"."""
    text = text.replace("İ", "I")  # the one letter that is two in lower case
    small = text.lower()
    return _said(_EN, _ABOUT_EN, text, small) or (not text.isascii() and _said(_JA, _ABOUT_JA, text, small))


def _said(pattern: re.Pattern[str], about: Sequence[str], text: str, small: str) -> bool:
    """Whether a paragraph that holds one of the words is like the pattern."""
    for word in about:
        at = small.find(word)
        while at >= 0:
            start, end = text.rfind("\n\n", 0, at) + 1, text.find("\n\n", at)
            end = len(text) if end < 0 else end
            if pattern.search(text[start:end]):
                return True
            at = small.find(word, end)
    return False
