"""Tables that mark what each thing has: which things are marked in a column that a question names, or are not.

"Which ones are without shrimp?" asks for all rows of a list of allergens with a dash under "Shrimp", and none besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from knowledge.filters import Filters
from knowledge.language.analysis import IN_HIRAGANA, Analyzer
from knowledge.language.languages import language
from knowledge.language.translations import translations
from knowledge.passages import Found, Hit
from service.answering.passages.rows import ROW

ALL = 300  # passages of a table's document that are looked at
FEWEST = 3  # rows that make a table
MOST = 25  # rows that are told; of more, none is: a list that leaves out some is worse than none
YES = frozenset(("●", "○", "◯", "◎", "✓", "✔", "有", "あり", "有り", "含む", "使用", "可", "対応", "yes", "x"))
NO = frozenset(("-", "–", "—", "―", "－", "−", "ー", "×", "✕", "✗", "無", "なし", "無し", "含まない", "不使用", "不可"))
NO |= {"非対応", "no", "none"}
OTHER = frozenset(("△", "▲", "※", "一部", "要確認", "partly", "trace", "traces"))  # neither, but for a remark
_WITHOUT = re.compile(
    r"(?:入|はい|い|使|含んで|つか)って?(?:い)?な[いく]|含(?:ま|んで)(?:い)?な[いく]|不使用|なし(?:の|は|で|って|[?？]|$)|抜き|フリー(?:の|は|[?？]|$)"
    r"|\bwithout\b|\bfree of\b|-free\b|\b(?:have|has|with|contains?) no\b|\bn(?:o|')t (?:contain|have|include|use)\b",
    re.IGNORECASE,
)
_CONTAINS = re.compile(r"(?:入|はい|使|つか)って(?:い)?る|含(?:む|まれ|んで)|\bcontains?\b", re.IGNORECASE)
_WITH = re.compile(
    rf"{_CONTAINS.pattern}|(?:合う|使える|対応|あり)(?:の|して|する|は|[?？]|$)"
    r"|\b(?:with|includes?|fits?|supports?|have|has|work)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"どれ|どの|どんな|やつ|もの(?:は|って|を|[?？]|$)|のは?[?？。]?$|(?:メニュー|商品|製品|機種|プラン|一覧|リスト)"
    r"|\bwhich\b|\bwhat [a-z]+ (?:are|have|has|do|can|fits?|contains?)\b|\b(?:list|any|all) ",
    re.IGNORECASE,
)
_AND = re.compile(
    r"[、，,/／&＆]|・|と(?!いう|思)|や(?!つ|め|す|っ)|\b(?:and|or|nor)\b", re.IGNORECASE
)  # more than one thing


def asks_of_contents(said: str) -> bool:
    """Whether the last message asks what things contain or not, for which their table is looked for further down."""
    last = said.rpartition("\n")[2]
    return _WITHOUT.search(last) is not None or _CONTAINS.search(last) is not None


def asks(said: str) -> bool:
    """Whether the customer's words may ask which things have something or not; the last line is the last message."""
    last = said.rpartition("\n")[2]
    return _WHICH.search(said) is not None and (_WITHOUT.search(last) or _WITH.search(last)) is not None


def table_of(said: str, hits: Sequence[Hit]) -> Hit | None:
    """The first hit with rows of a table that marks what these words ask for."""
    return next((hit for hit in hits if any(columns_asked_for(said, row) for row in rows_of(hit))), None)


def within(table: Hit, filters: Filters | None) -> Filters:
    """What restricts a search to the document of a table."""
    return replace(filters or Filters(), source=(table.passage.source,))


def with_rows(said: str, table: Hit, of_document: Sequence[Hit], found: Found, sure: float) -> Found:
    """What was found, with the passages of the table's rows that fit before the best of it; as it was where none do."""
    section = table.passage.section
    mine = sorted((hit for hit in of_document if hit.passage.section == section), key=lambda hit: hit.place or 0)
    rows = [row for hit in mine for row in rows_of(hit)]
    fitting = [hit for hit in mine if any(fits(said, row) for row in rows_of(hit))]
    if len(rows) < FEWEST or not 0 < sum(fits(said, row) for row in rows) <= MOST:
        return found
    known = {hit.passage.id for hit in fitting}
    others = [hit for hit in found.hits if hit.passage.id not in known and hit.passage.section != section]
    return replace(found, hits=(*fitting, *others[:1]), confidence=max(found.confidence, sure))


def is_listed(said: str, hits: Sequence[Hit]) -> bool:
    """Whether the first hit is of such rows as these words ask for: then a list of them is told."""
    return bool(hits) and asks(said) and any(fits(said, row) for row in rows_of(hits[0]))


def rows_of(hit: Hit) -> list[dict[str, str]]:
    """The rows of a passage that name columns, each as its columns with their values."""
    found = []
    for line in hit.passage.text.splitlines():
        if ROW.match(line):
            cells = [cell.partition(": ") for cell in line.split("; ")]
            row = {name.strip(): value.strip() for name, sign, value in cells if sign}
            if sum(_is_mark(value) for value in row.values()) > 1:
                found.append(row)
    return found


def columns_asked_for(said: str, row: Mapping[str, str]) -> dict[str, bool]:
    """The columns of marks that these words name, each with whether it is to be marked.

    None where something that is asked for may be no column: a list of what is without shrimp is no answer to "without
    shrimp or crab".
    """
    wanted: dict[str, bool] = {}
    marks = [name for name, value in row.items() if _is_mark(value)]
    *earlier, last = said.splitlines() or [""]
    for line in (*filter(_WHICH.search, earlier), last):
        without = _WITHOUT.search(line) is not None
        if without or _WITH.search(line):
            named = [name for name in marks if _is_named(name, line)]
            if len(named) <= len(_AND.findall(line)):
                return {}
            wanted |= dict.fromkeys(named, not without)
    return wanted


def fits(said: str, row: Mapping[str, str]) -> bool:
    """Whether a row is marked as these words ask for."""
    wanted = columns_asked_for(said, row)
    return bool(wanted) and all(
        row[name].casefold() in NO if not has else row[name].casefold() not in NO for name, has in wanted.items()
    )


def _is_named(name: str, line: str) -> bool:
    """Whether a line names a column as it is called, in other kana, or in the other language."""
    folded, plain = _folded(re.sub(r"[(（].*", "", name)).strip(), _folded(line)
    if not folded.isascii():
        return folded in plain or (language(line) == "en" and _terms(folded) in _called(line, "en"))
    if not folded:
        return False
    literally = re.search(rf"(?<![\w-]){re.escape(folded)}s?(?![\w-])", plain) is not None
    return literally or (language(line) == "ja" and tuple(_analyzer().name(folded)) in _called(line, "ja"))


@lru_cache(maxsize=1)
def _analyzer() -> Analyzer:
    return Analyzer()


@lru_cache(maxsize=256)
def _terms(text: str) -> tuple[str, ...]:
    return tuple(_analyzer().terms(text))


@lru_cache(maxsize=16)
def _called(line: str, lang: str) -> frozenset[tuple[str, ...]]:
    """What the words of a line in a language are called in the other."""
    terms = _analyzer().name(line) if lang == "en" else _analyzer().terms(line)
    return frozenset(name for _, names in translations().names(terms, lang) for name in names)


def _is_mark(value: str) -> bool:
    return value.casefold() in YES | NO | OTHER


def name_of(row: Mapping[str, str]) -> str:
    """What a row is about: its first value that is no mark."""
    return next(value for value in row.values() if not _is_mark(value))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(IN_HIRAGANA)
