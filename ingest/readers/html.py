"""Reads a web page: its main part, with headings, lists, tables, and questions with their answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.files.encodings import decode
from ingest.metadata.attributes import attributes
from ingest.metadata.internal import tell_of_page
from ingest.pages import days, faq_markup, scripts
from ingest.pages.notes import put_notes_in_place
from ingest.pages.text import DEEPEST, depth_of, plain_text
from ingest.pages.walk import Walk
from ingest.texts.extracts import Extract
from ingest.texts.lines import collapse
from ingest.texts.outlines import extract
from knowledge.errors import UnreadableFile
from knowledge.language.languages import UNKNOWN, language

LARGEST = 10_000_000  # bytes: a page; more is a data dump, or an attack
FEW = 100  # characters that a page shows: its text may be in what its scripts read

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)


def read(data: bytes, name: str) -> Extract:
    """Read a page. Raises UnreadableFile when it is too large, too deep, or holds no text."""
    check_size(data)
    if depth_of(data) > DEEPEST:
        raise UnreadableFile("too-large", f"Its elements are nested more than {DEEPEST:,} deep; simplify the page.")
    declared = _CHARSET.search(data[:4096])
    return page(decode(data, declared.group(1).decode("ascii") if declared else None).text, name)


def check_size(data: bytes) -> None:
    """Raises UnreadableFile for more than a page has."""
    if len(data) > LARGEST:
        raise UnreadableFile(
            "too-large", f"The page has {len(data) / 1e6:.0f} MB; the limit is {LARGEST // 10**6} MB. Split it."
        )


def page(html: str, name: str, title: str | None = None) -> Extract:
    """Read a page that has been decoded; a `title` given stands above the page's own."""
    tree = LexborHTMLParser(html)
    put_notes_in_place(tree)
    found = tree.css_first("title")
    title = title or (collapse(found.text()) if found is not None else None) or None
    result = extract(Walk(_main_part(tree)).blocks(), title, PurePath(name).stem)
    if sum(len(section.text) for section in result.sections) < FEW:
        result = _held(tree, result)
    stated = scripts.linked_data(tree)
    pairs = [(plain_text(question), plain_text(answer)) for question, answer in faq_markup.pairs(stated)]
    if pairs := [(question, answer) for question, answer in pairs if question and answer]:
        result = faq_markup.merged(result, pairs)
    result.lang = _language(tree, result)
    metas = [(node.attributes.get("name") or "", node.attributes.get("content")) for node in tree.css("meta[name]")]
    result.attributes = attributes(metas, result.warnings)
    tell_of_page(result, (name for name, _ in metas))
    result.updated = days.updated(tree, html, result.lang, stated)
    return result


def _held(tree: LexborHTMLParser, shown: Extract) -> Extract:
    """The article or the FAQ that a script holds for the page to show, with its title; else the page as it is."""
    for found in scripts.held(tree):
        from ingest.readers import json_file, json_lines  # few pages need them, and they bring all that reads logs

        try:
            records = json_file.records_within(found)
        except (ValueError, RecursionError):
            continue  # nested without end
        if records:
            result = json_lines.extract(list(enumerate(records, 1)), shown.title)
            return replace(result, title=shown.title)
    return shown


def _main_part(tree: LexborHTMLParser) -> LexborNode | None:
    mains = tree.css("main, [role=main]")
    if not mains:
        articles = tree.css("article")
        mains = articles if len(articles) == 1 else []
    if mains and mains[0].text().strip():
        return mains[0]
    return tree.body


def _language(tree: LexborHTMLParser, result: Extract) -> str | None:
    """What the page declares, unless its letters say otherwise: templates are copied with their lang="en"."""
    declared = str((tree.root.attributes.get("lang") if tree.root is not None else None) or "")
    declared = re.split(r"[-_]", declared.lower())[0]
    told = language("".join(section.text[:200] for section in result.sections[:20]))
    if not declared or (told != declared and told in ("ja", "ko")) or (declared in ("ja", "ko") and told == "en"):
        return None if told == UNKNOWN else told
    return declared
