"""Knows the exports of help desks by their fields, and reads them as support conversations.

Zendesk (tickets with comments), Intercom (conversations with parts), Freshdesk (tickets with conversations) and
Chatwoot (conversations with messages), in the field names of their APIs and JSON exports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.logs.replies import unquoted, without_quotes
from ingest.logs.transcripts import spoken
from ingest.logs.turns import Conversation, Turn, is_program
from ingest.metadata.days import closed
from ingest.pages.text import words_of

Record = dict[str, Any]

CUSTOMER, AGENT, NOBODY = "customer", "agent", ""
FRESHDESK_STATES = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
FRESHDESK_STATES |= {"6": "waiting on customer", "7": "waiting on third party"}
INTERCOM_AUTHORS = {"user": CUSTOMER, "lead": CUSTOMER, "contact": CUSTOMER, "admin": AGENT}  # not: bot, team
INTERCOM_SAID = frozenset(("comment", "open", "close", "quick_reply"))  # an assignment's words are for colleagues
_WORDS = frozenset(("text", "incoming_email", "voice_call", "0"))
_OF_WHOM = frozenset(("requester_id", "requester", "requester_name", "responder_id", "assignee_id", "contact_id"))
_MACHINES = re.compile(r"rule|system|answer_?bot")  # Zendesk's channels by which no person writes
_OF_CALL = re.compile(  # what Zendesk writes of a telephone call
    r"^(?:(?:phone )?call (?:from|to)|time of call|length of (?:phone )?call|(?:called|answered) by|location"
    r"|(?:listen to the )?recording|通話(?:元|先|時刻|時間)|発信者)\s*:.*\n?",
    re.IGNORECASE | re.MULTILINE,
)
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
    unwrapped: Callable[[Record], Record] = lambda message: message
    words: Callable[[Record, str], str] = lambda message, text: text  # without what the help desk wrote into it


def _zendesk_role(ticket: Record, comment: Record) -> str:
    author = comment.get("author_id") or _part(comment, "author").get("id")
    if author == -1:
        return NOBODY  # Zendesk itself
    via = _part(comment, "via")
    if _part(via, "source").get("rel") == "merge" or _MACHINES.match(str(via.get("channel"))):
        return NOBODY  # "This request was closed and merged into request #77."
    requester = ticket.get("requester_id") or _part(ticket, "requester").get("id")
    kind = str(_part(comment, "author").get("role") or "")
    if is_program(str(_part(comment, "author").get("name") or "")):
        return NOBODY
    if author is None and not kind:
        return NOBODY
    if kind == "end-user" or (author is not None and author == requester):
        return CUSTOMER
    copied = [who for field in ("email_cc_ids", "collaborator_ids") for who in _listed(ticket, field)]
    copied += [who.get("id") for who in _records(_listed(ticket, "collaborator"))]
    # Who was only sent a copy is as a rule of the customer's side, where nothing says that they are an agent.
    return CUSTOMER if not kind and author in copied and author != ticket.get("assignee_id") else AGENT


def _zendesk_words(comment: Record, text: str) -> str:
    return _OF_CALL.sub("", text) if comment.get("type") == "VoiceComment" else text


def _zendesk_messages(ticket: Record) -> Any:
    """Its comments, a chat that is kept as one of them parted into what each side said."""
    comments = _zendesk_comments(ticket)
    if not isinstance(comments, list):
        return comments
    requester = ticket.get("requester_id") or _part(ticket, "requester").get("id") or "requester"
    messages: list[Any] = []
    for comment in comments:
        text = comment.get("body") if isinstance(comment, dict) else None
        chat = list(spoken(text)) if isinstance(text, str) and "\n(" in text else []
        for by_agent, said in chat:
            author = {"id": None if by_agent else requester, "role": "agent" if by_agent else "end-user"}
            kept = {name: comment[name] for name in ("public", "created_at") if name in comment}
            messages.append({**kept, "author_id": author["id"], "author": author, "body": said})
        messages += [] if chat else [comment]
    return messages


def _zendesk_comments(ticket: Record) -> Any:
    """Its comments, or those among the events of its audits."""
    if isinstance(ticket.get("audits"), list) and not ticket.get("comments"):
        return [
            {**event, "created_at": audit.get("created_at")}
            for audit in _records(ticket["audits"])
            for event in _records(audit.get("events") or ())
            if event.get("type") in ("Comment", "VoiceComment")
        ]
    return ticket.get("comments")


def _intercom_opening(conversation: Record) -> Record | None:
    return _part(conversation, "source") or _part(conversation, "conversation_message") or None


def _intercom_status(conversation: Record) -> str:
    """Before API 1.0 told a state, a conversation was open or not."""
    is_open = conversation.get("open")
    return str(conversation.get("state") or ("closed" if is_open is False else "open"))


def _intercom_role(_: Record, part: Record) -> str:
    said = str(part.get("part_type") or "comment") in INTERCOM_SAID and part.get("redacted") is not True
    return INTERCOM_AUTHORS.get(str(_part(part, "author").get("type")), NOBODY) if said else NOBODY


def _intercom_ticket_opening(ticket: Record) -> Record | None:
    told = _part(ticket, "ticket_attributes")
    words = told.get("_default_description_") or told.get("_default_title_")
    return {"body": words, "author": {"type": "user"}} if words else None


def _intercom_ticket_status(ticket: Record) -> str:
    """A word, or a state of one's own, which says to which of the known ones it belongs."""
    return str(_part(ticket, "ticket_state").get("category") or ticket.get("ticket_state") or "open")


def _freshdesk_role(_: Record, message: Record) -> str:
    if message.get("deleted"):
        return NOBODY
    return CUSTOMER if message.get("incoming") else AGENT


def _freshdesk_messages(ticket: Record) -> Any:
    return ticket["conversations"] if "conversations" in ticket else ticket.get("notes")


def _freshdesk_status(ticket: Record) -> str:
    if ticket.get("spam") is True or ticket.get("deleted") is True:
        return "deleted"
    return FRESHDESK_STATES.get(str(ticket.get("status")), str(ticket.get("status") or "open"))


def _freshdesk_opening(ticket: Record) -> Record | None:
    words = ticket.get("description_text") or ticket.get("description")
    return {"body": words, "incoming": True, "created_at": ""} if words else None


def _chatwoot_role(_: Record, message: Record) -> str:
    sender = f"{message.get('sender_type') or ''} {_part(message, 'sender').get('type') or ''}".lower()
    if _part(message, "content_attributes").get("deleted") or str(message.get("content_type") or "text") not in _WORDS:
        return NOBODY  # a form, a menu, a request to rate
    return NOBODY if "bot" in sender else CHATWOOT_WAYS.get(str(message.get("message_type")), NOBODY)


SHAPES: Mapping[str, _Shape] = {
    "Zendesk": _Shape(
        messages=_zendesk_messages,
        told_by=frozenset(("public",)),
        texts=("plain_body", "body", "html_body"),
        role=_zendesk_role,
        is_private=lambda comment: comment.get("public") is not True,
        opening=lambda ticket: None,  # the description is the first comment
        status=lambda ticket: str(ticket.get("status") or "open"),
        words=_zendesk_words,
    ),
    "Intercom": _Shape(
        messages=lambda conversation: _part(conversation, "conversation_parts").get("conversation_parts"),
        told_by=frozenset(("conversation_parts", "part_type")),
        texts=("body",),
        role=_intercom_role,
        is_private=lambda part: part.get("part_type") == "note",
        opening=_intercom_opening,
        status=_intercom_status,
    ),
    "Intercom's tickets": _Shape(
        messages=lambda ticket: _part(ticket, "ticket_parts").get("ticket_parts"),
        told_by=frozenset(("ticket_parts",)),
        texts=("body",),
        role=_intercom_role,
        is_private=lambda part: part.get("part_type") == "note",
        opening=_intercom_ticket_opening,
        status=_intercom_ticket_status,
    ),
    "Freshdesk": _Shape(
        messages=_freshdesk_messages,
        told_by=frozenset(("incoming", "description_text")),
        texts=("body_text", "body"),
        role=_freshdesk_role,
        is_private=lambda message: bool(message.get("private")),
        opening=_freshdesk_opening,
        status=_freshdesk_status,
        unwrapped=lambda note: _part(note, "helpdesk_note") or note,  # in the exports of the account's data
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


def is_bare(record: Record) -> bool:
    """Whether it is a ticket of a help desk without what was said in it, as lists and searches give them out."""
    return (
        {"subject", "status"} <= record.keys()
        and bool(record.keys() & _OF_WHOM)
        and not any(isinstance(shape.messages(record), list) for shape in SHAPES.values())
    )


def are_apart(record: Record) -> bool:
    """Whether it is a message without the conversation that it is of, or Zendesk's page of a ticket's comments."""
    comments = next(_records(_listed(record, "comments")), {})
    return (
        {"ticket_id", "incoming"} <= record.keys()  # Freshdesk
        or ({"conversation_id", "content"} <= record.keys() and isinstance(record.get("message_type"), int))  # Chatwoot
        or ({"author_id", "public"} <= comments.keys() and not record.keys() & {"status", "subject", "requester_id"})
    )


def is_of_colleagues(record: Record) -> bool:
    """Whether it is a message, a member or a channel of a Slack export, or a message of Teams."""
    is_message = record.get("type") == "message" and {"ts", "text"} <= record.keys()
    if {"messageType", "body", "from"} <= record.keys():
        return True  # Teams
    return is_message or {"is_bot", "profile", "name"} <= record.keys() or {"is_archived", "members"} <= record.keys()


def recognised(record: Record) -> str | None:
    """Which help desk wrote a record; None for anything else."""
    if are_apart(record):
        return None
    for name, shape in SHAPES.items():
        messages = shape.messages(record)
        if isinstance(messages, list):
            told = {key for each in _records(messages) for key in shape.unwrapped(each)}
            if shape.told_by & {*record, *told}:
                return name
    return None


def conversations(records: Sequence[tuple[int, Record]]) -> Iterator[Conversation]:
    """The conversations of (row, record) pairs; records that no help desk wrote are passed over."""
    for row, record in records:
        if desk := recognised(record):
            yield _conversation(SHAPES[desk], row, record)


def _conversation(shape: _Shape, row: int, record: Record) -> Conversation:
    opening = shape.opening(record)
    messages = _in_order([shape.unwrapped(message) for message in _records(shape.messages(record))])
    source = _part(record, "source")
    turns = [_turn(shape, record, message) for message in ([opening] if opening else []) + messages]
    return Conversation(
        id=str(record.get("id") or record.get("display_id") or f"record-{row}"),
        turns=[turn for turn in turns if turn is not None],
        status=shape.status(record),
        row=row,
        updated=closed(record, (message.get("created_at") for message in messages)),
        people=frozenset(_people(record, messages)),
        subject=str(record.get("subject") or source.get("subject") or ""),
    )


def _people(record: Record, messages: Sequence[Record]) -> Iterator[str]:
    """Whoever the fields name: the requester, who it was given to, who wrote a message."""
    about = (
        _part(record, name) for name in ("requester", "submitter", "assignee", "source", "meta", "user", "contact")
    )
    for part in (*about, *messages):
        for who in (part, _part(part, "author"), _part(part, "sender"), _part(part, "assignee")):
            if isinstance(name := who.get("name"), str):
                yield name
    for field in ("requester_name", "responder_name"):
        if isinstance(name := record.get(field), str):
            yield name


def _turn(shape: _Shape, record: Record, message: Record) -> Turn | None:
    told = [shape.words(message, str(message[name])) for name in shape.texts if message.get(name)]
    words = told[0] if told else ""
    if len(told) > 1 and "\n" not in words and "\n" in told[1]:
        words = told[1]  # the lines tell where a signature begins
    said = words_of(without_quotes(unquoted(words)))
    return Turn.of(shape.role(record, message), said, shape.is_private(message))


def _in_order(messages: list[Record]) -> list[Record]:
    """By the time of writing, where all say it in the same way."""
    times = [message.get("created_at") for message in messages]
    alike = all(isinstance(each, str) for each in times) or all(isinstance(each, int | float) for each in times)
    return sorted(messages, key=lambda message: message["created_at"]) if alike else messages


def _part(record: Record, name: str) -> Record:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _listed(record: Record, name: str) -> Sequence[Any]:
    found = record.get(name)
    return found if isinstance(found, list) else ()


def _records(items: Sequence[Any]) -> Iterator[Record]:
    return (item for item in items if isinstance(item, dict))
