"""The notes at the end of a page that a word processor saved go below the paragraph, list or table that cites them."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.pages.furniture import leads_to_note

MOST = 500  # notes of a page
_NAME = re.compile(r"#([\w-]{1,60})")
_OUTERMOST = ("table", "ul", "ol", "dl")  # of what cites a note: it goes below all of it
_BLOCKS = ("p", "div", "blockquote")


def put_notes_in_place(tree: LexborHTMLParser) -> None:
    """Move the notes whose marks and own marks lead to one another."""
    marks = [link for link in tree.css("a[href][name]") if leads_to_note(link, link.attributes)]
    if not 1 < len(marks) <= 2 * MOST:
        return
    by_name = {mark.attributes.get("name"): mark for mark in marks}
    citing = marks[: len(marks) // 2]  # the notes, which lead back, come after all that cite them
    for mark in reversed(citing):
        found = _NAME.fullmatch(mark.attributes.get("href") or "")
        note = by_name.get(found[1]) if found else None
        if note is None or note.attributes.get("href") != f"#{mark.attributes.get('name')}" or note in citing:
            continue
        said, place = note.parent, _block_of(mark)
        if said is not None and said.tag == "p" and place is not None and said.mem_id != place.mem_id:
            place.insert_after(said)
            said.decompose()


def _block_of(mark: LexborNode) -> LexborNode | None:
    """The paragraph that cites a note, or the list or table around it."""
    block, above = None, mark.parent
    while above is not None and above.tag not in ("body", "html"):
        if above.tag in _OUTERMOST or (block is None and above.tag in _BLOCKS):
            block = above
        above = above.parent
    return block
