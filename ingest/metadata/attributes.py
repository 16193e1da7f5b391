"""What a file says of whom its text is for and how long it holds: names of fields, and values as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date

from knowledge.passages import NO_ATTRIBUTES, Attributes

_NAMES = {
    "audience": "audience audiences 対象 対象者 対象顧客 対象ユーザー",
    "product": "product products 製品 製品名 商品 商品名 対象製品 対象商品",
    "tags": "tag tags タグ キーワード",
    "valid_from": "validfrom publishedfrom startdate 公開日 掲載開始日 掲載日 適用開始日 有効開始日",
    "valid_until": "validuntil validto expires expirydate enddate 掲載終了日 公開終了日 適用終了日 有効期限 有効終了日",
    "visibility": "visibility 公開区分 公開範囲 公開設定 公開対象 公開レベル 閲覧区分 閲覧範囲 閲覧権限"
    " 公開 公開状態 公開ステータス 公開可否 public ispublic published ispublished",
    "draft": "draft isdraft 下書き",
}
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}
_DATES = ("valid_from", "valid_until")
_STAFF = ("staff",)
_INTERNAL = re.compile(  # what a column of visibility says of rows that are not for customers
    r"(?:社外秘|部外秘|非公開|未公開|秘|(?:社内|内部|関係者|職員|社員|従業員|スタッフ|オペレーター)"
    r"(?:外秘|限り?|限定|専用|秘|用|向け|のみ|公開|資料|文書|情報)*)"
    r"|[×✕✗╳xX✖否不可]|いいえ|no|n|false|0|公開(?:しない|不可|停止|前|終了)|下書き|archived?|drafts?|trash(?:ed)?|pending|scheduled"
    r"|(?:for )?(?:internal|private|confidential|restricted|(?:staff|agents?|employees?|operators?))"
    r"(?: use)?(?: only)?|not (?:public|for customers)|unpublished|hidden",
    re.IGNORECASE,
)
_YES = re.compile(r"true|yes|y|1|はい|[○◯〇✓✔]", re.IGNORECASE)
_NOT_IN_NAME = re.compile(r"[\s_\-.:：]+")
_PARTS = re.compile(r"[,、，;；|\n]+")
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[T ].*)?$", re.DOTALL)


def meaning(name: str) -> str | None:
    """The attribute that a column, a front matter's field or a meta element of this name gives."""
    return _MEANING.get(_NOT_IN_NAME.sub("", unicodedata.normalize("NFKC", name).lower()))


def attributes(
    given: Mapping[str, object] | Iterable[tuple[str, object]], warnings: list[str] | None = None
) -> Attributes:
    """What named values say; names that mean nothing here are passed over.

    A date that is none is left out, and told in `warnings`. What is marked as internal is for staff, whatever else it
    says of its audience.
    """
    found: dict[str, str | tuple[str, ...]] = {}
    hidden = False
    for name, value in given.items() if isinstance(given, Mapping) else given:
        what, text = meaning(str(name)), _text(value)
        if what is None or not text:
            continue
        if what == "visibility":
            hidden = hidden or is_internal(text)
        elif what == "draft":
            hidden = hidden or _YES.fullmatch(_bare(text)) is not None
        elif what in _DATES:
            day = _day(text)
            if day is not None:
                found[what] = day
            elif warnings is not None:
                warnings.append(
                    f"{name} is {text[:40]!r}, which is no day, and was left out. "
                    "Write it as 2026-04-01, 2026/4/1 or 2026年4月1日."
                )
        else:
            found[what] = tuple(dict.fromkeys(part for part in map(_bare, _PARTS.split(text)) if part))
    if hidden:
        found["audience"] = _STAFF
    return replace(Attributes(), **found)  # type: ignore[arg-type]  # each as its name asks


def is_internal(value: str) -> bool:
    """Whether a column of visibility says by this value that a row is for the company's own people."""
    return _INTERNAL.fullmatch(_bare(unicodedata.normalize("NFKC", value)).strip("「」【】[]()")) is not None


def over(upper: Attributes, lower: Attributes) -> Attributes:
    """What the nearer says, and where it says nothing, what the farther does."""
    if upper is NO_ATTRIBUTES:
        return lower
    if lower is NO_ATTRIBUTES:
        return upper
    said = {field.name: getattr(upper, field.name) for field in fields(upper)}
    return replace(lower, **{name: value for name, value in said.items() if value})


def _bare(part: str) -> str:
    return unicodedata.normalize("NFC", part).strip(" \t\r\"'")


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return "" if value is None or isinstance(value, dict) else str(value).strip().strip("[]")


def _day(text: str) -> str | None:
    found = _DAY.match(_bare(unicodedata.normalize("NFKC", text)))
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
