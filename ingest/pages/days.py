"""The day on which a web page was last updated, as it says itself: to search engines, in its head, or in its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.metadata.days import day_of, latest, stated

_MODIFIED = (
    "article:modified_time og:updated_time last-modified lastmodified last_modified datemodified date-modified"
    " dcterms.modified dc.date.modified dc.modified revised updated_time"
)
_METAS = frozenset(_MODIFIED.split())
_OF_OTHERS = frozenset(("Comment", "Review", "UserComments", "Question", "Answer", "ItemList", "BreadcrumbList"))
DEEPEST = 4  # of what a script says, the page being the outermost


def updated(tree: LexborHTMLParser, html: str, lang: str | None, linked: Iterable[Any]) -> str | None:
    """The day, the most explicit first; None where the page does not say it, or names several.

    Words that must be in the page are looked for first: most pages have none of them.
    """
    found = latest(day_of(value, lang) for value in _modified(linked))
    if not found and any(part in html for part in ("odified", "ODIFIED", "updated_time", "evised")):
        found = next(filter(None, (day_of(value, lang) for value in _metas(tree))), None)
    if not found and ("<time" in html or "<TIME" in html):
        found = _timed(tree, lang)
    if not found:
        found = stated(_text(tree), lang)
    return found


def _modified(linked: Iterable[Any]) -> Iterator[str]:
    """What JSON-LD says of when its things were modified: the page, the article; not what others said of them."""
    waiting = [(item, 0) for item in linked]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            continue
        if isinstance(item, list):
            waiting += [(each, depth + 1) for each in item]
        elif isinstance(item, dict) and not _OF_OTHERS & set(_types(item)):
            if isinstance(day := item.get("dateModified"), str):
                yield day
            waiting += [(each, depth + 1) for each in item.values()]


def _types(item: dict[str, Any]) -> Iterable[str]:
    named = item.get("@type")
    return map(str, named) if isinstance(named, list) else (str(named),)


def _metas(tree: LexborHTMLParser) -> Iterator[str | None]:
    for node in tree.css("meta[content]"):
        named = node.attributes
        if any((named.get(key) or "").lower() in _METAS for key in ("property", "name", "itemprop", "http-equiv")):
            yield named.get("content")


def _timed(tree: LexborHTMLParser, lang: str | None) -> str | None:
    """The day of the elements that are marked as the time of an update, where it is one."""
    days = set()
    for node in tree.css("time[datetime]"):
        named = node.attributes
        words = (named.get("class") or "").lower().replace("_", "-").split()
        above = node.parent.text(separator=" ").strip()[:60] if node.parent is not None else ""
        shown = node.text().strip()
        marked = (
            named.get("itemprop") == "dateModified"
            or any(word in ("updated", "modified", "dt-updated", "entry-updated") for word in words)
            or (shown and stated(above.replace(shown, str(named.get("datetime"))), lang))
        )
        if marked and (day := day_of(named.get("datetime"), lang)):
            days.add(day)
    return days.pop() if len(days) == 1 else None


def _text(tree: LexborHTMLParser) -> str:
    return tree.body.text(separator="\n") if tree.body is not None else ""
