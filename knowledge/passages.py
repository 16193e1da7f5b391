"""The nouns: a document that was read, its passages (what we index, find and cite), and a hit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.confidence import Evidence
from knowledge.language.languages import language
from knowledge.language.subjects import BETWEEN, subjects

Kind = Literal["faq", "log", "document"]
KINDS: tuple[Kind, ...] = ("faq", "log", "document")
DEFAULT_COLLECTION = "default"
VIEWS = "3"  # raised when `Passage.views` changes: part of each id, so that all vectors are computed anew


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a search can be restricted by, as the operator's files and options say."""

    audience: tuple[str, ...] = ()  # whom it is for, such as "business"
    product: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    valid_from: str | None = None  # the first day, ISO 8601
    valid_until: str | None = None  # the last day

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Attributes:
        """Attributes out of JSON, which has lists for tuples; what is not told is empty."""
        named: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**named)


NO_ATTRIBUTES = Attributes()


_SLIDES = re.compile(r"\.(?:pp[ts]|pot)[xm](?=$|[?#])", re.IGNORECASE)  # of presentations


def page_word(source: str, anchor: str | None) -> str:
    """What a page of a document is called: "slide" in a presentation, which may lie in an archive or a mail."""
    return "slide" if _SLIDES.search(source) or (anchor and _SLIDES.search(anchor)) else "page"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document with a place to point at: the unit we index, find and cite."""

    id: str  # stable: the same text at the same document keeps its id over re-ingests
    document_id: str
    kind: Kind
    collection: str
    lang: str  # "ja", "en", or another ISO 639-1 code
    source: str  # as the operator knows it: a path relative to what was ingested, or a URL
    title: str  # of the document, or the FAQ's question
    text: str  # what is quoted: the FAQ's answer, the section's text, the agent's resolution
    question: str | None = None  # the FAQ's question or the customer's problem; None for documents
    headings: tuple[str, ...] = ()  # from the outermost to the innermost
    page: int | None = None  # of a PDF, or the slide of a presentation: 1-based
    anchor: str | None = None  # the id in a page, the row's own id, the conversation's id
    row: int | None = None  # 1-based line of a table, the header being row 1
    url: str | None = None
    conversations: int | None = None  # how many support conversations a log's passage stands for, where several say it
    alike: tuple[str, ...] = ()  # some of the others, as source#conversation
    attributes: Attributes = NO_ATTRIBUTES
    updated: str | None = None  # the day of its last update, as its document says: ISO 8601

    def views(self) -> tuple[str, ...]:
        """The texts that stand for this passage in vector space; their normalised mean is its vector.

        A question finds best what asks the same, a FAQ's question or a heading, and is steadied by what answers it.
        What asks in another language than the answer is not taken alone: half a vector in each stands out everywhere.
        """
        asks = self.question or BETWEEN.join(self.headings) or self.title  # a heading asks, in a way
        both = f"{asks}\n{self.text}"
        return (asks, both) if language(asks) == language(both) else (both,)

    @property
    def about(self) -> str:
        """What its page and its headings name, the outermost first; empty when they name nothing.

        The category of a table's row is none of it: it is that of many, and to search by it finds nothing better.
        """
        if self.question and self.row is not None and self.kind == "faq":
            return ""
        return BETWEEN.join(subjects(self.headings if self.question else (self.title, *self.headings)))

    @property
    def section(self) -> tuple[str, tuple[str, ...]]:
        """The section, or the table, that it was cut from."""
        return self.document_id, self.headings

    @property
    def read_as(self) -> str:
        """The language that an encoder takes it for; `lang` may be what the operator said of a whole file."""
        return language(self.views()[-1])


@dataclass(frozen=True, slots=True)
class Document:
    """One source that was read: a file, a URL."""

    id: str
    source: str
    origin: str  # where it was read: an absolute path or a URL; for the operator, never for customers
    kind: Kind
    collection: str
    title: str
    lang: str
    content_hash: str  # SHA-256 of the bytes, of the way it was read and of how it was cut
    passages: int
    ingested_at: str  # ISO 8601, UTC
    url: str | None = None
    updated: str | None = None  # the latest day of its passages: ISO 8601


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage."""

    passage: Passage
    score: float  # fused, for ordering within one search
    dense: float  # cosine similarity with the question
    lexical: float  # BM25 score divided by what a passage equal to the question would get; 0 to about 1
    place: int | None = None  # in the index: the passages of a document follow one another there


@dataclass(frozen=True, slots=True)
class Found:
    """What one search brought."""

    hits: tuple[Hit, ...]  # best first
    confidence: float  # the estimated probability that these passages answer the question, 0 to 1
    lang: str  # of the question
    generation: str  # the id of the index generation that was searched
    seen: Evidence | None = None  # what the confidence was told from; None when nothing was found
    question: str = ""  # as it was asked, with its words as they are spelled


def titles(passage: Passage) -> str:
    """What stands above a passage: its page's title and its headings."""
    return " ".join((passage.title, *passage.headings))


def all_of(passage: Passage) -> str:
    """All that a passage says, with what stands above it and the question that it answers."""
    return " ".join((titles(passage), passage.question or "", passage.text))


def document_id(source: str, collection: str = DEFAULT_COLLECTION) -> str:
    """The stable id of a source within a collection: 16 hexadecimal digits."""
    return hashlib.sha256(f"{collection}\0{source}".encode()).hexdigest()[:16]


def passage_id(document: str, *parts: str) -> str:
    """The stable id of a passage: its document's id, a dash, and 12 hexadecimal digits of what `parts` say."""
    return f"{document}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"
