"""Tells the language of a text from its script: quick, the same every time, and enough for Japanese and English."""

from __future__ import annotations

import re

_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")
UNKNOWN = "und"  # ISO 639-2: undetermined


def language(text: str) -> str:
    """Return "ja", "en", "ko", or "und" when no letter says anything.

    A few kana settle it: English text does not hold them, while Japanese text is full of Latin product names. Han
    without kana counts as Japanese, and Latin letters as English: the two languages that this counter speaks.
    """
    if _KANA.search(text):
        return "ja"
    han, hangul = len(_HAN.findall(text)), len(_HANGUL.findall(text))
    if hangul > han:
        return "ko"
    if han and han >= len(_LATIN.findall(text)):
        return "ja"
    return "en" if _LATIN.search(text) else UNKNOWN
