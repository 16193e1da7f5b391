"""Reads a mail: its subject, its text and what is attached, with personal data taken out as from support logs.

One that answers a question, which it quotes below, is read as a support conversation: without greeting and signature.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from mimetypes import guess_extension
from pathlib import PurePath, PurePosixPath

from ingest.files.encodings import decode
from ingest.logs import support_log
from ingest.logs.replies import answered, subject_of, tells_topic, unquoted, without_machinery, without_quotes
from ingest.logs.turns import Conversation, Turn
from ingest.metadata.days import day_of
from ingest.pages.text import plain_text
from ingest.privacy.name_words import without_department
from ingest.privacy.redaction import names_in, redact_counted, redacted_by
from ingest.readers import reading, text
from ingest.readers.combining import combined, placed
from ingest.readers.html import page
from ingest.texts.extracts import Extract, Section
from knowledge.errors import UnreadableFile

HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "Received")
PEOPLE = ("From", "To", "Cc", "Reply-To", "Sender")
SHORTEST_NAME = 2  # letters; initials alone would take every "J" out of the text
_NO_PERSON = re.compile(
    r"\b(?:the|team|support|services?|desk|shop|store|hotel|inn|info|sales|office|company|inc|ltd|llc|gmbh|cent(?:er|re)"
    r"|help|care|customers?|no-?reply|billing|accounts?|orders?|bookings?|reservations?|returns?|shipping|reception|news"
    r"|newsletter|all|every(?:one|body)|staff|board|members?|committee|department|dept|employees|colleagues|group|shift"
    r"|hr|human resources|personnel|management)\b"
    r"|会社|サポート|センター|窓口|[係店部課荘館]$|ホテル|チーム|^[全各][社職員課部室係店校支施学位担]",
    re.IGNORECASE,
)
_GROUP = re.compile(r"(?:各位|一同|職員|社員|委員会)(?:の?皆様)?$")
# What headers out of order make the standard library raise.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError)


def read(data: bytes, name: str) -> Extract:
    """Read a mail and the files attached to it; those that cannot be read are named in warnings, with the reason."""
    try:
        mail = message_from_bytes(data, policy=policy.default)
        if not any(mail.get(header) for header in HEADERS):
            raise UnreadableFile("not-this-format", "It has none of the headers of a mail, such as From or Subject.")
        subject = _subject(mail)
        said = _text(mail)
        parts_of_page = _page(mail, name)
        attached = list(_attached(mail))
        names = named_in(mail) | names_in([("customer", said)])
    except MALFORMED as error:
        raise UnreadableFile("damaged", "Its headers are broken. Save the mail anew from the mail program.") from error
    redacted, clean = _cleaning(names)
    topic = subject_of(clean(subject))
    own = Extract(topic or PurePath(name).stem, "document", _sections(clean(said), topic))
    if parts_of_page and all(section.kind is None for section in own.sections):
        redacted.clear()
        own = redacted_by(replace(own, sections=parts_of_page), clean)
    own.redacted, own.updated = dict(redacted), day_written(mail)
    return _with(own, attached, clean, redacted) if attached else own


def said_in(mail: EmailMessage) -> str:
    """What its writer wrote: without the mail that is answered, the signature and what programs add."""
    said = _text(mail, quotes=False)
    return text.paragraphs(without_machinery(unquoted(said)))


def named_in(mail: EmailMessage) -> frozenset[str]:
    """The names of those who write and are written to, whole and in their parts; a company's is nobody's."""
    written = [str(value) for header in PEOPLE for value in mail.get_all(header, [])]
    people = (person.strip().strip("\"'").removesuffix("様") for person, _ in getaddresses(written))
    named = [without_department(whole) for whole in people if not (_NO_PERSON.search(whole) or _GROUP.search(whole))]
    parts = (part for whole in named for part in (whole, *whole.replace(",", " ").split()))
    return frozenset(part for part in parts if len(part) >= SHORTEST_NAME and not _GROUP.search(part))


def topic_of(mail: EmailMessage) -> str:
    """Its subject, without what says that it answers."""
    return subject_of(_subject(mail))


def day_written(mail: EmailMessage) -> str | None:
    """The day on which it was written, where its writer was."""
    date = mail.get("Date")
    return day_of(getattr(date, "datetime", None))


def attachments(mail: EmailMessage) -> Extract:
    """The files attached to a mail alone, redacted by the names that it tells."""
    redacted, clean = _cleaning(named_in(mail))
    return _with(Extract("", "document", []), list(_attached(mail)), clean, redacted)


def _cleaning(names: Iterable[str]) -> tuple[Counter[str], Callable[[str], str]]:
    """What takes personal data out of words, and the count of what it has taken."""
    redacted: Counter[str] = Counter()

    def clean(words: str) -> str:
        plain, taken_out = redact_counted(words, names)
        redacted.update(taken_out)
        return plain

    return redacted, clean


def _with(
    own: Extract, attached: Sequence[tuple[str, bytes]], clean: Callable[[str], str], redacted: Counter[str]
) -> Extract:
    """A mail's own text and the files attached to it; those that cannot be read are named in warnings."""
    parts, warnings = [("", own)], list[str]()
    for file, content in attached:
        redacted.clear()
        try:
            found = placed(redacted_by(reading.read(content, file), clean), clean(file))
        except UnreadableFile as error:
            warnings.append(f"{file}, which is attached, was left out: {error}")
            continue
        found.redacted = dict(Counter(found.redacted) + redacted)
        parts.append((file, found))
    result = combined(own.title, parts)
    result.warnings = warnings + result.warnings
    return result


def _sections(said: str, topic: str) -> list[Section]:
    """The text as one section; where it answers what it quotes, the question and the answer, under their topic."""
    if pair := answered(said):
        turns = [Turn("customer", text.paragraphs(pair[0])), Turn("agent", text.paragraphs(pair[1]))]
        if found := support_log.extract([Conversation("", turns)], "").sections:
            above = (topic,) if tells_topic(topic) else ()
            return [replace(section, anchor=None, kind="log", headings=above) for section in found]
    return [Section(whole)] if (whole := text.paragraphs(without_machinery(said))) else []


def _page(mail: EmailMessage, name: str) -> list[Section]:
    """The sections of a mail that is a web page with headings, such as a newsletter; none of another."""
    body = mail.get_body(("html",)) if mail.get_body(("plain",)) is None else None
    raw = body.get_payload(decode=True) if body is not None else None
    if body is None or not isinstance(raw, bytes) or not raw.strip():
        return []
    found = page(decode(raw, body.get_content_charset()).text, name).sections
    return found if any(section.headings or section.question for section in found) else []


def _attached(mail: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """The name and the content of each attached file; pictures within the text are its decoration."""
    for number, part in enumerate(mail.iter_attachments(), start=1):
        if part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment":
            continue
        inner = part.get_content() if part.get_content_type() == "message/rfc822" else None
        content = inner.as_bytes() if isinstance(inner, EmailMessage) else part.get_payload(decode=True)
        ending = ".eml" if inner is not None else guess_extension(part.get_content_type()) or ""
        name = PurePosixPath(str(part.get_filename() or "").replace("\\", "/")).name or f"attachment {number}{ending}"
        yield name, content if isinstance(content, bytes) else b""


def _text(mail: EmailMessage, quotes: bool = True) -> str:
    """The part that is plain text, unless it is empty; else the HTML part as text."""
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        if body is None:
            continue
        raw = body.get_payload(decode=True)
        found = decode(raw, body.get_content_charset()).text if isinstance(raw, bytes) and raw.strip() else ""
        if kind == "html":
            return plain_text(found if quotes else without_quotes(found))
        if found.strip():
            return found.replace("\r\n", "\n").replace("\f", "\n\n")
    return ""


def _subject(mail: EmailMessage) -> str:
    return " ".join(str(mail.get("Subject") or "").split())
