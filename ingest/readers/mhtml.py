"""Reads a web page that a browser saved as one file (MHTML): the page in it, by the reader of pages."""

from __future__ import annotations

import codecs
from email import message_from_bytes, policy

from ingest.files.encodings import decode
from ingest.readers import html
from ingest.readers.mail import MALFORMED
from ingest.texts.extracts import Extract
from knowledge.errors import UnreadableFile


def read(data: bytes, name: str) -> Extract:
    """Read the first page of the file. Raises UnreadableFile when there is none."""
    try:
        saved = message_from_bytes(data, policy=policy.default)
        for part in saved.walk():
            raw = (
                part.get_payload(decode=True)
                if part.get_content_type() in ("text/html", "application/xhtml+xml")
                else None
            )
            if isinstance(raw, bytes) and raw.strip():
                text = decode(raw, part.get_content_charset()).text  # whatever the page's own <meta> says
                return html.read(codecs.BOM_UTF8 + text.encode("utf-8", "replace"), name)
    except MALFORMED as error:
        raise UnreadableFile("damaged", "Its headers are broken. Save the page anew from the browser.") from error
    raise UnreadableFile("not-this-format", "It holds no web page. Save the page anew, as one file or as HTML.")
