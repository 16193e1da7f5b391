"""Reads a mailbox as mail programs and archives of lists export it: mails one after the other, each as a mail."""

from __future__ import annotations

import re
from pathlib import PurePath

from ingest.combining import combined, placed
from ingest.extracts import Extract
from ingest.readers import mail
from knowledge.errors import UnreadableFile

MOST = 20_000  # mails
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
    parts, unread = list[tuple[str, Extract]](), list[str]()
    for number, (begin, end) in enumerate(zip(begins, [*ends, len(data)], strict=True), start=1):
        one = f"mail {number}"
        try:
            parts.append((one, placed(mail.read(_ESCAPED.sub(rb"\1", data[begin:end]), one), one)))
        except UnreadableFile as error:
            unread.append(f"{one} was left out: {error}")
    result = combined(PurePath(name).stem, parts)
    more = [f"{len(unread) - TOLD} more mails were left out."] if len(unread) > TOLD else []
    result.warnings = [*unread[:TOLD], *more, *result.warnings]
    return result
