"""Reads a mail: its subject and its text, with personal data taken out as from support logs."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import PurePath

from ingest.encodings import decode
from ingest.extracts import Extract, Section
from ingest.readers import text
from ingest.readers.html import plain_text
from ingest.redaction import names_in, redact_counted
from knowledge.errors import UnreadableFile

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Received")
PEOPLE = ("From", "To", "Cc", "Reply-To", "Sender")
SHORTEST_NAME = 2  # letters; initials alone would take every "J" out of the text
# What headers out of order make the standard library raise.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError)


def read(data: bytes, name: str) -> Extract:
    """Read a mail. What is attached to it is not read, but named in a warning."""
    try:
        mail = message_from_bytes(data, policy=policy.default)
        if not any(mail.get(header) for header in HEADERS):
            raise UnreadableFile("not-this-format", "It has none of the headers of a mail, such as From or Subject.")
        subject = " ".join(str(mail.get("Subject") or "").split())
        said = _text(mail, name)
        attached = [str(part.get_filename() or part.get_content_type()) for part in mail.iter_attachments()]
        names = set(_people(mail)) | names_in([("customer", said)])
    except MALFORMED as error:
        raise UnreadableFile("damaged", "Its headers are broken. Save the mail anew from the mail program.") from error
    title, in_subject = redact_counted(subject, names)
    text_said, in_text = redact_counted(said, names)
    result = Extract(title or PurePath(name).stem, "document", [Section(text_said)] if said else [])
    result.redacted = dict(in_subject + in_text)
    if attached:
        result.warnings.append(
            f"{len(attached)} attachments were not read: {', '.join(attached[:5])}"
            f"{' and more' if len(attached) > 5 else ''}. Save what matters beside the mail."
        )
    return result


def _text(mail: EmailMessage, name: str) -> str:
    """The part that is plain text, unless it is empty; else the HTML part as text."""
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        if body is None:
            continue
        raw = body.get_payload(decode=True)
        found = decode(raw, body.get_content_charset()).text if isinstance(raw, bytes) and raw.strip() else ""
        if kind == "html":
            return plain_text(found)
        if found.strip():
            return "\n\n".join(section.text for section in text.read(found.encode("utf-8", "replace"), name).sections)
    return ""


def _people(mail: EmailMessage) -> Iterator[str]:
    """The names of those who write and are written to, whole and in their parts."""
    written = [str(value) for header in PEOPLE for value in mail.get_all(header, [])]
    for person, _ in getaddresses(written):
        whole = person.strip().strip("\"'").removesuffix("様")
        yield from {part for part in (whole, *whole.replace(",", " ").split()) if len(part) >= SHORTEST_NAME}
