"""What goes over the wire about documents and the jobs that ingest them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from knowledge.jobs import Job
from knowledge.passages import DEFAULT_COLLECTION, Document, Passage
from service.schemas.fields import Language, Text, Whole, Wire

KindIn = Literal["auto", "faq", "log", "document"]
Collection = Annotated[Whole, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Web = Annotated[Whole, Field(max_length=2000, pattern=r"^https?://", examples=["https://www.example.com/returns"])]


class DocumentIn(Wire):
    """A document as words: exactly one of `text`, `html` and `markdown`."""

    id: Whole | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Your own name of it: sent again, it replaces the one before. Without it, its address or its words "
        "name it.",
    )
    title: Text | None = Field(None, max_length=500)
    text: Text | None = None
    html: Text | None = None
    markdown: Text | None = None
    url: Web | None = Field(None, description="The page that answers cite.")
    lang: Language | None = Field(None, description="Of `text`; without it, it is told from the words.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(form is not None for form in (self.text, self.html, self.markdown)) != 1:
            raise ValueError("needs exactly one of text, html and markdown")
        return self


class IngestRequest(Wire):
    """What to ingest: documents as words, or addresses of web pages and sitemaps."""

    documents: list[DocumentIn] = Field([], max_length=1000)
    urls: list[Web] = Field([], max_length=1000, description="Public pages, files and sitemaps.")
    kind: KindIn = "auto"
    collection: Collection = DEFAULT_COLLECTION

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.documents and not self.urls:
            raise ValueError("needs documents or urls")
        return self


class UploadForm(Wire):
    """What a form says beside its files."""

    kind: KindIn = "auto"
    collection: Collection = DEFAULT_COLLECTION


class Named(Wire):
    """A document that a job was asked to ingest."""

    id: str = Field(description="For GET and DELETE /api/documents/{id}.")
    source: str


class Accepted(Wire):
    """A job that was queued."""

    job: str = Field(description="For GET /api/jobs/{id}.")
    documents: list[Named] = Field(description="What it will ingest; pages of `urls` are named in its report.")


class DocumentOut(Wire):
    """A document of the knowledge base."""

    id: str
    source: str
    kind: Literal["faq", "log", "document"]
    collection: str
    title: str
    lang: str
    passages: int
    ingested_at: str
    url: str | None
    updated: str | None = Field(None, description="The latest day that it or a row of it says it was updated.")

    @classmethod
    def of(cls, document: Document) -> DocumentOut:
        """A document for the wire."""
        return cls.model_construct(**{name: getattr(document, name) for name in cls.model_fields})


class PassageOut(Wire):
    """A passage of a document, in reading order."""

    id: str
    text: str
    question: str | None
    headings: list[str]
    page: int | None
    anchor: str | None
    row: int | None
    url: str | None
    lang: str
    updated: str | None = None


class WholeDocument(DocumentOut):
    """A document with all its passages."""

    content: list[PassageOut]

    @classmethod
    def with_passages(cls, document: Document, passages: list[Passage]) -> WholeDocument:
        """A document and what it says, for the wire."""
        content = [
            PassageOut.model_construct(
                **{name: getattr(passage, name) for name in PassageOut.model_fields if name != "headings"},
                headings=list(passage.headings),
            )
            for passage in passages
        ]
        return cls.model_construct(**dict(DocumentOut.of(document)), content=content)


class DocumentList(Wire):
    """A page of the list of documents, in order of their source."""

    documents: list[DocumentOut]
    total: int
    next: int | None = Field(description="The `offset` of the next page; null on the last.")
    generation: str | None


class Removed(Wire):
    """A document that is not found any more."""

    removed: str
    source: str


class StageOut(Wire):
    """How far a stage is. Stages overlap."""

    name: str = Field(description="looking, fetching, reading, embedding or committing")
    done: int
    total: int = Field(description="Known of by now: it may grow.")
    rate: float = Field(description="Steps a second.")
    left_s: float | None = Field(description="Estimated seconds until its end.")


class JobOut(Wire):
    """A job as it stands."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    note: str | None = Field(description="Why it waits.")
    created_at: str
    started_at: str | None
    finished_at: str | None
    attempts: int = Field(description="More than one when a worker died over it.")
    stages: list[StageOut]
    helpers: dict[str, int] = Field(description="Other workers that share it, and how many parts each has done.")
    report: dict[str, Any] | None = Field(description="What was done, as `madoguchi ingest --json` tells it.")
    error: dict[str, str] | None = Field(description="Why it failed: `type` and `detail`.")

    @classmethod
    def of(cls, job: Job, note: str | None) -> JobOut:
        """A job for the wire."""
        times = {name: _time(getattr(job, name)) for name in ("created_at", "started_at", "finished_at")}
        return cls.model_validate(asdict(job) | times | {"note": note})


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
