"""Reads JSON Lines: support conversations, questions with answers, or a corpus, as the first lines' fields tell."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from ingest.files.encodings import decode
from ingest.logs import helpdesks, support_log, table_logs
from ingest.logs.turns import Conversation, Turn, is_role
from ingest.metadata.days import closed
from ingest.pages.text import plain_text
from ingest.readers import corpus, table
from ingest.tables.columns import Columns, is_faq
from ingest.texts.extracts import Extract
from knowledge.counting import some
from knowledge.errors import UnreadableFile

UNPACKED = 200_000_000  # bytes: what a compressed file may grow to
GZIP = b"\x1f\x8b"
ROLE = ("role", "speaker", "sender", "author", "from")
TEXT = ("text", "content", "message", "body")
SINGLE = ("ticket", "conversation")  # one record, with its messages perhaps beside it
WRITE_IT = 'Write it as [{"question": "…", "answer": "…"}] or as [{"id": "…", "title": "…", "text": "…"}].'
FIRST = 20  # lines that tell what the file is

Numbered = list[tuple[int, dict[str, Any]]]


def read(data: bytes, name: str) -> Extract:
    """Read a file of one JSON object a line, packed with gzip or not."""
    if data.startswith(GZIP):
        data = _unpacked(data)
    records, broken = _records(decode(data).text)
    if not records:
        raise UnreadableFile("damaged", "No line of it is a JSON object; JSON Lines have one on every line.")
    result = extract(records, name)
    if broken:
        result.warnings.append(f"{len(broken)} lines are not JSON objects and were left out: {some(broken, 5)}.")
    return result


def unwrapped(item: Any) -> Any:
    """Some exports wrap each record once more: {"ticket": {…}}."""
    if isinstance(item, dict) and len(item) == 1 and isinstance(inner := next(iter(item.values())), dict):
        return inner
    if isinstance(item, dict):
        single = next((name for name in SINGLE if isinstance(item.get(name), dict)), None)
        if single is not None and not item.keys() & {
            "status",
            "state",
        }:  # a ticket, and its audits or comments beside it
            return {**{name: value for name, value in item.items() if name != single}, **item[single]}
    return item


def is_one_a_line(data: bytes) -> bool:
    """Whether the first two lines are objects, whatever the file is called."""
    records, broken = _records("\n".join(decode(data).text.split("\n", 2)[:2]))
    return len(records) == 2 and not broken


def extract(records: Numbered, name: str) -> Extract:
    """Make sections of (line, object) pairs, whatever file they come from."""
    first = [record for _, record in records[:FIRST]]
    if any(isinstance(record.get("turns"), list) for record in first):
        return support_log.extract(_conversations(records, "turns"), name)
    if any(map(helpdesks.recognised, first)):
        return support_log.extract(helpdesks.conversations(records), name)
    if any(map(has_messages, first)):
        return support_log.extract(_conversations(records, "messages"), name)
    if any(map(corpus.is_corpus, first)):
        return corpus.extract(records, name)
    refuse_what_lacks(first)
    columns = list(dict.fromkeys(str(key) for record in first for key in record))
    if is_faq(columns) or table_logs.are_messages(Columns(columns)):
        rows = ((line, [_cell(record.get(column)) for column in columns]) for line, record in records)
        return table.extract(itertools.chain([(0, columns)], rows), name)
    fields = ", ".join(sorted(columns)[:10])
    raise UnreadableFile(
        "not-this-format",
        "It holds neither conversations (conversation_id, turns; or an export of Zendesk, Intercom, Freshdesk or "
        "Chatwoot) nor questions and answers (question, answer) nor passages (id, title, text). "
        f"It has: {fields}. {WRITE_IT}",
    )


def refuse_what_lacks(first: Sequence[dict[str, Any]]) -> None:
    """Raises UnreadableFile for tickets without their messages, and for Slack and Teams, which tell nobody's part."""
    if first and all(map(helpdesks.is_bare, first)):
        raise UnreadableFile(
            "not-this-format",
            "It is a list of tickets without what was said in them. Export them with their comments: for Zendesk the "
            "JSON export of the account, or each ticket with its `comments`; for Freshdesk with `conversations`.",
        )
    if first and all(map(helpdesks.are_apart, first)):
        raise UnreadableFile(
            "not-this-format",
            "It holds messages of a help desk without the tickets or conversations that they are of, so that neither "
            "who asked nor what was solved is told. Put them into each: `comments` of Zendesk's tickets, "
            "`conversations` of Freshdesk's, `messages` of Chatwoot's conversations.",
        )
    if first and all(map(helpdesks.is_of_colleagues, first)):
        raise UnreadableFile(
            "not-this-format",
            "It is part of an export of Slack or Teams, which tells neither who is a customer nor what was solved. "
            'Write the threads that are worth keeping as JSON Lines: {"conversation_id": "…", "turns": [{"role": '
            '"customer", "text": "…"}, {"role": "agent", "text": "…"}]}; take the rest out.',
        )


def has_messages(record: dict[str, Any]) -> bool:
    """Whether it holds messages of customers and agents, as programs that talk to language models write them."""
    said = record.get("messages")
    return isinstance(said, list) and any(
        isinstance(each, dict) and is_role(_first(each, ROLE)) and _first(each, TEXT) for each in said
    )


def _first(message: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((message[name] for name in names if isinstance(message.get(name), str) and message[name]), "")


def _cell(value: object) -> str:
    return (
        plain_text(value) if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    )


def _unpacked(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile("damaged", "The gzip file is cut off or damaged; make it anew.") from error
    if len(unpacked) > UNPACKED:
        raise UnreadableFile("too-large", f"It unpacks to more than {UNPACKED // 10**6} MB; split it.")
    return unpacked


def _records(text: str) -> tuple[Numbered, list[int]]:
    records: Numbered = []
    broken: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            records.append((number, unwrapped(record)))
        else:
            broken.append(number)
    return records, broken


def _conversations(records: Numbered, field: str) -> Iterator[Conversation]:
    for number, record in records:
        said = record.get(field)
        turns = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
        found = (Turn.of(_first(each, ROLE), _first(each, TEXT), each.get("private")) for each in turns)
        yield Conversation(
            id=str(record.get("conversation_id") or record.get("id") or f"line-{number}"),
            turns=[turn for turn in found if turn is not None],
            status=str(record.get("status") or ""),
            lang=str(record["lang"]) if record.get("lang") else None,
            row=number,
            updated=closed(record, (each.get("at") for each in turns)),
        )
