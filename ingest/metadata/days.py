"""The day on which a document was last updated, as it says itself: never that of a file, which every copy makes new.

A day that may be meant in two ways (03/04/2026) is told by the document's language, or not at all; one before 1990 or
yet to come is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ingest.texts.extracts import Extract
from knowledge.language.months import MONTH, MONTHS

EARLIEST = date(1990, 1, 1)
_ERAS = {"令和": 2018, "平成": 1988, "R": 2018, "H": 1988}  # the year before the first of each
_DAY = (
    r"(?:(?P<y>\d{4}) ?(?:年|[-/.]) ?(?P<m>\d{1,2}) ?(?:月|[-/.]) ?(?P<d>\d{1,2})(?!\d)日?"
    r"|(?P<era>令和|平成|R|H) ?(?P<ey>元|\d{1,2}) ?[年.] ?(?P<em>\d{1,2}) ?[月.] ?(?P<ed>\d{1,2})(?!\d)日?"
    rf"|(?P<wm>{MONTH}\.?) (?P<wd>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<wy>\d{{4}})(?!\d)"
    rf"|(?P<vd>\d{{1,2}})(?:st|nd|rd|th)?[ -](?P<vm>{MONTH}\.?),?[ -](?P<vy>\d{{4}})(?!\d)"
    r"|(?P<a>\d{1,2})(?P<sign>[/.-])(?P<b>\d{1,2})(?P=sign)(?P<ny>\d{4})(?!\d))"
)
_STATED = re.compile(_DAY, re.IGNORECASE)
_STAMP = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")  # seconds or milliseconds since 1970

_UPDATED = (
    "updated lastupdated lastupdate updatedat updatedon updateddate updatedate lastupdatedat dateupdated modified"
    " lastedited lasteditedtime lasteditedat"
    " lastmodified modifiedat datemodified modifieddate lastmodifieddate lastmodifiedat lastmod revised"
    " 更新日 更新日時 最終更新日 最終更新日時 最終更新 更新年月日 改訂日 最終改訂日 改定日 最終改定日"
)
_NAMES = frozenset(_UPDATED.split())
_CLOSED = ("closed_at", "resolved_at", "solved_at")
_NOT_IN_NAME = re.compile(r"[\s_\-.:：()（）*#]+")

_PUBLISHED = r"(?:公開|掲載|作成|登録|制定|posted|published|created)[^\n]{6,30}?[^\w\n]+"  # may stand before it
_LABEL = (
    r"(?:(?:(?:この|本)?(?:ページ|記事|情報|資料|文書|サイト)の?)?(?:最終)?(?:更新|改訂|改定)(?:年月)?日時?"
    r"|最終(?:更新|改訂|改定)"
    r"|(?:(?:this|the) (?:page|article|document|guide|policy|topic) (?:was |is )?)?"
    r"(?:last |date |page )?(?:updated|modified|revised)(?: on| at)?(?: date)?"
    r"|last (?:update|revision|modification)|(?:revision|update|modification) date)"
)
_BEFORE = re.compile(rf"[^\w\n]*(?:{_PUBLISHED})?{_LABEL} ?(?:[:は=|][ \n]?|\n)?[(\[]?{_DAY}", re.IGNORECASE)
_AFTER = re.compile(  # 2026年5月1日更新
    rf"[^\w\n]*{_DAY} ?[(\[]?(?:最終)?(?:更新|改訂|改定)[)\]]?[^\w\n]*(?:\n|$)", re.IGNORECASE
)
_HINTS = ("更新", "改訂", "改定", "update", "modif", "revis")
_YEAR = re.compile(r"\d{4}|令和|平成|[rhＲＨｒｈ] ?\d")
LONGEST_LINE = 400  # characters of such a line and the next one
LONGEST = 200_000  # characters of a text in which such lines are looked for: its beginning and its end


def names_update(name: str) -> bool:
    """Whether a column, a field or a meta element of this name tells when something was last updated."""
    return plain_name(name) in _NAMES


def plain_name(name: str) -> str:
    """A column's name without the signs and the spaces that people write in it."""
    return _NOT_IN_NAME.sub("", unicodedata.normalize("NFKC", name).lower())


def told(given: Mapping[str, object] | Iterable[tuple[str, object]], lang: str | None = None) -> str | None:
    """The day of the first of these named values that tells when something was last updated."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return next((day for name, value in pairs if names_update(str(name)) and (day := day_of(value, lang))), None)


def day_of(value: object, lang: str | None = None) -> str | None:
    """The day that a value is, as ISO 8601: a date, a time stamp, or a text that begins with one."""
    if isinstance(value, date):
        return _plausible(value)
    if isinstance(value, bool) or value is None:
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip(" \t\r\n\"'")
    if _STAMP.fullmatch(text):
        seconds = float(text[:10])
        return _plausible(datetime.fromtimestamp(seconds, UTC).date())
    found = _STATED.match(text)
    return _of(found, lang) if found else None


def stated(text: str, lang: str | None = None) -> str | None:
    """The day that a line of a text marks as that of its last update; None where lines mark several."""
    days = set(_marked(text, lang))
    return days.pop() if len(days) == 1 else None


def dated(extract: Extract, otherwise: str | None = None) -> Extract:
    """The text with its day, where its reader has told none: by a line that marks it, else what `otherwise` says.

    Where lines mark several days, and in a table, each is of the section or the row that it stands in alone.
    """
    if extract.updated or extract.kind == "log" or any(section.updated for section in extract.sections):
        return extract
    lang = extract.lang
    of_sections = [stated(section.text, section.lang or lang) for section in extract.sections]
    days = {day for day in of_sections if day} | {day for line in extract.beside for day in _marked(line, lang)}
    if not days:
        return replace(extract, updated=otherwise) if otherwise else extract
    if len(days) == 1 and all(section.row is None for section in extract.sections):
        return replace(extract, updated=days.pop())
    sections = [
        replace(section, updated=day) if day else section
        for section, day in zip(extract.sections, of_sections, strict=True)
    ]
    return replace(extract, sections=sections, updated=otherwise)


def latest(days: Iterable[str | None]) -> str | None:
    """The last of some days."""
    return max((day for day in days if day), default=None)


def closed(record: Mapping[str, object], said: Iterable[object]) -> str | None:
    """The day on which a conversation was closed, by its record; else that of the last of its messages."""
    return next((day for name in _CLOSED if (day := day_of(record.get(name)))), None) or latest(
        day_of(at) for at in said
    )


def _marked(text: str, lang: str | None) -> Iterator[str]:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
    small = text.lower()
    hints = [hint for hint in _HINTS if hint in small]
    for start in sorted({small.rfind("\n", 0, at) + 1 for hint in hints for at in _places(hint, small)}):
        end = small.find("\n", start)
        end = small.find("\n", end + 1) if end >= 0 else -1  # the day may stand on the next line
        piece = small[start : end if end >= 0 else len(small)]
        if len(piece) > LONGEST_LINE or not _YEAR.search(piece):
            continue
        plain = re.sub(r"[ \t\u3000]+", " ", unicodedata.normalize("NFKC", piece))
        found = _BEFORE.match(plain) or _AFTER.match(plain)
        if found and (day := _of(found, lang)):
            yield day


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _of(found: re.Match[str], lang: str | None) -> str | None:
    told = found.groupdict()
    if told["y"]:
        year, month, day = int(told["y"]), int(told["m"]), int(told["d"])
    elif told["era"]:
        year = _ERAS[told["era"].upper()] + (1 if told["ey"] == "元" else int(told["ey"]))
        month, day = int(told["em"]), int(told["ed"])
    elif told["ny"]:
        order = _in_order(int(told["a"]), int(told["b"]), told["sign"], lang)
        if order is None:
            return None
        year, month, day = int(told["ny"]), *order
    else:
        word = told["wm"] or told["vm"]
        year, day = int(told["wy"] or told["vy"]), int(told["wd"] or told["vd"])
        month = MONTHS[word[:3].lower()]
    try:
        return _plausible(date(year, month, day))
    except ValueError:
        return None


def _in_order(first: int, second: int, sign: str, lang: str | None) -> tuple[int, int] | None:
    """The month and the day of two numbers; None where nothing tells which is which, as in English."""
    if first == second or second > 12:
        return first, second
    if first > 12 or sign == "." or lang not in (None, "", "en", "ja"):
        return second, first
    return None


def _plausible(day: date) -> str | None:
    day = day.date() if isinstance(day, datetime) else day
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # somewhere it is that already
    return day.isoformat() if EARLIEST <= day <= tomorrow else None
