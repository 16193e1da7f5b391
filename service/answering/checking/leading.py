"""Lines that lead to a list or a table, and the marks before a list's points.

What leads to a list need not stand in a passage, as long as it claims nothing: the points below it are checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.answering.texts.terms import terms

# No answer's list has more than 20 points: what stands above is a fact.
_N = r"(?:1?\d|20)"
LIST_MARK = re.compile(
    rf"\A[ \t\u3000]*(?:>[ \t]*)?(?:#{{1,6}}[ \t]+)?(?:\*\*|__)?【?(?:"
    rf"{_N}[.)、．](?=\s|\D)|[(（]{_N}[)）]|{_N}\ufe0f?\u20e3|[①-⑳]|"
    rf"(?:step|ステップ|手順)[ \t]?{_N}(?!\d)(?:[ \t]*[.:：)）](?!\d))?|[-*・•](?!\*))[】*_ \t\u3000]*",
    re.IGNORECASE,
)
POINTS = re.compile(rf"^[ \t\u3000]*({_N})[.)．][ \t\u3000]+", re.MULTILINE)  # of a document's list
LISTED = re.compile(rf"^[ \t\u3000]*(?:{_N}[.)．]|[-*・•])[ \t\u3000]*\S", re.MULTILINE)  # one of its points
_ANNOUNCES = re.compile(
    r"\A(?:#{1,6}\s|【[^】]*】\s*\Z|[■□▼▽◆◇●])|[:：][\s*_]*\Z|(?:以下|下記|下表|次)(?:の|に|が|は|を)|\b(?:follow(?:ing|s)|below)\b",
    re.IGNORECASE,
)
# What turns a statement round or narrows it, and is no word that `terms` sees.
_LIMITS = re.compile(
    r"ない|ませ[んぬ]|なし|だけ|のみ|しか|必ず|なら|たら|れば|"
    r"n['’]t\b|\b(?:not|no|never|none|without|cannot|only|must|if|when|unless|until|except)\b",
    re.IGNORECASE,
)
_EMPTY = terms(
    """
    follow following follows below step steps list listed way ways point points detail details information info
    overview summary breakdown key main common option options method methods procedure process instruction
    instructions guide available use using item items thing things answer note question great here's
    two three four five six seven eight nine ten
    以下 下記 下表 次 通 手順 方法 条件 流 案内 紹介 説明 詳細 内容 一覧 点 項目 種類 主 確認 回答 答 参照 覧 概要 手続
    利用 申 込 従 沿 進 行 操作 ポイント ステップ
    """
)


@dataclass(slots=True)
class Lead:
    """A line that waits for the first point of what it leads to."""

    text: str
    flown: int  # characters of it that are out already
    cited: list[int]  # what it rests on; of one that is not kept what the model wrote behind it
    kept: bool  # a passage carries it; else it claims nothing, and cites what the first point does
    after: str = ""  # the blank lines below it
    missed: bool = False  # something below it was dropped


def announces(bare: str) -> bool:
    """Whether a line without its citations leads to what stands below it, as a heading does, by its own words."""
    return _ANNOUNCES.search(bare) is not None and LIST_MARK.match(bare) is None


def claims_nothing(bare: str, of: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a line says nothing but what the question and the passages speak of, and that a list comes."""
    return of - known <= _EMPTY and _LIMITS.search(bare) is None
