"""How customers sound in their questions: upset, pleased, or neither; told from plain words in Japanese and English.

It counts how many of each a data set holds, and judges no customer: irony and what is only implied pass as calm.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Mood = Literal["upset", "pleased", "calm"]

_UPSET = re.compile(
    r"\b(?:angry|furious|annoy(?:ed|ing)|frustrat(?:ed|ing)|disappoint(?:ed|ing)|upset|unacceptable|ridiculous|terrible"
    r"|awful|horrible|worst|useless|pathetic|disgust(?:ed|ing)|outrageous|scam|rip-?off|fed up|sick of|waste of"
    r"|complain(?:t|ing)?|never again|still (?:not|no|waiting|haven['’]t|hasn['’]t|doesn['’]t|isn['’]t)|how dare"
    r"|third time|no one (?:answers|replies|responds)|not (?:happy|satisfied|good enough))\b"
    r"|怒|腹が立|腹立|ふざけ|ひどい|酷い|最悪|最低(?!限|気温|額|金額|賃金|数|で)|がっかり|不愉快|不快|不満|苦情|クレーム|納得(?:が)?(?:いか|でき)"
    r"|許せ|呆れ|あきれ|イライラ|いらいら|いい加減|何度も(?:言|連絡|問|電話)|詐欺|どうしてくれる|困り(?:果て|きっ)|対応が悪"
    r"|(?:まだ|いまだに|未だに)(?:[^。、\s]{1,5}[がも])?(?:届[いか]|来(?:な|ませ|てい?[なま]))"
    r"|(?:まだ|いまだに|未だに)(?:返事|返信|連絡|回答)[がも](?:な[いく]|ありません)",
    re.IGNORECASE,
)
_PLEASED = re.compile(
    r"\b(?:thank(?:s| you)|grateful|appreciate|love (?:it|the|your|this)|great (?:service|product|work)|excellent"
    r"|wonderful|amazing|fantastic|perfect(?:ly)?|happy with|delighted|pleased with|well done)\b"
    r"|ありがと|有難う|感謝|助かりました|助かります|嬉し|うれし|気に入|満足して|素晴らし|すばらし|大好き|最高です",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:n['’]t|\bnot|\bno|\bnever|\bfar from|\bless than)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)


def mood(question: str) -> Mood:
    """How a customer sounds; who is upset and polite besides is upset."""
    plain = unicodedata.normalize("NFKC", question)
    pleased = next(_PLEASED.finditer(plain), None)
    if _UPSET.search(plain) or (pleased and _NEGATED.search(plain[: pleased.start()])):
        return "upset"
    return "pleased" if pleased else "calm"
