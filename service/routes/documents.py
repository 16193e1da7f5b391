"""/api/documents: what the knowledge base is made of; adding to it is a job for a worker, removing is done at once."""

from __future__ import annotations

import asyncio
import hashlib
import html
import io
import json
from pathlib import Path
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from knowledge.errors import NoKnowledge, RedisUnavailable, UnknownDocument
from knowledge.jobs import Wish
from knowledge.passages import DEFAULT_COLLECTION, document_id
from service.http import problems
from service.parts import JobsDep, Parts, PartsDep
from service.schemas.documents import (
    Accepted,
    DocumentIn,
    DocumentList,
    DocumentOut,
    IngestRequest,
    Named,
    Removed,
    UploadForm,
    WholeDocument,
)
from service.uploads import Uploads, safe_name

router = APIRouter(prefix="/api/documents", tags=["documents"])
MOST_FILES = 1000  # of one upload
WAIT_S = 10.0  # while another process commits
Id = Annotated[str, InPath(pattern="^[0-9a-f]{16}$")]

_FORM = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "kind": {"type": "string", "enum": ["auto", "faq", "log", "document"], "default": "auto"},
        "collection": {"type": "string", "default": DEFAULT_COLLECTION},
    },
    "required": ["files"],
}


def _described() -> dict[str, Any]:
    """The body, for the OpenAPI description: FastAPI knows no way to say that there are two kinds."""
    words = IngestRequest.model_json_schema()
    words["properties"]["documents"]["items"] = words.pop("$defs")["DocumentIn"]
    content = {"multipart/form-data": {"schema": _FORM}, "application/json": {"schema": words}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    status_code=202,
    summary="Ingest files, documents or web pages",
    openapi_extra=_described(),
    responses=problems.documented(
        problems.BAD_REQUEST,
        problems.WRONG_ORIGIN,
        problems.TOO_LARGE,
        problems.WRONG_TYPE,
        problems.INVALID,
        problems.NO_QUEUE,
        problems.CANNOT_STORE,
    ),
)
async def add(request: Request, response: Response, parts: PartsDep, jobs: JobsDep) -> Accepted:
    """Take files (multipart), or documents and addresses (JSON), for a worker to ingest. Sent again, they replace."""
    try:
        await asyncio.to_thread(jobs.workers)  # before anything is kept: of what no job reads nobody would ever hear
    except RedisUnavailable:
        raise problems.Refused(problems.NO_QUEUE) from None
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=MOST_FILES, max_fields=10) as form:
            wish, named = await asyncio.to_thread(_keep_files, parts, form)
    else:
        try:
            asked = IngestRequest.model_validate_json(await request.body())
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None
        wish, named = await asyncio.to_thread(_keep_documents, parts, asked)
    try:
        job = await asyncio.to_thread(jobs.send, wish)
    except RedisUnavailable:
        raise problems.Refused(problems.NO_QUEUE) from None
    response.headers["Location"] = f"/api/jobs/{job}"
    return Accepted(job=job, documents=named)


@router.get("", summary="List the documents", responses=problems.documented(problems.INVALID, problems.NOT_SET_UP))
async def list_documents(
    parts: PartsDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
    collection: Annotated[str | None, Query(max_length=200)] = None,
) -> DocumentList:
    """The documents that serve, in order of their source."""
    try:
        generation = await asyncio.to_thread(lambda: parts.knowledge.generation)
    except NoKnowledge:
        return DocumentList(documents=[], total=0, next=None, generation=None)
    found = [each for each in generation.documents.values() if collection in (None, each.collection)]
    found.sort(key=lambda document: (document.source, document.id))
    page, end = found[offset : offset + limit], offset + limit
    return DocumentList(
        documents=[DocumentOut.of(document) for document in page],
        total=len(found),
        next=end if end < len(found) else None,
        generation=generation.name,
    )


@router.get(
    "/{document}",
    summary="Read a document",
    responses=problems.documented(problems.UNKNOWN_DOCUMENT, problems.INVALID, problems.NOT_SET_UP),
)
async def read(document: Id, parts: PartsDep) -> WholeDocument:
    """A document with all its passages."""
    try:
        generation = await asyncio.to_thread(lambda: parts.knowledge.generation)
    except NoKnowledge:
        raise UnknownDocument(document) from None
    if document not in generation.documents:
        raise UnknownDocument(document)
    passages = await asyncio.to_thread(generation.passages, document)
    return WholeDocument.with_passages(generation.documents[document], passages)


@router.delete(
    "/{document}",
    summary="Remove a document",
    responses=problems.documented(
        problems.UNKNOWN_DOCUMENT, problems.INVALID, problems.BUSY, problems.CANNOT_STORE, problems.NOT_SET_UP
    ),
)
async def remove(document: Id, parts: PartsDep) -> Removed:
    """Take a document out, and its file if it was sent here. It is not found any more when this answers.

    Other processes of the service follow within two seconds.
    """
    try:
        gone = await asyncio.to_thread(parts.knowledge.remove, document, WAIT_S)
    except NoKnowledge:
        raise UnknownDocument(document) from None
    if gone is None:
        raise UnknownDocument(document)
    await asyncio.to_thread(Uploads(parts.settings.data).discard, gone.origin)
    return Removed(removed=gone.id, source=gone.source)


def _keep_files(parts: Parts, form: FormData) -> tuple[Wish, list[Named]]:
    said = {name: value for name, value in form.items() if isinstance(value, str) and value}
    try:
        asked = UploadForm.model_validate(said)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    uploads = Uploads(parts.settings.data)
    files: dict[Path, BinaryIO] = {}
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            name = safe_name(value.filename or "")
            place = uploads.place(name, asked.collection)
            if not name:
                raise problems.Refused(problems.INVALID, "A file has no name that can be used.")
            if place in files:
                raise problems.Refused(problems.INVALID, f"Two of the files are called {name}.")
            files[place] = value.file
    if not files:
        raise problems.Refused(problems.INVALID, "There is no file in the form. Send them as `files`.")
    for place, content in files.items():
        uploads.save(place, content)
    return _wish(list(files), asked.kind, asked.collection)


def _keep_documents(parts: Parts, asked: IngestRequest) -> tuple[Wish, list[Named]]:
    uploads = Uploads(parts.settings.data)
    places: dict[Path, DocumentIn] = {}
    for document in asked.documents:
        place = uploads.place(_file_name(document), asked.collection)
        if place in places:
            raise problems.Refused(problems.INVALID, f"Two of the documents are called {place.name}.")
        places[place] = document
    for place, document in places.items():
        uploads.save(place, io.BytesIO(_content(document)), document.url)
    return _wish(list(places), asked.kind, asked.collection, asked.urls)


def _wish(places: list[Path], kind: str, collection: str, urls: list[str] | None = None) -> tuple[Wish, list[Named]]:
    wish = Wish(paths=tuple(map(str, places)), addresses=tuple(urls or ()), kind=kind, collection=collection)
    return wish, [Named(id=document_id(place.name, collection), source=place.name) for place in places]


def _file_name(document: DocumentIn) -> str:
    ending = ".html" if document.html else ".md" if document.markdown else ".json"
    if document.id is not None:
        if not safe_name(document.id):  # nothing but dots and blanks: all of them would be one document
            raise problems.Refused(problems.INVALID, "A document has an id that cannot be used as a name.")
        return safe_name(document.id.replace("/", "_").replace("\\", "_") + ending)
    told = document.url or f"{document.title}\0{document.text or document.html or document.markdown}"
    return hashlib.sha256(told.encode()).hexdigest()[:16] + ending


def _content(document: DocumentIn) -> bytes:
    """As a file that the readers know."""
    if document.html is not None:
        title = f"<title>{html.escape(document.title)}</title>\n" if document.title else ""
        return f'<!doctype html>\n<meta charset="utf-8">\n{title}{document.html}'.encode()
    if document.markdown is not None:
        title = f"---\ntitle: {' '.join(document.title.split())}\n---\n" if document.title else ""
        return f"{title}{document.markdown}".encode()
    record = {"id": document.id or "", "title": document.title or "", "text": document.text, "lang": document.lang}
    return json.dumps([record], ensure_ascii=False).encode()
