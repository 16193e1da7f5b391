"""Reads CSV and TSV: a FAQ, support conversations, or rows that each say something, as the columns' names tell."""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from ingest.attributes import attributes, meaning
from ingest.days import day_of, latest, names_update
from ingest.encodings import decode
from ingest.extracts import Extract, Section
from ingest.headers import is_header, named_twice
from ingest.internal import tell_of_rows
from ingest.lines import row_line
from ingest.questions import asks
from ingest.readers import support_log
from ingest.readers.support_log import Conversation, Turn
from knowledge.errors import UnreadableFile
from knowledge.passages import Attributes

Row = tuple[int, list[str]]  # 1-based, with its cells

DELIMITERS = ",\t;|"
TITLE_ROWS = 10  # filled rows among which the names of the columns are looked for
TRIED = 30  # rows that decide the delimiter
_NAMES = {
    "question": "question questions q query prompt 質問 ご質問 質問文 質問内容 ご質問内容 よくある質問 よくあるご質問"
    " 設問 問 お問い合わせ お問合せ お問い合わせ内容 問い合わせ 問い合わせ内容 問合せ内容",
    "subject": "subject title 件名 タイトル 表題 題名",  # the question where nothing else asks
    "answer": "answer answers a response reply resolution solution 回答 ご回答 回答文 回答内容 答え 答 返答 返信 対応"
    " 対応内容 解決策 解決方法 対処法",
    "id": "id no number key faqid faqno 番号 管理番号 項番 通番 連番",
    "category": "category categories subcategory section topic group カテゴリ カテゴリー 分類 区分 ジャンル 種別 大分類"
    " 中分類 小分類 大カテゴリ 中カテゴリ 小カテゴリ",
    "url": "url link リンク リンク先 参照url 参考url 関連url",
    "lang": "lang language locale 言語",
    "conversation": "conversationid conversation ticketid ticket threadid 会話id 会話番号 チケットid 問い合わせ番号"
    " 問合せ番号 受付番号",
    "role": "role author sender speaker from 発言者 話者 送信者 役割"
    " authortype authorrole sendertype 投稿者 投稿者の種類 投稿者種別 投稿者区分 作成者 作成者の種類 送信者種別",
    "text": "text message body content comment commentbody 本文 メッセージ 発言 内容 コメント コメント内容",
    "at": "at time timestamp createdat date commentdate 日時 送信日時 投稿日時 作成日時",
    "description": "description 説明 詳細 問い合わせ詳細 お問い合わせ詳細",
    "asker": "requester requestername contactname customername 問い合わせ者 依頼者 リクエスタ 顧客名 お客様名 会員名",
    "person": "fullname name agent agentname assignee respondername 氏名 名前 お名前 対応者 対応者名 担当者 担当者名",
    "public": "public ispublic 公開 公開コメント",
    "status": "status state 状態 ステータス 対応状況",
    "private": "private internal 非公開 社内メモ",
}
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}
_LANGUAGES = {"日本語": "ja", "英語": "en", "japanese": "ja", "english": "en"}
_SORTABLE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_OF_A_MESSAGE = re.compile(
    r"^(?:ticket|comment|message|conversation|チケットの?|コメントの?|メッセージの?|会話の?)(?=.)"
)
_COMMENTS = re.compile(r"\A(?:[#;][ \t].*(?:\n|\Z))+")  # of a program, above its table
_NOT_IN_NAME = re.compile(r"[\s_\-.()（）:：*#]+")


def read(data: bytes, name: str) -> Extract:
    """Read a table of text."""
    text = _COMMENTS.sub("", decode(data).text)
    csv.field_size_limit(max(len(text), 131_072))  # one cell may be the whole file
    delimiter = "\t" if PurePath(name).suffix.lower() == ".tsv" else _delimiter(text)
    try:
        return extract(enumerate(_rows(text, delimiter), 1), name)
    except csv.Error as error:
        raise UnreadableFile("damaged", f"It is not a table that we can read: {error}.") from error


def extract(rows: Iterable[Row], name: str) -> Extract:
    """Make sections of a table's rows, whatever kind of file they come from."""
    filled: Iterator[Row] = ((number, cells) for number, cells in rows if any(cells))
    top = list(itertools.islice(filled, TITLE_ROWS))
    if not top:
        raise UnreadableFile("no-text", "The table has no rows.")
    header = next((place for place, (_, cells) in enumerate(top) if _names_columns(cells)), None)
    titles: list[str] = []  # they stand above the names of the columns
    if header is None:
        header = next((place for place, (_, cells) in enumerate(top) if sum(map(bool, cells)) > 1), 0)
        titles = [cell for _, cells in top[:header] for cell in cells if cell]
    first, filled = top[header], itertools.chain(top[header + 1 :], filled)
    columns = _Columns(first[1])
    title = PurePath(name).stem
    if columns.have("conversation", "role", "text"):
        return support_log.extract(_conversations(filled, columns), name)
    if columns.have("conversation", "status", "answer") and columns.places.keys() & {"asker", "person", "description"}:
        return support_log.extract(_tickets(filled, columns), name)
    if columns.have("asker", "status", "subject") and not columns.have("answer"):
        raise UnreadableFile(
            "not-this-format",
            "It is a list of tickets without what was said in them, and names the people who wrote them. "
            "Export the tickets with their comments: columns for the ticket, who speaks (customer or agent) and the "
            "text.",
        )
    if columns.have("question", "answer") or columns.have("subject", "answer"):
        return _faq(filled, columns, title)
    if not columns.places and len(first[1]) == 2 and asks(first[1][0]):
        result = _faq(itertools.chain([first], filled), _Columns(("question", "answer")), title)
        result.warnings.append(
            "The header row is missing; the first column was read as the question, the second as the answer. "
            "Name them `question` and `answer` to be sure."
        )
        return result
    return _records(first, filled, columns, title, titles)


def _names_columns(cells: Sequence[str]) -> bool:
    columns = _Columns(cells)
    return columns.have("question", "answer") or columns.have("conversation", "role", "text")


def is_faq(header: Sequence[str]) -> bool:
    """Whether columns of these names hold questions and answers."""
    return _Columns(header).have("question", "answer")


def pairs(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The questions and answers of a table within a page, where its header names them; else none."""
    if not is_faq(rows[0]):
        return []
    columns = _Columns(rows[0])
    found = ((columns.one_of("question", cells), columns.one_of("answer", cells)) for cells in rows[1:])
    return [(question, answer) for question, answer in found if question and answer]


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [cell.strip() for cell in cells]


def _delimiter(text: str) -> str:
    """The one that cuts the first rows into the same number of cells, at best with names that we know."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in itertools.islice(_rows(text, delimiter), TRIED) if any(row)]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        score = (len(_Columns(rows[0]).places) + alike, len(rows[0]))
        if score > best_score:
            best, best_score = delimiter, score
    return best


class _Columns:
    """Where each thing that we know stands in a row."""

    def __init__(self, header: Sequence[str]) -> None:
        self.header = header
        self.places: dict[str, list[int]] = {}
        self._about = [(name, place) for place, name in enumerate(header) if meaning(name)]
        self._dated = [place for place, name in enumerate(header) if names_update(name)]
        self.warnings: list[str] = []  # of rows that were made sections
        for number, name in enumerate(header):
            plain = _NOT_IN_NAME.sub("", unicodedata.normalize("NFKC", name)).lower()
            if known := _MEANING.get(plain) or _MEANING.get(_OF_A_MESSAGE.sub("", plain)):
                self.places.setdefault(known, []).append(number)

    def have(self, *meanings: str) -> bool:
        """Whether there is a column of each meaning."""
        return all(meaning in self.places for meaning in meanings)

    def all_of(self, meaning: str, cells: Sequence[str]) -> tuple[str, ...]:
        """What a row says in the columns of a meaning, empty cells left out."""
        places = self.places.get(meaning, ())
        return tuple(cells[place] for place in places if place < len(cells) and cells[place])

    def one_of(self, meaning: str, cells: Sequence[str]) -> str:
        """What a row says in the first filled column of a meaning."""
        return next(iter(self.all_of(meaning, cells)), "")

    def lang(self, cells: Sequence[str]) -> str | None:
        """The row's language."""
        said = re.split(r"[-_]", self.one_of("lang", cells).lower())[0]
        return _LANGUAGES.get(said, said) or None

    def section(self, row: Row, text: str, question: str | None = None) -> Section:
        """A row as a section."""
        number, cells = row
        return Section(
            text,
            question=question,
            headings=self.all_of("category", cells) if question else (),
            anchor=self.one_of("id", cells) or None,
            row=number,
            lang=self.lang(cells),
            url=self.one_of("url", cells) or None,
            attributes=self._attributes(row),
            updated=self._updated(cells),
        )

    def _updated(self, cells: Sequence[str]) -> str | None:
        lang = self.lang(cells) if self._dated else None
        found = (day_of(cells[place], lang) for place in self._dated if place < len(cells))
        return next(filter(None, found), None)

    def _attributes(self, row: Row) -> Attributes:
        number, cells = row
        unread: list[str] = []
        found = attributes(((name, cells[place]) for name, place in self._about if place < len(cells)), unread)
        self.warnings += [f"Row {number}: {warning}" for warning in unread]
        return found


def _faq(rows: Iterable[Row], columns: _Columns, title: str) -> Extract:
    result = Extract(title, "faq", [])
    empty: list[int] = []
    torn: list[int] = []
    for number, cells in rows:
        question = columns.one_of("question", cells) or columns.one_of("subject", cells)
        answer = columns.one_of("answer", cells)
        if any(cells[len(columns.header) :]):
            torn.append(number)
        if question and answer:
            result.sections.append(columns.section((number, cells), answer, question))
        else:
            empty.append(number)
    if empty:
        result.warnings.append(f"{len(empty)} rows without a question or an answer were left out: {_some(empty)}.")
    result.warnings += columns.warnings
    tell_of_rows(result, columns.header)
    if torn:
        result.warnings.append(
            f"{len(torn)} rows have more cells than the header, perhaps for want of quotation marks: {_some(torn)}."
        )
    return result


def _records(first: Row, rows: Iterable[Row], columns: _Columns, title: str, titles: Sequence[str] = ()) -> Extract:
    result = Extract(title, "document", [])
    header: Sequence[str] = columns.header
    top = list(itertools.islice(rows, 2))
    if names := named_twice([cells for _, cells in (first, *top)]):
        header, columns = names, _Columns(names)
        first, top = top[0], top[1:]
    rows = itertools.chain(top, rows)
    if not columns.places and not is_header(header):
        result.warnings.append(
            "The header row is missing, so that the rows were read without the names of their columns. "
            "For a FAQ, name two columns `question` and `answer` (or 質問 and 回答)."
        )
        rows, header = itertools.chain([first], rows), []
    elsewhere = {place for meaning in ("id", "url", "lang") for place in columns.places.get(meaning, ())}
    for number, cells in rows:
        told = [place for place in range(len(cells)) if place not in elsewhere]
        names = [header[place] if place < len(header) else "" for place in told]
        text = row_line(names, [cells[place] for place in told])
        if text:
            section = columns.section((number, cells), text)
            result.sections.append(replace(section, headings=(*titles, *section.headings)) if titles else section)
    result.warnings += columns.warnings
    tell_of_rows(result, columns.header)
    return result


def _conversations(rows: Iterable[Row], columns: _Columns) -> Iterator[Conversation]:
    """Rows are messages; those of one conversation may lie apart, and are sorted where their times can be."""
    turns: dict[str, list[tuple[str, Turn]]] = {}
    people: dict[str, set[str]] = {}
    subjects: dict[str, str] = {}
    about: dict[str, tuple[int, str, str | None]] = {}
    for number, cells in rows:
        conversation = columns.one_of("conversation", cells)
        begun, status, lang = about.get(conversation, (number, "", None))
        about[conversation] = (begun, columns.one_of("status", cells) or status, columns.lang(cells) or lang)
        roles = columns.all_of("role", cells)
        role = next(filter(support_log.is_role, roles), next(iter(roles), ""))
        hidden = columns.one_of("private", cells) or ("yes" if _is_no(columns.one_of("public", cells)) else "")
        said = support_log.turn(role, columns.one_of("text", cells), hidden)
        people.setdefault(conversation, set()).update(
            (*roles, *columns.all_of("asker", cells), *columns.all_of("person", cells))
        )
        subjects.setdefault(conversation, columns.one_of("subject", cells))
        of_this = turns.setdefault(conversation, [])
        if said is not None:
            of_this.append((columns.one_of("at", cells), said))
    for conversation, (begun, status, lang) in about.items():
        of_this = turns[conversation]
        if all(_SORTABLE.match(at) for at, _ in of_this):
            of_this.sort(key=lambda timed: timed[0])
        closed = latest(day_of(at, lang) for at, _ in of_this)
        said_by = frozenset(name for name in people[conversation] if not support_log.is_role(name))
        yield Conversation(
            conversation, [said for _, said in of_this], status, lang, begun, closed, said_by, subjects[conversation]
        )


def _tickets(rows: Iterable[Row], columns: _Columns) -> Iterator[Conversation]:
    """Rows are tickets, each with what was asked and what was answered."""
    for number, cells in rows:
        asked = columns.one_of("question", cells) or columns.one_of("description", cells)
        answer = columns.one_of("answer", cells)
        said = (support_log.turn("customer", asked), support_log.turn("agent", answer))
        yield Conversation(
            columns.one_of("conversation", cells),
            [turn for turn in said if turn is not None],
            columns.one_of("status", cells),
            columns.lang(cells),
            number,
            people=frozenset(columns.all_of("asker", cells) + columns.all_of("person", cells)),
            subject=columns.one_of("subject", cells),
        )


def _is_no(told: str) -> bool:
    """Of a message, whether it is public."""
    return told.strip().lower() in ("false", "0", "no", "n", "いいえ", "×", "非公開", "private", "internal")


def _some(numbers: Sequence[int]) -> str:
    return "rows " + ", ".join(map(str, numbers[:5])) + (" and more" if len(numbers) > 5 else "")
