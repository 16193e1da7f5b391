"""Tells which of two dated passages is out of date: both answer the very same question, otherwise, and one is newer.

The same words may ask of two things: whether there is a car park, on the page of each branch; what a copy costs, at
each department. So the two must speak of the same thing in all that stands around the question: what their documents,
files and headings are called, but for what tells versions apart (faq_2024, "old", "最新版"), and what their texts name.
Where that is not so, or a day is missing, nothing is decided here (`python -m benchmarks.outdated` has the measure).
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from knowledge.index.contradictions import contradicts
from knowledge.language.months import MONTH
from knowledge.language.subjects import subjects
from knowledge.passages import Document, Passage

MOST = 6  # documents that ask the same: more are pages of as many things, not versions of one
Key = tuple[object, ...]

_DATES = re.compile(  # that tell versions apart, and the number of a copy
    r"(?<!\d)(?:19|20)\d\d(?:[-_./年 ]{0,2}(?:0?[1-9]|1[0-2])(?:[-_./月 ]{0,2}\d{1,2}日?)?月?)?(?!\d)"
    r"|(?:令和|平成)\d{1,2}|\(\d\)$"
)
_VERSION = re.compile(  # what files, titles and headings say of which version they are, or of what kind
    r"(?:faqs?|q ?(?:&|and) ?a|qa|questions?|answers?|old|new|copy|of|latest|versions?|ver|v|rev(?:ised|ision)?|final"
    r"|drafts?|updated?|backup|bak|archived?|current|previous|former|edition|index|pages?|default|export(?:ed)?|data"
    r"|list|html?|php|aspx?|md|txt|csv|tsv|xlsx?|docx?|pdf|jsonl?|www|docs?|documents?|files?|ja|en|jp|japanese|english"
    rf"|{MONTH}|the|and|our|sheet|frequently|asked)"
    r"|旧|新|旧版|新版|最新|最新版|改訂|改訂版|改定|改定版|更新|更新版|コピー|版|年|月|日|年度|年度版|年版|年月|現行|現行版"
    r"|確定|確定版|保存|保存用|一覧|質問|回答|質問集|シート|ファイル|日本語|英語|よくある|について|に関する|ください"
)
_WORDS = re.compile(r"\d+|[a-z]+|[ァ-ヶー]+|[一-鿿々]+|[ぁ-ゖ]{3,}")
# What is named as one of several: a branch, an office, a plan.
_NAMED_JA = re.compile(
    r"[一-鿿々ァ-ヶーA-Za-z0-9]+?(?:支店|営業所|出張所|支所|[店校館園課係駅寮棟局院室])(?![長員舗舎内客頭品])"
    r"|[ァ-ヶー一-鿿々A-Za-z0-9]+(?:プラン|コース|会員|カード|センター|窓口|モデル|タイプ|クラス)|[ァ-ヶー]{4,}"
)
_NAMED_EN = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*|\b[A-Z]+-?\d\w*\b")


def question_of(passage: Passage) -> Key:
    """Whom a passage is for and what it answers, without the signs and blanks by which copies differ.

    A section answers what its headings name below its title, apart from what tells versions apart.
    """
    about = passage.attributes
    whom = passage.collection, passage.lang, passage.kind, about.audience, about.product
    if passage.question or passage.kind != "document":
        return *whom, _bare(passage.question or passage.title)
    path = [" ".join(_told(name)) for name in subjects((passage.title, *passage.headings))]
    return (*whom, *path) if any(path) else (passage.id,)  # what is called nothing answers nothing that is known


def older_of(one: Passage, other: Passage) -> tuple[Passage, Passage] | None:
    """The older and the newer of two passages; None where not both have a day of their own."""
    if not one.updated or not other.updated or one.updated == other.updated:
        return None
    return (one, other) if one.updated < other.updated else (other, one)


def overruled(older: Passage, newer: Passage, of_older: Document, of_newer: Document) -> str | None:
    """Why the older of two passages that answer the same question cannot stand beside the newer, in words."""
    if (older.attributes.valid_from, older.attributes.valid_until) != (
        newer.attributes.valid_from,
        newer.attributes.valid_until,
    ):
        return None  # each says itself when it holds
    if not is_of_the_same(older, newer, of_older, of_newer):
        return None
    return contradicts(asked(newer), newer.text, older.text, outright=True)


def asked(passage: Passage) -> str:
    """What a passage answers, in words."""
    return passage.question or (passage.headings[-1] if passage.headings else passage.title)


def is_of_the_same(one: Passage, other: Passage, of_one: Document, of_other: Document) -> bool:
    """Whether what stands around two passages, and what they name, leaves no doubt that they speak of one thing."""
    said, also = (_flat(f"{asked(each)}\n{each.text}") for each in (one, other))
    apart = _around(one, of_one) ^ _around(other, of_other)
    if any(word.isdecimal() or word not in said or word not in also for word in apart):
        return False
    names, others = _named(one), _named(other)
    return not ({name for name in names if name not in also} and {name for name in others if name not in said})


def _around(passage: Passage, document: Document) -> frozenset[str]:
    place = passage.source
    if "://" in place:
        address = urlsplit(place)
        place = unquote(f"{address.path}/{address.query}")
    path = PurePosixPath(place)
    names = [*path.parent.parts, path.stem, document.title, *passage.headings]
    return frozenset(word for name in names for word in _told(name))


def _told(name: str) -> list[str]:
    """The words of a name that say what it is about."""
    return [word for word in _WORDS.findall(_DATES.sub(" ", _flat(name))) if not _VERSION.fullmatch(word)]


def _named(passage: Passage) -> set[str]:
    plain = unicodedata.normalize("NFKC", f"{asked(passage)}\n{passage.text}")
    return {_flat(name) for pattern in (_NAMED_JA, _NAMED_EN) for name in pattern.findall(plain)}


def _flat(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _bare(question: str) -> str:
    return "".join(sign for sign in _flat(question) if sign.isalnum())
