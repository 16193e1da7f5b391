"""Reads support logs out of tables: rows that are messages, or tickets with what was asked and answered.

The names of columns tell which; who speaks is told by a word, by the direction of the message, or by a name that is the
customer's or is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.logs.turns import Conversation, Turn, is_program, is_role, plain, role_of
from ingest.metadata.days import day_of, latest
from ingest.tables.columns import Columns, Row
from knowledge.errors import UnreadableFile

SILENCE = timedelta(hours=12)  # after which a customer who has been answered begins anew, where nothing parts a chat
MOSTLY = 0.9  # of the rows of a chat must say who speaks
EXPORT_IT = (
    "Export the tickets with their comments: columns for the ticket, who speaks (customer or agent) and the text."
)
_MOMENT = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?")
_DIRECTIONS = {"incoming": "customer", "inbound": "customer", "受信": "customer",
               "outgoing": "agent", "outbound": "agent", "送信": "agent", "返信": "agent"}  # fmt: skip
_NOTES = frozenset(
    ("note", "internal note", "private note", "internal", "メモ", "社内メモ", "内部メモ", "内部コメント")
)
_OF_PROGRAMS = frozenset(
    ("template", "activity", "assignment", "system", "event", "bot", "自動応答", "自動", "システム")
)
_ASKED = ("question", "description", "text")  # where a ticket may say what was asked
_BEGINS = "レコードの開始行"  # in kintone's exports: a * where a record begins, nothing in further rows of its table
_OF_A_CHAT = frozenset(("message", "messages", "メッセージ", "メッセージ本文", "メッセージ内容", "発言", "発言内容"))
_NO = frozenset(("false", "0", "no", "n", "いいえ", "×", "非公開", "private", "internal"))


def refuse_what_lacks(columns: Columns) -> None:
    """Raises UnreadableFile for a list of tickets without what was said in them, or of messages without who spoke."""
    silent = columns.have("status", "subject") and not columns.places.keys() & {"answer", "text"}
    if silent and (columns.have("asker") or columns.have("conversation", "description")):
        raise UnreadableFile(
            "not-this-format",
            "It is a list of tickets without what was said in them, and names the people who wrote them or their "
            f"numbers. {EXPORT_IT}{_as_read(columns)}",
        )
    if columns.have("asker", "contact") and not columns.have("question", "answer"):
        raise UnreadableFile(
            "not-this-format",
            "It names customers and how to reach them. If it is of tickets, name the columns: what was asked "
            "(question), what was answered (answer) and the state, where there is one (status); if not, take it out."
            f"{_as_read(columns)}",
        )
    if columns.have("asker", "answer"):
        raise UnreadableFile(
            "not-this-format",
            "It names customers and says what they were answered, but no column says what they asked. Name that "
            f"column question (or 問い合わせ内容).{_as_read(columns)}",
        )
    if columns.have("person", "text", "at") and not columns.places.keys() & {"role", "kind", "question", "answer"}:
        told = {plain(columns.header[place]) for place in columns.places["text"]}
        if told & _OF_A_CHAT:
            raise UnreadableFile(
                "not-this-format",
                "It is a chat in which nothing tells who is a customer and who answers, nor what was solved. Name a "
                f"column role (or 送信者タイプ) that says customer or agent in each row.{_as_read(columns)}",
            )
    if columns.have("conversation", "text") and columns.places.keys() & {"public", "private"}:
        raise UnreadableFile(
            "not-this-format",
            f"It holds messages of tickets, but no column tells who speaks. {EXPORT_IT}{_as_read(columns)}",
        )


def _as_read(columns: Columns) -> str:
    return f" Columns were taken so: {columns.named()}."


def are_messages(columns: Columns) -> bool:
    """Whether rows are the messages of conversations, each with who speaks."""
    return columns.have("conversation", "text") and bool(columns.places.keys() & {"role", "kind"})


def are_tickets(columns: Columns) -> bool:
    """Whether rows are tickets, each with what was asked and what was answered, rather than a FAQ."""
    if not columns.have("answer"):
        return False
    if columns.have("conversation", "status"):
        return bool(columns.places.keys() & {"asker", "person", "description"})
    if columns.have("text") and columns.places.keys() & {"status", "closed"} and not columns.have("question"):
        return True  # 内容, 対応内容, 対応状況: the sheet in which a shop keeps who called
    return columns.have("asker") and bool(columns.places.keys() & {*_ASKED, "subject"})


def are_a_chat(columns: Columns, rows: Sequence[Row]) -> bool:
    """Whether rows are the messages of one customer, with the times of each and no number of a conversation."""
    if not columns.have("role", "text", "at"):
        return False
    told = [_role(columns, cells) for _, cells in rows if columns.one_of("text", cells)]
    known = [role for role in told if role]
    return len(known) >= MOSTLY * len(told) and {"customer", "agent"} <= set(known)


@dataclass(slots=True)
class _Read:
    """What the rows of a conversation have told so far."""

    row: int
    status: str = ""
    lang: str | None = None
    subject: str = ""
    description: str = ""
    people: set[str] = field(default_factory=set)
    turns: list[tuple[str, Turn]] = field(default_factory=list)


def conversations(rows: Iterable[Row], columns: Columns) -> Iterator[Conversation]:
    """Rows are messages; those of one conversation may lie apart, and are sorted where their times can be."""
    found: dict[str, _Read] = {}
    for number, cells in rows:
        if sum(map(bool, cells)) < 2:
            continue  # a remark that a program writes below the table
        name = columns.one_of("conversation", cells)
        read = found.setdefault(name, _Read(number))
        read.status = columns.one_of("status", cells) or read.status
        read.lang = columns.lang(cells) or read.lang
        read.subject = read.subject or columns.one_of("subject", cells)
        read.description = read.description or columns.one_of("description", cells)
        read.people.update(_names(columns, cells))
        if (said := _turn(columns, cells)) is not None:
            read.turns.append((" ".join(columns.all_of("at", cells)), said))
    for name, read in found.items():
        times = [moment for at, _ in read.turns if (moment := _moment(at))]
        turns = [said for _, said in read.turns]
        if len(times) == len(turns):
            turns = [turns[place] for place in sorted(range(len(turns)), key=times.__getitem__)]
        opening = Turn.of("customer", read.description)
        if opening is not None and not any(turn.role == "customer" and turn.text == opening.text for turn in turns):
            turns.insert(0, opening)
        closed = latest(day_of(at, read.lang) for at, _ in read.turns)
        yield Conversation(name, turns, read.status, read.lang, read.row, closed, frozenset(read.people), read.subject)


def chat(rows: Iterable[Row], columns: Columns) -> Iterator[Conversation]:
    """Rows are all messages of one customer: a new conversation begins where they write again after a long silence."""
    turns: list[Turn] = []
    people: set[str] = set()
    row, last, day = 1, None, None
    for number, cells in rows:
        at = " ".join(columns.all_of("at", cells))
        said, moment = _turn(columns, cells), _moment(at)
        people.update(_names(columns, cells))
        if said is None:
            continue
        answered = any(turn.role == "agent" for turn in turns)
        if said.role == "customer" and answered and last and moment and moment - last > SILENCE:
            yield Conversation(f"row-{row}", turns, row=row, updated=day, people=frozenset(people))
            turns = []
        row = number if not turns else row
        turns.append(said)
        last, day = moment or last, day_of(at) or day
    if turns:
        yield Conversation(f"row-{row}", turns, row=row, updated=day, people=frozenset(people))


def tickets(rows: Iterable[Row], columns: Columns) -> Iterator[Conversation]:
    """Rows are tickets, each with what was asked and what was answered; further rows of a record answer it, too."""
    begins = next((place for place, name in enumerate(columns.header) if name == _BEGINS), None)
    ticket: list[Row] = []
    for number, cells in rows:
        if ticket and (begins is None or cells[begins : begins + 1] != [""]):
            yield _ticket(ticket, columns)
            ticket = []
        ticket.append((number, cells))
    if ticket:
        yield _ticket(ticket, columns)


def _ticket(rows: Sequence[Row], columns: Columns) -> Conversation:
    number, cells = rows[0]
    asked = next(filter(None, (columns.one_of(name, cells) for name in _ASKED)), "")
    answers = dict.fromkeys(columns.one_of("answer", each) for _, each in rows)
    said = (Turn.of("customer", asked), *(Turn.of("agent", answer) for answer in answers))
    status = columns.one_of("status", cells)
    closed = columns.one_of("closed", cells)
    if columns.have("closed") and not columns.have("status") and not closed:
        status = f"without {columns.header[columns.places['closed'][0]]}"
    return Conversation(
        columns.one_of("conversation", cells) or f"row-{number}",
        [turn for turn in said if turn is not None],
        status,
        columns.lang(cells),
        number,
        columns.updated(cells) or day_of(closed, columns.lang(cells)),
        frozenset(
            name for _, each in rows for name in (*columns.all_of("asker", each), *columns.all_of("person", each))
        ),
        columns.one_of("subject", cells),
    )


def _turn(columns: Columns, cells: Sequence[str]) -> Turn | None:
    kinds = {plain(kind) for kind in columns.all_of("kind", cells)}
    hidden = bool(kinds & _NOTES) or any(plain(told) in _NO for told in columns.all_of("public", cells)[:1])
    private = "yes" if hidden else columns.one_of("private", cells)
    return Turn.of(_role(columns, cells), columns.one_of("text", cells), private)


def _role(columns: Columns, cells: Sequence[str]) -> str:
    """Who speaks: customer, agent, program, or "" for whoever nothing tells of."""
    kinds = [plain(kind) for kind in columns.all_of("kind", cells)]
    roles = columns.all_of("role", cells)
    if any(kind in _OF_PROGRAMS for kind in kinds) or any(
        is_program(name) for name in (*roles, *columns.all_of("person", cells))
    ):
        return "program"
    if direction := next((_DIRECTIONS[kind] for kind in kinds if kind in _DIRECTIONS), ""):
        return direction
    for told in roles:
        if known := role_of(told) or ("agent" if plain(told) == "account" else ""):
            return known
    askers = columns.all_of("asker", cells)
    return "" if not askers or not roles else "customer" if roles[0] in askers else "agent"


def _names(columns: Columns, cells: Sequence[str]) -> Iterator[str]:
    for name in (*columns.all_of("role", cells), *columns.all_of("asker", cells), *columns.all_of("person", cells)):
        if not is_role(name) and not is_program(name):
            yield name


def _moment(at: str) -> datetime | None:
    found = _MOMENT.search(at)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)  # all of a file by the same clock
    except ValueError:
        return None
