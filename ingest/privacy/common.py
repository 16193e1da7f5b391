"""What the rules for personal data share: Japanese letters, what follows an amount, words that are no names."""

from __future__ import annotations

import re

Span = tuple[str, int, int]  # kind, start, end

KANJI = r"\u4e00-\u9fff々〇ヶヵ"
KATAKANA = r"ァ-ヴー"
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
UNIT = re.compile(
    r" ?(?:円|yen\b|個|件|名|人|本|枚|台|ポイント|pt\b|点|%|mm|cm|km|kg|g\b|ml|mah|万|億|時間?|分|秒|年|ヶ月"
    r"|か月|日|回|歳|割"
    r"|usd\b|jpy\b|eur\b|dollars?|euros?|pounds?|people|items?|points?|mb\b|gb\b|kb\b|bytes|w\b|v\b|hz|文字"
    r"|行|字|倍|冊|km/h"
    r"|インチ|inch|ドル|元\b|ユーロ|rpm|steps|歩|views|downloads|ダウンロード|再生|番目|号機)",
    re.IGNORECASE,
)
# Words of a sentence: no name, street or password has them alone.
SMALL_WORDS = frozenset((
    "a", "an", "the", "at", "in", "on", "of", "to", "for", "and", "or", "is", "was", "minutes", "minute",
    "hours", "hour",
    "days", "day", "times", "weeks", "week", "people", "from", "by", "my", "your", "our", "that", "this", "it",
    "months",
    "month", "years", "year", "yen", "dollars", "items", "am", "pm", "km", "miles", "i", "we", "you", "they",
    "he", "she",
    "not",
))  # fmt: skip
