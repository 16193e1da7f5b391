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
    return any(map(_instructs, text.split("\n\n")))


def _instructs(paragraph: str) -> bool:
    small = paragraph.lower()
    english, japanese = (any(word in small for word in words) for words in (_ABOUT_EN, _ABOUT_JA))
    return bool((english and _EN.search(paragraph)) or (japanese and _JA.search(paragraph)))
