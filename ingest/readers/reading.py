"""Chooses the reader for a file, by its name and its first bytes, and checks what comes out."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import PurePath
from typing import Literal, cast

from ingest.files.archives import OLE, mistaken
from ingest.metadata.days import dated
from ingest.privacy.redaction_rules import in_use
from ingest.readers.nesting import entered
from ingest.texts.extracts import Extract, Reader, Section
from knowledge.errors import UnreadableFile
from knowledge.passages import Kind

# A new reader is one file and one line. Imported when first needed, so that a child process starts at once.
SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".csv": "table",
    ".tsv": "table",
    ".pdf": "pdf",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".ppsx": "pptx",
    ".ppsm": "pptx",
    ".potx": "pptx",
    ".potm": "pptx",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
    ".jsonl.gz": "json_lines",
    ".json": "json_file",
    ".xml": "xml_file",
    ".eml": "mail",
    ".mbox": "mbox",
    ".zip": "zipped",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".tif": "image",
    ".tiff": "image",
    ".webp": "image",
    ".txt": "text",
    ".text": "text",
}
MOST_TEXT = 20_000_000  # characters: 40 thick books; more in one file is an export that wants splitting, or an attack
MOST_CORPUS = 200_000_000  # characters where the parts are many by nature
MANY = (".jsonl", ".ndjson", ".jsonl.gz", ".json", ".xml", ".zip", ".mbox")  # a corpus, a log, a folder
SAVED_AS = {  # what to do about endings that are often met
    "Save it as .docx.": (".doc", ".rtf", ".odt", ".pages", ".wpd", ".jtd"),
    "Save it as .xlsx or .csv.": (".xls", ".xlsb", ".ods", ".numbers"),
    "Save it as .pptx.": (".ppt", ".pps", ".pot", ".odp", ".key"),
    "Save it as .pdf.": (".epub", ".xdw", ".ps"),
    "Unpack it, or pack it as .zip.": (".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".lzh"),
    "Save the mail as .eml.": (".msg", ".pst"),
    "Save it as .png or .jpg.": (".gif", ".bmp", ".heic", ".svg"),
}
PDF = b"%PDF-"
ZIP = b"PK\x03\x04"
BINARY = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"Rar!", b"7z\xbc\xaf")
PACKED = {
    "docx": ("zip", "ole"),
    "xlsx": ("zip", "ole"),
    "pptx": ("zip", "ole"),
    "zipped": ("zip",),
    "image": ("binary",),
}  # what readers of archives and pictures take; they tell the rest
MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body")


def read(data: bytes, name: str, kind: Kind | Literal["auto"] = "auto") -> Extract:
    """Read a file. Raises UnreadableFile with the reason, in words for the operator.

    With a `kind` other than "auto", pages and tables are taken for what the operator says they are; a support log stays
    one, since it speaks of people.
    """
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise UnreadableFile(
            "empty", "The file is empty. Save or copy it anew; if it is meant to be empty, take it out of the folder."
        )
    reader = _reader(data, name)
    with entered(len(data)):
        result = reader(data, name)
    of_people = all((section.kind or result.kind) == "log" for section in result.sections)
    if kind != "auto" and not of_people and any((section.kind or result.kind) != kind for section in result.sections):
        result = _as_kind(result, kind)
    letters = sum(len(section.text) for section in result.sections)
    limit = MOST_CORPUS if suffix(name) in MANY else MOST_TEXT
    if letters > limit:
        raise UnreadableFile("too-large", f"It holds {letters:,} characters of text; the limit is {limit:,}. Split it.")
    if not any(section.text.strip() for section in result.sections):
        because = " ".join(result.warnings) or "There is no text in it."
        raise UnreadableFile("no-text", because)
    result = dated(result)
    if not in_use().documents:
        return result  # its telephones are the company's
    from ingest.privacy.redaction import redact_document  # making its patterns takes longer than reading most files

    return redact_document(result)


def suffix(name: str) -> str:
    """The part of a name that tells its format: ".jsonl.gz", ".pdf", or nothing."""
    suffixes = [each.lower() for each in PurePath(name).suffixes[-2:]]
    joined = "".join(suffixes)
    return joined if joined in SUFFIXES else suffixes[-1] if suffixes else ""


def _reader(data: bytes, name: str) -> Reader:
    ending = suffix(name)
    if ending not in SUFFIXES:
        raise UnreadableFile("unsupported", _unknown(ending))
    holds = _holds(data)
    module = SUFFIXES[ending]
    packed = PACKED.get(module, ("packed",) if ending == ".jsonl.gz" else ())
    if holds is not None and holds != module and holds not in packed:
        raise UnreadableFile("not-this-format", _mistaken(data, ending, holds))
    return cast(Reader, importlib.import_module(f"ingest.readers.{module}").read)


def _unknown(ending: str) -> str:
    if not ending:
        return "Files without an ending are not read. Name it after what it holds, such as .txt, .md or .html."
    better = next((better for better, endings in SAVED_AS.items() if ending in endings), None)
    if better is not None:
        return f"Files ending in {ending} are not read. {better}"
    return f"Files ending in {ending} are not read. Save it as .pdf, .docx, .html, .md or .txt, or take it out."


def _holds(data: bytes) -> str | None:
    """What the first bytes say beyond doubt."""
    if data.startswith(ZIP):
        return "zip"  # whatever its members hold
    if data.startswith(OLE):
        return "ole"
    beginning = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if PDF.lower() in data[:1024].lower():
        return "pdf"
    if beginning.startswith(MARKUP):
        return "html"
    if data.startswith(b"\x1f\x8b"):
        return "packed"
    return "binary" if data.startswith(BINARY) else None


def _mistaken(data: bytes, ending: str, holds: str) -> str:
    match holds:
        case "html":
            return (
                f"It is named {ending} but holds a web page, often a login or error page that was saved in place of "
                "the file. Download it again; if you mean the page, rename it to .html."
            )
        case "pdf":
            return f"It is named {ending} but holds a PDF; rename it to .pdf."
        case "zip" | "ole":
            return mistaken(data, ending)
        case "packed":
            return f"It is named {ending} but is packed with gzip; unpack it, or name it .jsonl.gz if it is JSON Lines."
        case _:
            return f"It is named {ending} but holds a picture, an archive or a program. Name it after what it is."


def _as_kind(result: Extract, kind: Kind) -> Extract:
    if kind == "log":
        raise UnreadableFile(
            "not-this-format",
            "It is not a support log: that is JSON Lines with conversation_id and turns, or CSV with conversation_id, "
            "role and text.",
        )
    make = _document_section if kind == "document" else _faq_section
    sections = [
        replace(section, kind="log") if (section.kind or result.kind) == "log" else replace(make(section), kind=None)
        for section in result.sections
    ]
    if kind == "faq" and not any(section.question for section in sections if section.kind is None):
        raise UnreadableFile(
            "not-this-format",
            "It holds no questions with answers. A page needs a heading for each question; a table needs columns "
            "named `question` and `answer` (or 質問 and 回答).",
        )
    return replace(result, kind=kind, sections=sections)


def _document_section(section: Section) -> Section:
    if section.question is None:
        return section
    return replace(section, question=None, headings=(*section.headings, section.question))


def _faq_section(section: Section) -> Section:
    if section.question is not None or not section.headings:
        return section
    return replace(section, question=section.headings[-1], headings=section.headings[:-1])
