"""Finds articles in JSON of any shape: what content management systems export, and what pages carry for their scripts.

An article is an object with a title and a text. Texts may be plain, HTML, or the trees of nodes that editors keep;
fields may hold one value for each language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.pages.text import plain_text
from ingest.texts.questions import asks, bare_question

TITLES = ("question", "title", "name", "heading", "subject", "label", "質問", "タイトル", "件名", "見出し")
TEXTS = ("answer", "body", "bodyhtml", "content", "contenthtml", "html", "text", "description", "回答", "本文", "内容")
STATES = ("status", "_status", "state")  # of its text, "published" or not
PUBLISHED = ("publishedAt", "published_at")  # the time; nothing before that
BELOW = ("content", "children")  # of a node in an editor's tree
LEAVES = ("text", "value")
SHORTEST = 12  # characters of an article's text: less is a label
DEEPEST = 60  # nodes within one another
_LOCALE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
_NOT_IN_NAME = re.compile(r"[\s_-]")

Record = dict[str, Any]


def localized(record: Record) -> list[Record]:
    """A record for each language of one whose fields hold a value for each; else the record itself."""
    told = [value for name, value in record.items() if _plain(name) in (*TITLES, *TEXTS) and _is_localized(value)]
    languages = dict.fromkeys(language for value in told for language in value)
    if not languages:
        return [record]
    found = []
    for language in languages:
        own = {
            name: value.get(language) if _is_localized(value) and value.keys() <= languages.keys() else value
            for name, value in record.items()
        }
        found.append({"lang": re.split(r"[-_]", language)[0], **own})
    return found


def articles(found: Any, depth: int = 0) -> Iterator[Record]:
    """The articles within, each as {id, title, text} beside what else is said of it in plain values."""
    if depth > DEEPEST:
        return
    if isinstance(found, list):
        for item in found:
            yield from articles(item, depth + 1)
    elif isinstance(found, dict):
        own = [article for record in localized(found) if (article := _article(record))]
        if own:
            yield from own
            return
        for item in found.values():
            if isinstance(item, list | dict):
                yield from articles(item, depth + 1)


def rich_text(value: Any) -> str:
    """A text as plain text, whether it is one, HTML, or a tree of nodes; empty for anything else."""
    if isinstance(value, str):
        return plain_text(value)
    return "\n\n".join(paragraph for paragraph in _paragraphs(value, 0) if paragraph.strip())


def _article(record: Record) -> Record | None:
    plain = {_plain(name): value for name, value in record.items()}
    title = next((plain[name] for name in TITLES if isinstance(plain.get(name), str) and plain[name].strip()), "")
    text = next((text for name in TEXTS if name in plain and (text := rich_text(plain[name]))), "") if title else ""
    if len(text) < SHORTEST or text == title:
        return None
    about = {name: value for name, value in record.items() if isinstance(value, str | int | bool)}
    about.setdefault("visibility", next((value for name in STATES if (value := about.get(name))), ""))
    if any(name in record and record[name] is None for name in PUBLISHED):
        about["visibility"] = "draft"
    title = plain_text(title)
    meta = {"question": bare_question(title), "answer": text} if asks(title) else {}
    return {
        **about,
        "id": str(record.get("id") or record.get("slug") or ""),
        "title": title,
        "text": text,
        "meta": meta,
    }


def _plain(name: object) -> str:
    return _NOT_IN_NAME.sub("", str(name)).lower()


def _is_localized(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(_LOCALE.fullmatch(str(name)) for name in value)


def _paragraphs(node: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        return
    if isinstance(node, list):
        for each in node:
            yield from _paragraphs(each, depth + 1)
    elif isinstance(node, dict):
        below: list[Any] = next((node[name] for name in BELOW if isinstance(node.get(name), list)), [])
        if any(_leaf(each) is not None for each in below):
            yield "".join(_leaf(each) or "".join(_paragraphs(each, depth + 1)) for each in below)
        else:
            yield from _paragraphs(below, depth + 1)


def _leaf(node: Any) -> str | None:
    """The words of a node that has no others below it."""
    if not isinstance(node, dict) or any(isinstance(node.get(name), list) and node[name] for name in BELOW):
        return None
    return next((node[name] for name in LEAVES if isinstance(node.get(name), str)), None)
