"""Reads a mailbox as mail programs and archives of lists export it: mails one after the other.

A thread in which a company answers somebody is a support conversation; every other mail is read as a mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import PurePath

from ingest.logs import support_log
from ingest.logs.threads import Head, support_threads
from ingest.logs.turns import Conversation, Turn
from ingest.metadata.days import latest
from ingest.readers import mail
from ingest.readers.combining import combined, placed
from ingest.texts.extracts import Extract
from knowledge.errors import UnreadableFile

MOST = 20_000  # mails
LONGEST = 100_000  # characters of one: what a program sent there must not cost the others
TOLD = 5  # of those that cannot be read
_BETWEEN = re.compile(
    rb"(?:\A|(?<=\n))From [^\n]{0,200}\d{4}[^\n]{0,80}\r?\n(?=[!-9;-~]+:)"
)  # the next line begins a header
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


def read(data: bytes, name: str) -> Extract:
    """Read all mails of a mailbox; those that cannot be read are named in warnings, with the reason."""
    begins = [found.end() for found in _BETWEEN.finditer(data)]
    ends = [found.start() for found in _BETWEEN.finditer(data)][1:]
    if not begins:
        raise UnreadableFile("not-this-format", 'It is no mailbox: no line such as "From …" stands above a mail.')
    if len(begins) > MOST:
        raise UnreadableFile("too-large", f"It holds {len(begins):,} mails; the limit is {MOST:,}. Split it.")
    mails = {
        number: _ESCAPED.sub(rb"\1", data[begin:end])
        for number, (begin, end) in enumerate(zip(begins, [*ends, len(data)], strict=True), start=1)
    }
    heads = {number: Head.of(BytesHeaderParser().parsebytes(content)) for number, content in mails.items()}
    threads, ours = support_threads(heads)
    parts, unread = list[tuple[str, Extract]](), list[str]()
    talks = list[Conversation]()
    for thread in threads:
        try:
            talks.append(_conversation([(heads[number], mails[number]) for number in thread], ours))
        except mail.MALFORMED:
            unread.append(f"mail {thread[0]} and its answers were left out: Their headers are broken.")
    support = support_log.extract(talks, name)
    if support.sections:
        parts.append(("", replace(support, warnings=[])))
    told = {number for thread in threads for number in thread}
    for number, content in mails.items():
        one = f"mail {number}"
        try:
            if number not in told:
                parts.append((one, placed(mail.read(content, one, LONGEST), one)))
            elif (files := mail.attachments(_parsed(content))).sections:
                parts.append((one, placed(files, one)))
        except UnreadableFile as error:
            unread.append(f"{one} was left out: {error}")
    result = combined(PurePath(name).stem, parts)
    more = [f"{len(unread) - TOLD} more mails were left out."] if len(unread) > TOLD else []
    result.warnings = [*unread[:TOLD], *more, *support.warnings, *result.warnings]
    return result


def _conversation(thread: Sequence[tuple[Head, bytes]], ours: frozenset[str]) -> Conversation:
    mails = [(head, _parsed(content)) for head, content in thread]
    said = (Turn.of("agent" if head.sender in ours else "customer", mail.said_in(message)) for head, message in mails)
    return Conversation(
        id=thread[0][0].id.strip("<>"),
        turns=[turn for turn in said if turn is not None],
        updated=latest(mail.day_written(message) for _, message in mails),
        people=frozenset().union(*(mail.named_in(message) for _, message in mails)),
        subject=mail.topic_of(mails[0][1]),
    )


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)
