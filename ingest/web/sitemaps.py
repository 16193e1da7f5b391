"""Reads a site's map: which pages it has, and when each was changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from xml.parsers import expat

from ingest.files.encodings import decode
from knowledge.errors import UnreadableFile

MOST_PAGES = 2_000
MOST_MAPS = 50  # that an index may name
_ENCODING = re.compile(rb"""<\?xml[^>]{1,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_TOLD = {"urlset": "url", "sitemapindex": "sitemap"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, or a further map."""

    address: str
    changed: str | None = None  # as the map says it: 2026-01-31, or with a time


@dataclass(slots=True)
class Sitemap:
    """What a map lists."""

    kind: Literal["pages", "maps"]
    listed: list[Listed] = field(default_factory=list)
    cut: bool = False  # there were more than the limit


def read(data: bytes) -> Sitemap:
    """Read a sitemap.xml or an index of them. Raises UnreadableFile when it is neither."""
    reading = _Reading()
    declared = _ENCODING.match(data)
    text = decode(data, declared[1].decode() if declared else None).text  # expat knows no Shift_JIS
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.doctype  # however it is encoded: what defines entities can do harm
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise UnreadableFile("damaged", f"It is not well-formed XML: {error}.") from None
    if reading.map is None:
        raise _no_map()
    return reading.map


class _Reading:
    def __init__(self) -> None:
        self.map: Sitemap | None = None
        self._path: list[str] = []
        self._told: dict[str, str] = {}

    def doctype(self, *_: object) -> None:
        raise UnreadableFile("damaged", "It declares a document type, as no sitemap needs to.")

    def start(self, name: str, _: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if not self._path:
            if name not in _TOLD:
                raise _no_map()
            self.map = Sitemap("pages" if name == "urlset" else "maps")
        self._path.append(name)

    def text(self, text: str) -> None:
        if len(self._path) == 3 and self._path[1] == _TOLD[self._path[0]]:
            self._told[self._path[2]] = self._told.get(self._path[2], "") + text

    def end(self, _: str) -> None:
        self._path.pop()
        if len(self._path) != 1 or self.map is None:
            return
        address = self._told.get("loc", "").strip()
        limit = MOST_PAGES if self.map.kind == "pages" else MOST_MAPS
        if address and len(self.map.listed) >= limit:
            self.map.cut = True
        elif address:
            self.map.listed.append(Listed(address, self._told.get("lastmod", "").strip() or None))
        self._told = {}


def _no_map() -> UnreadableFile:
    return UnreadableFile("not-this-format", "It is XML but no sitemap. Give the page's own address, or a sitemap.xml.")
