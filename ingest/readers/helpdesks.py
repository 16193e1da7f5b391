"""Knows the exports of help desks by their fields, and reads them as support conversations.

Zendesk (tickets with comments), Intercom (conversations with parts), Freshdesk (tickets with conversations) and
Chatwoot (conversations with messages), in the field names of their APIs and JSON exports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.days import closed
from ingest.readers import support_log
from ingest.readers.html import plain_text
from ingest.readers.support_log import Conversation, Turn

Record = dict[str, Any]

CUSTOMER, AGENT, NOBODY = "customer", "agent", ""
FRESHDESK_DONE = {"4": "resolved", "5": "closed", "2": "open", "3": "pending"}
INTERCOM_AUTHORS = {"user": CUSTOMER, "lead": CUSTOMER, "contact": CUSTOMER, "admin": AGENT}  # not: bot, team
INTERCOM_SAID = frozenset(("comment", "open", "close", "quick_reply"))  # an assignment's words are for colleagues
CHATWOOT_WAYS = {"0": CUSTOMER, "incoming": CUSTOMER, "1": AGENT, "outgoing": AGENT}  # not: activity, template


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a help desk writes a conversation down."""

    messages: Callable[[Record], Any]
    told_by: frozenset[str]  # fields that its messages, or its conversations, have and no others'
    texts: Sequence[str]  # where a message's words may stand, the plainest first
    role: Callable[[Record, Record], str]  # of a message in a conversation
    is_private: Callable[[Record], bool]
    opening: Callable[[Record], Record | None]  # the first message, where it stands outside the list
    status: Callable[[Record], str]


def _zendesk_role(ticket: Record, comment: Record) -> str:
    author = comment.get("author_id") or _part(comment, "author").get("id")
    if author == -1:
        return NOBODY  # Zendesk itself
    requester = ticket.get("requester_id") or _part(ticket, "requester").get("id")
    kind = str(_part(comment, "author").get("role") or "")
    if author is None and not kind:
        return NOBODY
    return CUSTOMER if kind == "end-user" or (author is not None and author == requester) else AGENT


def _intercom_role(_: Record, part: Record) -> str:
    said = str(part.get("part_type") or "comment") in INTERCOM_SAID
    return INTERCOM_AUTHORS.get(str(_part(part, "author").get("type")), NOBODY) if said else NOBODY


def _freshdesk_role(_: Record, message: Record) -> str:
    return CUSTOMER if message.get("incoming") else AGENT


def _freshdesk_opening(ticket: Record) -> Record | None:
    words = ticket.get("description_text") or ticket.get("description")
    return {"body": words, "incoming": True, "created_at": ""} if words else None


def _chatwoot_role(_: Record, message: Record) -> str:
    sender = f"{message.get('sender_type') or ''} {_part(message, 'sender').get('type') or ''}".lower()
    return NOBODY if "bot" in sender else CHATWOOT_WAYS.get(str(message.get("message_type")), NOBODY)


SHAPES: Mapping[str, _Shape] = {
    "Zendesk": _Shape(
        messages=lambda ticket: ticket.get("comments"),
        told_by=frozenset(("public",)),
        texts=("plain_body", "body", "html_body"),
        role=_zendesk_role,
        is_private=lambda comment: comment.get("public") is not True,
        opening=lambda ticket: None,  # the description is the first comment
        status=lambda ticket: str(ticket.get("status") or "open"),
    ),
    "Intercom": _Shape(
        messages=lambda conversation: _part(conversation, "conversation_parts").get("conversation_parts"),
        told_by=frozenset(("conversation_parts", "part_type")),
        texts=("body",),
        role=_intercom_role,
        is_private=lambda part: part.get("part_type") == "note",
        opening=lambda conversation: _part(conversation, "source") or None,
        status=lambda conversation: str(conversation.get("state") or "open"),
    ),
    "Freshdesk": _Shape(
        messages=lambda ticket: ticket.get("conversations"),
        told_by=frozenset(("incoming", "description_text")),
        texts=("body_text", "body"),
        role=_freshdesk_role,
        is_private=lambda message: bool(message.get("private")),
        opening=_freshdesk_opening,
        status=lambda ticket: FRESHDESK_DONE.get(str(ticket.get("status")), str(ticket.get("status") or "open")),
    ),
    "Chatwoot": _Shape(
        messages=lambda conversation: conversation.get("messages"),
        told_by=frozenset(("message_type",)),
        texts=("content",),
        role=_chatwoot_role,
        is_private=lambda message: bool(message.get("private")),
        opening=lambda conversation: None,
        status=lambda conversation: str(conversation.get("status") or "open"),
    ),
}


def recognised(record: Record) -> str | None:
    """Which help desk wrote a record; None for anything else."""
    for name, shape in SHAPES.items():
        messages = shape.messages(record)
        if isinstance(messages, list) and shape.told_by & {
            *record,
            *(key for each in _records(messages) for key in each),
        }:
            return name
    return None


def conversations(records: Sequence[tuple[int, Record]]) -> Iterator[Conversation]:
    """The conversations of (row, record) pairs; records that no help desk wrote are passed over."""
    for row, record in records:
        if desk := recognised(record):
            yield _conversation(SHAPES[desk], row, record)


def _conversation(shape: _Shape, row: int, record: Record) -> Conversation:
    opening = shape.opening(record)
    messages = _in_order(list(_records(shape.messages(record))))
    turns = [_turn(shape, record, message) for message in ([opening] if opening else []) + messages]
    return Conversation(
        id=str(record.get("id") or record.get("display_id") or f"record-{row}"),
        turns=[turn for turn in turns if turn is not None],
        status=shape.status(record),
        row=row,
        updated=closed(record, (message.get("created_at") for message in messages)),
    )


def _turn(shape: _Shape, record: Record, message: Record) -> Turn | None:
    words = next((str(message[name]) for name in shape.texts if message.get(name)), "")
    return support_log.turn(shape.role(record, message), plain_text(words), shape.is_private(message))


def _in_order(messages: list[Record]) -> list[Record]:
    """By the time of writing, where all say it in the same way."""
    times = [message.get("created_at") for message in messages]
    alike = all(isinstance(each, str) for each in times) or all(isinstance(each, int | float) for each in times)
    return sorted(messages, key=lambda message: message["created_at"]) if alike else messages


def _part(record: Record, name: str) -> Record:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _records(items: Sequence[Any]) -> Iterator[Record]:
    return (item for item in items if isinstance(item, dict))
