"""Finds the parts of a page that stand under a title which is no heading: what a press unfolds, the panels of tabs, a
question in microdata with its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from ingest.pages.inline import text_of, title_of
from ingest.pages.tabs import tabs
from ingest.texts.questions import asks, is_marked_question

LONGEST_TITLE = 200  # characters; more is a text
FEWEST_LETTERS = 2

_PRESSED = "[aria-controls], [data-toggle=collapse], [data-bs-toggle=collapse], button, input[type=checkbox] + label"
_NAMED = ", ".join(
    f"[class*={part} i]"
    for part in ("accordion", "toggle", "collaps", "expand", "faq", "qa", "question", "disclosure", "'q '", "_q", "-q")
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt"))
_INNER_HEADING = ", ".join(sorted(_HEADINGS))
# What buttons open beside texts: menus and boxes above the page.
_NO_TEXT = frozenset(("dialog", "alertdialog", "menu", "listbox", "tabpanel", "navigation", "search", "tooltip"))
# What programs call such parts, in the words that make up the names of their classes.
_PART_OF_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_UNFOLDING_WORDS = "accordion accordions toggle collapse collapsible expander expandable faq faqs qa disclosure"
_TITLES_WORDS = "top head header heading title ttl toggle trigger summary button btn label opener handle"
_TEXTS_WORDS = "bottom body content contents panel pane detail details inner text txt collapse description desc"
_STATES_WORDS = "active open opened close closed show shown hide hidden collapsed expanded current first last"
_UNFOLDING = frozenset(_UNFOLDING_WORDS.split())
_TITLES = frozenset(_TITLES_WORDS.split())
_TEXTS = frozenset(_TEXTS_WORDS.split())
_QUESTIONS, _ANSWERS = frozenset(("question", "q")), frozenset(("answer", "a"))
_STATES = frozenset(_STATES_WORDS.split())


@dataclass(slots=True)
class Folds:
    """Elements of a page by their place in memory."""

    titles: set[int] = field(default_factory=set)  # said where what they are the titles of begins
    parts: dict[int, str] = field(default_factory=dict)  # with their titles; without one that has a heading above it


class _Fold(NamedTuple):
    title: LexborNode
    part: LexborNode
    words: str
    names: frozenset[str]  # what it has in common with others that are made alike
    sure: bool  # it is one even where it stands alone


def folds(root: LexborNode | None) -> Folds:
    """The parts that have a title of their own, and these titles. A part is text even while it is folded up."""
    found = Folds()
    if root is None:
        return found
    found.titles, found.parts = tabs(root)
    for title, answer, words in _in_microdata(root):
        found.titles.add(title.mem_id)
        found.parts[answer.mem_id] = words
    told = [*_pressed(root), *_named(root)]
    alike: dict[frozenset[str], list[str]] = {}
    for fold in told:
        alike.setdefault(fold.names, []).append(fold.words)
    for fold in told:
        if fold.title.mem_id in found.titles or fold.part.mem_id in found.parts:
            continue
        is_headed = _is_headed(fold.title)
        if is_headed or fold.sure or asks(fold.words) or _repeats(alike[fold.names], fold.part):
            found.parts |= dict.fromkeys(_around(fold.part), "")
            found.parts[fold.part.mem_id] = "" if is_headed else fold.words
            if not is_headed:
                found.titles.add(fold.title.mem_id)
    return found


def _in_microdata(root: LexborNode) -> Iterator[tuple[LexborNode, LexborNode, str]]:
    for item in root.css("[itemtype$='schema.org/Question']"):
        name, answer = item.css_first("[itemprop=name]"), item.css_first("[itemprop=acceptedAnswer]")
        if name is not None and answer is not None and (words := text_of(name)):
            yield name, answer, words


def _pressed(root: LexborNode) -> Iterator[_Fold]:
    """Buttons and the like, with what they say that they unfold, or with what follows them."""
    named: dict[str, LexborNode] = {}
    for title in {each.mem_id: each for each in root.css(_PRESSED)}.values():  # once, however many selectors it fits
        attributes = title.attributes
        if attributes.get("role") == "tab" or "aria-haspopup" in attributes:
            continue
        target = attributes.get("aria-controls") or _target(attributes)
        if target and not named:
            named = {known: each for each in root.css("[id]") if (known := each.attributes.get("id"))}
        part = named.get(target) if target else _following(title)
        if part is not None and (fold := _fold(title, part)) is not None:
            yield fold._replace(sure=bool(target) and part.attributes.get("role") == "region")


def _target(attributes: dict[str, str | None]) -> str:
    named = (attributes.get(name) for name in ("data-bs-target", "data-target", "href"))
    return next((name[1:] for name in named if name and name.startswith("#")), "")


def _named(root: LexborNode) -> Iterator[_Fold]:
    """Neighbours that are called a question and its answer, or the title and the text of what unfolds."""
    seen: set[int] = set()
    for node in root.css(_NAMED):
        for title in (node, _first(node)):
            part = _following(title) if title is not None and title.mem_id not in seen else None
            if title is None or part is None:
                continue
            seen.add(title.mem_id)
            above, below = _names(title), _names(part)
            is_question = bool(above & _QUESTIONS and below & _ANSWERS)
            unfolds = (above | below | _names(title.parent)) & _UNFOLDING and above & _TITLES and below & _TEXTS
            if (is_question or unfolds) and not _is_form(part) and (fold := _fold(title, part)) is not None:
                is_marked = not is_question or is_marked_question(fold.words)
                yield fold if is_marked else fold._replace(words=f"Q. {fold.words}")


def _fold(title: LexborNode, part: LexborNode) -> _Fold | None:
    if (part.attributes.get("role") or "") in _NO_TEXT or not (part.text() or "").strip():
        return None
    words = title_of(title)
    if len(words) > LONGEST_TITLE or sum(map(str.isalpha, words)) < FEWEST_LETTERS:
        return None
    return _Fold(title, part, words, _names(title) | {title.tag or ""}, False)


def _repeats(words: list[str], part: LexborNode) -> bool:
    """Whether others are made alike, with other words, and it is a text that is folded: no menu and no form."""
    if len(words) < 2 or len(set(words)) < len(words) or _is_form(part):
        return False
    linked = "".join(link.text() or "" for link in part.css("a"))
    return "".join(linked.split()) != "".join((part.text() or "").split())


def _around(part: LexborNode) -> Iterator[int]:
    """The elements that hold nothing but this part, one of which may be what hides it."""
    text, above = part.text() or "", part.parent
    while above is not None and (above.text() or "") == text:
        yield above.mem_id
        above = above.parent


def _is_form(part: LexborNode) -> bool:
    return part.css_first("input[type=radio], input[type=checkbox], select") is not None


def _names(node: LexborNode | None) -> frozenset[str]:
    if node is None or not node.is_element_node:
        return frozenset()
    parts = _PART_OF_NAME.findall(node.attributes.get("class") or "")
    return frozenset(map(str.lower, parts)) - _STATES


def _first(node: LexborNode) -> LexborNode | None:
    each = node.child
    while each is not None and not each.is_element_node:
        each = each.next
    return each


def _following(node: LexborNode) -> LexborNode | None:
    """The element that comes next beside it."""
    each = node.next
    while each is not None and not each.is_element_node:
        if (each.text() or "").strip() and each.is_text_node:
            return None
        each = each.next
    return each if each is not None and each.tag not in ("button", "input", "a", "span", *_HEADINGS) else None


def _is_headed(node: LexborNode) -> bool:
    if node.css_first(_INNER_HEADING) is not None:
        return True
    above: LexborNode | None = node
    while above is not None and above.is_element_node:
        if above.tag in _HEADINGS:
            return True
        above = above.parent
    return False
