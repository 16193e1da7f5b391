"""Finds the panels of tabs in a page, and what their tabs are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from ingest.pages.inline import text_of

FEWEST, MOST = 2, 12  # tabs of a list that only its name tells

_LISTS = "[role=tablist], [class*=tab i], [id*=tab i]"
_TABS = "[role=tab], a, button, label"
_IS_LIST = re.compile(
    r"(?:^|\s)(?:[\w-]*[-_])?(?:tabs?|tabbed)"
    r"(?:[-_]+(?:list|nav|navi|menu|labels?|buttons?|links?|heads?|headers?|group|wrap|wrapper|container|set|area|box))?(?:\s|$)",
    re.IGNORECASE,
)
_OPENED = ("aria-controls", "data-bs-target", "data-target", "data-tab", "href")  # a tab's panel
_QUOTED = re.compile(r"['\"]#?([\w-]+)['\"]")


def tabs(root: LexborNode) -> tuple[set[int], dict[int, str]]:
    """The lists of tabs, and the panels with what their tabs are called, by their place in memory."""
    lists: set[int] = set()
    panels: dict[int, str] = {}
    named: dict[str, LexborNode] = {}
    for marked in root.css(_LISTS):
        says_so = marked.attributes.get("role") == "tablist"
        if says_so:
            lists.add(marked.mem_id)
        elif not any(_IS_LIST.search(marked.attributes.get(name) or "") for name in ("class", "id")):
            continue
        named = named or _named(root)
        for each in (marked,) if says_so else (marked, *_elements(marked)[:1]):
            chosen = each.css("[role=tab]") if says_so else each.css(_TABS)
            if not says_so and not (FEWEST <= len(chosen) <= MOST and _is_all(each, chosen)):
                continue
            pointed = [panel for tab in chosen if (panel := _panel(tab, named)) is not None]
            found = pointed if len(pointed) == len(chosen) else _in_order(each, len(chosen))
            told = {panel.mem_id: words for tab, panel in zip(chosen, found, strict=False) if (words := text_of(tab))}
            if says_so or len(told) == len(chosen):
                lists.add(each.mem_id)
                panels |= told
    return lists, panels


def _named(root: LexborNode) -> dict[str, LexborNode]:
    """Elements by their names, and panels by those of the tabs that they say they belong to."""
    named = {name: node for node in root.css("[id]") if (name := node.attributes.get("id"))}
    for panel in root.css("[role=tabpanel][aria-labelledby]"):
        named[f"panel of {panel.attributes.get('aria-labelledby')}"] = panel
    return named


def _panel(tab: LexborNode, named: dict[str, LexborNode]) -> LexborNode | None:
    attributes = tab.attributes
    names = [f"panel of {attributes.get('id')}", *((attributes.get(name) or "").lstrip("#") for name in _OPENED)]
    names += _QUOTED.findall(attributes.get("onclick") or "")
    panel = next((named[name] for name in names if name in named), None)
    return None if panel is None or panel.mem_id in map(_place, _above(tab)) else panel


def _in_order(tabs: LexborNode, number: int) -> Sequence[LexborNode]:
    """The panels that nothing but their order tells: as many as there are tabs, in the element that follows."""
    after = tabs.next
    while after is not None and not after.is_element_node:
        after = after.next
    panels = _elements(after) if after is not None else []
    return panels if len(panels) == number else []


def _is_all(tabs: LexborNode, chosen: Sequence[LexborNode]) -> bool:
    return "".join((tabs.text() or "").split()) == "".join("".join((tab.text() or "").split()) for tab in chosen)


def _elements(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=False))


def _above(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _place(node: LexborNode) -> int:
    return int(node.mem_id)
