"""Finds the parts of a page that stand under a title which is no heading: a button that unfolds them, a question in
microdata with its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from ingest.questions import asks
from ingest.readers.html_inline import text_of

_TITLES = "[aria-controls], button, [itemtype$='schema.org/Question'], [role=tablist], [role=tabpanel]"
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt"))
# What buttons open beside texts: menus and boxes above the page.
_NO_TEXT = frozenset(("dialog", "alertdialog", "menu", "listbox", "tabpanel", "navigation", "search", "tooltip"))


@dataclass(slots=True)
class Folds:
    """Elements of a page by their place in memory."""

    titles: set[int] = field(default_factory=set)  # said where what they are the titles of begins
    parts: dict[int, str] = field(default_factory=dict)  # with their titles; without one that has a heading above it


def folds(root: LexborNode | None) -> Folds:
    """The parts that have a title of their own, and these titles. A part is text even while it is folded up."""
    found = Folds()
    if root is None:
        return found
    named: dict[str, LexborNode] = {}
    tabs: dict[str, str] = {}  # what tabs are called, by their own names and by those of their panels
    for title in root.css(_TITLES):
        attributes = title.attributes
        if "itemtype" in attributes:
            name, answer = title.css_first("[itemprop=name]"), title.css_first("[itemprop=acceptedAnswer]")
            if name is not None and answer is not None and text_of(name):
                found.titles.add(name.mem_id)
                found.parts[answer.mem_id] = text_of(name)
            continue
        match attributes.get("role"):
            case "tablist":
                found.titles.add(title.mem_id)
                tabs |= _tabs(title)
                continue
            case "tabpanel":
                names = (attributes.get("aria-labelledby"), attributes.get("id"))
                if words := next((tabs[name] for name in names if name in tabs), None):
                    found.parts[title.mem_id] = words
                continue
            case "tab":
                continue
        if title.mem_id in found.titles:
            continue
        target = attributes.get("aria-controls")
        if target and not named:
            named = {known: each for each in root.css("[id]") if (known := each.attributes.get("id"))}
        part = named.get(target) if target else _following(title)
        if part is None or (part.attributes.get("role") or "") in _NO_TEXT or part.mem_id in found.parts:
            continue
        words = text_of(title)
        if not words or not (part.text() or "").strip():
            continue
        if _is_headed(title):
            found.parts[part.mem_id] = ""
        elif asks(words) or (target and part.attributes.get("role") == "region"):
            found.titles.add(title.mem_id)
            found.parts[part.mem_id] = words
    return found


def _tabs(names: LexborNode) -> dict[str, str]:
    return {
        name: words
        for tab in names.css("[role=tab]")
        if (words := text_of(tab))
        for name in (tab.attributes.get("id"), tab.attributes.get("aria-controls"))
        if name
    }


def _following(node: LexborNode) -> LexborNode | None:
    """The element that comes next beside it."""
    each = node.next
    while each is not None and not each.is_element_node:
        if (each.text() or "").strip() and each.is_text_node:
            return None
        each = each.next
    return each if each is not None and each.tag not in ("button", "input", "a", "span", *_HEADINGS) else None


def _is_headed(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.is_element_node:
        if above.tag in _HEADINGS:
            return True
        above = above.parent
    return False
