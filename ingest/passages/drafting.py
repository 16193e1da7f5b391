"""From what a reader found in a file to the passages of a document, and to bytes that a journal or a worker keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

import numpy as np

from ingest.files.sources import SourceFile
from ingest.metadata.attributes import over
from ingest.metadata.days import latest
from ingest.metadata.internal import marked
from ingest.passages.cutting import CountTokens, cut
from ingest.readers.reading import suffix
from ingest.texts.extracts import Extract, Section
from ingest.texts.lines import with_weekdays
from knowledge.embedder import Embedder, Vectors
from knowledge.embedder import Progress as Embedded
from knowledge.errors import UnreadableFile
from knowledge.index.store import parse, render
from knowledge.language.languages import language
from knowledge.passages import NO_ATTRIBUTES, VIEWS, Attributes, Document, Passage, passage_id

READING = 22  # raised when readers or cutting change, so that unchanged files are read again
LONGEST_ANSWER = 4  # times the passage limit: a FAQ's answer stays whole up to here


@dataclass(frozen=True, slots=True)
class Task:
    """A file that is new or has changed."""

    file: SourceFile
    document_id: str
    content_hash: str  # of its bytes and of the way it is read
    size: int  # bytes

    @property
    def key(self) -> tuple[str, ...]:
        """Under which a journal keeps its draft."""
        return draft_key(self.document_id, self.content_hash, self.file.origin, self.file.url)


def draft_key(document: str, content_hash: str, origin: str, url: str | None) -> tuple[str, ...]:
    """Under which a journal keeps a draft."""
    return "draft", document, content_hash, origin, url or ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was read and cut, without its vectors."""

    document: Document
    passages: list[Passage]
    redacted: dict[str, int]  # pieces of personal data taken out, by kind
    warnings: list[str]

    def to_bytes(self) -> bytes:
        """As lines of JSON: all but the passages, and then each passage."""
        head = {"document": asdict(self.document), "redacted": self.redacted, "warnings": self.warnings}
        line = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
        return line + b"\n" + b"".join(map(render, self.passages))

    @classmethod
    def of_bytes(cls, data: bytes) -> Draft:
        """What `to_bytes` wrote."""
        first, *lines = data.splitlines()
        head = json.loads(first)
        passages = [parse(line) for line in lines]
        return cls(Document(**head["document"]), passages, head["redacted"], head["warnings"])


Outcome = Draft | UnreadableFile


@dataclass(frozen=True, slots=True)
class Drafter:
    """Cuts what was read; the same for every file of a run."""

    collection: str
    passage_tokens: int
    count_tokens: CountTokens
    attributes: Attributes = NO_ATTRIBUTES  # of all files, where one does not say otherwise

    def outcome(self, task: Task, result: Extract | UnreadableFile) -> Outcome:
        """The document of a file; why there is none when it could not be read, or when nothing in it can answer."""
        if isinstance(result, UnreadableFile):
            return result
        if not self.attributes.audience:
            result = marked(result)
        passages = self._passages(task, result)
        if not passages:
            return UnreadableFile("no-text", "There is no text to answer from.")
        return Draft(self._document(task, result, passages), passages, result.redacted, result.warnings)

    def _passages(self, task: Task, extract: Extract) -> list[Passage]:
        passages: dict[str, Passage] = {}
        limit = self.passage_tokens
        sections = [_with_weekdays(section) for section in extract.sections]
        limits = [LONGEST_ANSWER * limit if section.question else limit for section in sections]
        pieces = cut(list(zip(sections, limits, strict=True)), self.count_tokens)
        told = _primary(extract.lang)
        for section, texts in zip(sections, pieces, strict=True):
            lang = _primary(section.lang) or told
            for text in texts:
                passage = self._passage(task, extract, section, text, lang)
                passages.setdefault(passage.id, passage)
        return list(passages.values())

    def _passage(self, task: Task, extract: Extract, section: Section, text: str, lang: str) -> Passage:
        question, kind = section.question, section.kind or extract.kind
        title = question or extract.title
        # Where two sections of a file say the same, the place tells them apart.
        place = (section.anchor or "", str(section.page or ""), str(section.row or ""))
        return Passage(
            id=passage_id(task.document_id, VIEWS, kind, title, *section.headings, text, *place),
            document_id=task.document_id,
            kind=kind,
            collection=self.collection,
            lang=lang or language(f"{question or ''}{text}"),
            source=task.file.source,
            title=title,
            text=text,
            question=question,
            headings=section.headings,
            page=section.page,
            anchor=section.anchor,
            row=section.row,
            url=section.url or _place(task.file, section),
            attributes=over(section.attributes, over(extract.attributes, self.attributes)),
            updated=section.updated or extract.updated,
        )

    def _document(self, task: Task, extract: Extract, passages: Sequence[Passage]) -> Document:
        languages = [passage.lang for passage in passages]
        return Document(
            id=task.document_id,
            source=task.file.source,
            origin=task.file.origin,
            kind=extract.kind,
            collection=self.collection,
            title=extract.title,
            lang=max(set(languages), key=languages.count),
            content_hash=task.content_hash,
            passages=len(passages),
            ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
            url=task.file.url,
            updated=latest(passage.updated for passage in passages),
        )


def outcomes_to_bytes(outcomes: Sequence[Outcome]) -> bytes:
    """What came of the files of a part, in their order, for another process."""
    told = [
        {"reason": each.reason, "message": str(each)}
        if isinstance(each, UnreadableFile)
        else {"draft": each.to_bytes().decode()}
        for each in outcomes
    ]
    return json.dumps(told).encode()


def outcomes_of_bytes(data: bytes) -> list[Outcome]:
    """What `outcomes_to_bytes` wrote."""
    return [
        Draft.of_bytes(told["draft"].encode()) if "draft" in told else UnreadableFile(told["reason"], told["message"])
        for told in json.loads(data)
    ]


def unit_vectors(embedder: Embedder, views: Sequence[Sequence[str]], progress: Embedded | None = None) -> Vectors:
    """One unit vector for each group of views, their normalised mean: float32, len(views) x dimensions."""
    texts = [text for of_passage in views for text in of_passage]
    if not texts:
        return np.empty((0, embedder.dimensions), np.float32)
    vectors = embedder.embed_passages(texts, progress)
    starts = np.cumsum([0] + [len(of_passage) for of_passage in views[:-1]])
    sums = np.add.reduceat(vectors, starts, axis=0)
    unit: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return unit


def _primary(tag: str | None) -> str:
    """The language of a tag such as ja-JP, when it is one."""
    found = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", tag) if tag else None
    return found[1].lower() if found else ""


def _with_weekdays(section: Section) -> Section:
    text = with_weekdays(section.text)
    return section if text is section.text else replace(section, text=text)


def _place(file: SourceFile, section: Section) -> str | None:
    """The address of a section within a web page."""
    if file.url is None:
        return None
    match suffix(file.path.name):
        case ".html" if section.anchor:
            return f"{file.url}#{quote(section.anchor)}"
        case ".pdf" if section.page:
            return f"{file.url}#page={section.page}"
    return file.url
