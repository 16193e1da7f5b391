"""From web addresses to files that can be read: pages, and all pages of a sitemap, one after another."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from ingest.files.encodings import BOMS, MEANT, text_in
from ingest.files.sources import SourceFile
from ingest.readers.reading import SUFFIXES, suffix
from ingest.web import sitemaps
from ingest.web.addresses import Address
from ingest.web.fetched import Memory, Page
from ingest.web.fetching import Answer, Fetcher, unpacked
from ingest.web.robots import Manners
from ingest.web.sitemaps import MOST_MAPS, MOST_PAGES, Listed
from knowledge.errors import UnreadableFile
from knowledge.progress import Progress

SAVE_IT = "Save the page as a file."  # from a browser that is logged in
GIVE_UP = 5  # failures of a host one after another, after which it is left alone for this run

TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".ndjson",
    "application/jsonl": ".jsonl",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow": ".ppsx",
}
# What servers say when they do not know: the address knows better.
VAGUE = frozenset(("", "text/plain", "application/octet-stream", "binary/octet-stream", "application/vnd.ms-excel"))
PACKED = frozenset(("application/gzip", "application/x-gzip"))
XML = frozenset(("application/xml", "text/xml"))
TEXTS = frozenset((".html", ".txt", ".md", ".csv", ".tsv"))  # whose encoding the server may know
SAID_OF_ALL = frozenset(("iso-8859-1", "latin-1", "latin1"))  # old servers' default, whatever the page is in

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,500}"')
_DATE = re.compile(r"[\x20-\x7e]{1,60}")
_LOGIN = re.compile(r"//[^/]*@")  # not to be repeated in reports
_LOGGING_IN = re.compile(r"(?<![a-z])(?:log[-_]?[io]n|sign[-_]?in|sso|saml2?|oauth2?|authorize)(?![a-z])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Unmodified:
    """A page that is as it was when it was last read."""

    source: str


Item = SourceFile | Unmodified | tuple[str, UnreadableFile]


class Downloads:
    """Fetches the pages of one run into a folder."""

    def __init__(
        self,
        fetcher: Fetcher,
        folder: Path,
        memory: Memory,
        is_current: Callable[[str, str], bool],  # whether a source was read when it had this SHA-256
        progress: Progress,
    ) -> None:
        self._fetcher, self._folder = fetcher, folder
        self.memory = memory  # brought up to date
        self._is_current, self._progress = is_current, progress
        self._manners = Manners(fetcher)
        self._failures: Counter[str] = Counter()  # of a host, one after another
        self.listed: dict[str, str | None] = {}  # every page, and the sitemap that it was in
        self.whole: set[str] = set()  # sitemaps that were read to their end
        self.warnings: list[tuple[str, str]] = []

    def pages(self, given: Sequence[str]) -> Iterator[Item]:
        """Every page that the addresses stand for: themselves, or what is in them when they are sitemaps."""
        later: list[tuple[Listed, str]] = []
        self._progress.stage("fetching", len(given))
        for text in given:
            try:
                address = self._fetcher.parse(text)
                if str(address) not in self.listed:
                    found = self._fetched(address, None)
                    if isinstance(found, list):
                        later += [(page, str(address)) for page in found]
                    else:
                        yield found
            except UnreadableFile as error:
                yield _LOGIN.sub("//…@", text), error
            self._progress.advance(1)
        if later:
            self._progress.stage("fetching", len(later))
        for page, sitemap in later:
            item = self._page(page, sitemap)
            if item is not None:
                yield item
            self._progress.advance(1)

    def is_gone(self, source: str) -> bool:
        """Whether a page was listed by one of this run's sitemaps once, and is no more."""
        page = self.memory.get(source)
        return page is not None and page.sitemap in self.whole and source not in self.listed

    def _page(self, page: Listed, sitemap: str) -> Item | None:
        """A page of a sitemap; None when it came before."""
        if page.address in self.listed:
            return None
        old = self.memory.get(page.address)
        if old is not None and _is_older(page.changed, old) and self._is_current(page.address, old.sha256):
            self.listed[page.address] = sitemap
            self.memory[page.address] = replace(old, sitemap=sitemap)
            return Unmodified(page.address)
        try:
            found = self._fetched(self._fetcher.parse(page.address), sitemap, page.changed)
        except UnreadableFile as error:
            return page.address, error
        assert not isinstance(found, list), "sitemaps are taken for such only where one is looked for"
        return found

    def _fetched(self, address: Address, sitemap: str | None, changed: str | None = None) -> Item | list[Listed]:
        """Fetch a page, or what a sitemap lists. Raises UnreadableFile."""
        source = str(address)
        self.listed[source] = sitemap
        old = self.memory.get(source)
        if old is not None and not self._is_current(source, old.sha256):
            old = None
        answer = self._ask(address, _conditions(old))
        if answer.status == 304 and old is not None:
            self.memory[source] = replace(old, changed=changed, sitemap=sitemap, fetched=_now())
            return Unmodified(source)
        if sitemap is None and _is_map(address, answer):
            del self.listed[source]
            return self._mapped(address, answer)
        return self._saved(address, answer, changed, sitemap)

    def _ask(self, address: Address, headers: dict[str, str] | None = None) -> Answer:
        if self._failures[address.host] >= GIVE_UP:
            raise UnreadableFile(
                "unreachable", f"{address.host} failed {GIVE_UP} times in a row and was left alone. Try again later."
            )
        try:
            answer = self._fetcher.get(address, headers, self._manners.check)
        except UnreadableFile as error:
            self._failures[address.host] += error.reason in ("unreachable", "too-slow", "tls", "damaged")
            raise
        if _asks_to_log_in(answer.address) and not _asks_to_log_in(address):
            raise UnreadableFile(
                "login", f"It leads to a page to log in, {answer.address.site}{answer.address.path}. {SAVE_IT}"
            )
        if answer.status == 200 or (answer.status == 304 and headers):
            self._failures[address.host] = 0
            return answer
        self._failures[address.host] += answer.status == 429 or answer.status >= 500
        raise UnreadableFile(f"http-{answer.status}", _refusal(answer.status))

    def _mapped(self, address: Address, answer: Answer) -> list[Listed]:
        """The pages of a sitemap or of those that it names; on its own host only."""
        whole, pages, maps = True, [], [sitemaps.read(_xml(answer))]
        if maps[0].kind == "maps":
            index = maps.pop()
            if index.cut:
                whole = False
                self.warnings.append((str(address), f"It names more than {MOST_MAPS} sitemaps; the rest was not read."))
            for listed in self._of_host(address, index.listed):
                try:
                    further = sitemaps.read(_xml(self._ask(self._fetcher.parse(listed.address))))
                except UnreadableFile as error:
                    whole = False
                    self.warnings.append((listed.address, f"This sitemap was left out: {error}"))
                    continue
                if further.kind == "maps":
                    whole = False
                    self.warnings.append((listed.address, "It is an index within an index, and was left out."))
                    continue
                maps.append(further)
        for each in maps:
            whole = whole and not each.cut
            pages += self._of_host(address, each.listed)
        if len(pages) > MOST_PAGES or any(each.cut for each in maps):
            whole, pages = False, pages[:MOST_PAGES]
            message = f"It lists more than {MOST_PAGES:,} pages; the rest was not read. Give its parts one by one."
            self.warnings.append((str(address), message))
        if whole:
            self.whole.add(str(address))
        return pages

    def _of_host(self, address: Address, listed: Sequence[Listed]) -> list[Listed]:
        """What is on the same host, in its plain spelling; the rest is told."""
        kept = []
        for each in listed:
            try:
                page = self._fetcher.parse(each.address)
            except UnreadableFile:
                continue
            if page.host == address.host:
                kept.append(Listed(str(page), each.changed))
        if left_out := len(listed) - len(kept):
            message = f"{left_out} of the addresses in it are not on {address.host} and were left out."
            self.warnings.append((str(address), message))
        return kept

    def _saved(self, address: Address, answer: Answer, changed: str | None, sitemap: str | None) -> SourceFile:
        source, ending = str(address), _ending(address, answer)
        data = _with_mark(answer.body, answer.charset) if ending in TEXTS else answer.body
        place = self._folder / str(len(self.listed))
        try:
            place.mkdir()
            (place / _file_name(address, ending)).write_bytes(data)
        except OSError as error:
            message = f"It cannot be kept while it is read: {error.strerror}. Make room for temporary files."
            raise UnreadableFile("unreadable", message) from None
        etag, last_modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        self.memory[source] = Page(
            sha256=hashlib.sha256(data).hexdigest(),
            fetched=_now(),
            etag=etag if _ETAG.fullmatch(etag) else None,
            last_modified=last_modified if _DATE.fullmatch(last_modified) else None,
            changed=changed,
            sitemap=sitemap,
        )
        return SourceFile(source, place / _file_name(address, ending), url=source, is_copy=True)


def _conditions(old: Page | None) -> dict[str, str]:
    """Headers by which a server may answer that nothing has changed."""
    if old is None:
        return {}
    told = {"If-None-Match": old.etag, "If-Modified-Since": old.last_modified}
    return {name: value for name, value in told.items() if value}


def _is_older(changed: str | None, old: Page) -> bool:
    """Whether a page that was changed then is the one we have: fetched on a later day, and nothing said since."""
    return changed is not None and changed == old.changed and changed[:10] < old.fetched and bool(_DAY.match(changed))


def _asks_to_log_in(address: Address) -> bool:
    return _LOGGING_IN.search(f"{address.host}{address.path}".lower()) is not None


def _is_map(address: Address, answer: Answer) -> bool:
    path = address.path.lower()
    named = path.endswith((".xml", ".xml.gz"))
    return answer.media_type in XML or (named and answer.media_type in VAGUE | PACKED)


def _xml(answer: Answer) -> bytes:
    return unpacked(answer.body, gzipped=True) if answer.body.startswith(b"\x1f\x8b") else answer.body


def _ending(address: Address, answer: Answer) -> str:
    named = suffix(address.path)
    if answer.media_type in VAGUE | PACKED and named in SUFFIXES:
        return named
    if answer.media_type not in TYPES:
        known = ", ".join(sorted(set(TYPES.values())))
        raise UnreadableFile(
            "unsupported",
            f"It is of the type {answer.media_type or 'that the server does not tell'}; read are {known}.",
        )
    return TYPES[answer.media_type]


def _file_name(address: Address, ending: str) -> str:
    """What readers call a page that has no title: the last part of its address."""
    last = unquote(address.path).rstrip("/").rpartition("/")[2] or address.host
    name = re.sub(r"[^\w. -]", "_", last)[:60].lstrip(".") or "page"
    return name if suffix(name) == ending else name + ending


def _with_mark(data: bytes, charset: str | None) -> bytes:
    """The text as UTF-8 with a byte order mark, which readers believe before all else, where the server is right."""
    if charset is None or charset in SAID_OF_ALL or any(data.startswith(mark) for mark, _ in BOMS):
        return data
    text = text_in(data, MEANT.get(charset, charset))
    return data if text is None else codecs.BOM_UTF8 + text.encode("utf-8", "replace")


def _refusal(status: int) -> str:
    if status in (401, 402, 403, 407, 451):
        return f"The server refuses it ({status}), perhaps but for those who log in. {SAVE_IT}"
    if status in (404, 410):
        return f"There is no such page ({status}). Correct the address, or leave it out."
    if status == 429 or status >= 500:
        return f"The server cannot answer just now ({status}). Try again later."
    return f"The server answers {status} instead of a page. See what a browser makes of it."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
