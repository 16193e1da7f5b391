"""The rows of a web page's table as lines that read alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from ingest.pages.inline import text_of
from ingest.tables.groups import Groups
from ingest.tables.headers import MOST_ROWS, head_of, is_header, named_twice, under
from ingest.texts.lines import SPANNED, row_line

# Of Notion, about the page: its state, who wrote it and when. Its texts, dates and numbers may say something.
PROPERTIES = "properties"
_OF_PAGE = re.compile(
    r"property-row-(?:select|multi_select|status|person|(?:created|last_edited)_(?:time|by)|checkbox|relation|rollup"
    r"|auto_increment_id)$"
)
FEWEST_NAMED = 3  # columns that a first row of plain cells names
_NUMBER = re.compile(r"\d")
WIDEST_SPAN = 100  # columns or rows that one cell may claim


def data_rows(table: LexborNode) -> list[str] | None:
    """The rows of a table as lines that read alone; None for a table that only lays out the page."""
    if table.css_first("h1, h2, h3, h4, details") is not None or len(table.css("table")) > 1:  # the first is itself
        return None
    if table.css_first("dl") is not None and table.css_first("th") is None:
        return None
    bold_heads = table.css_first("th") is None and not all(map(_is_bold, table.css("td")))
    all_rows = table.css("tr")
    if table.attributes.get("class") == PROPERTIES:
        all_rows = [row for row in all_rows if not _OF_PAGE.search(row.attributes.get("class") or "")]
        if not all_rows:
            return []
    rows = [cells for cells in _grid(all_rows, bold_heads) if _said(cells)]
    if not rows or max(map(len, rows)) < 2:
        return None
    caption = table.css_first("caption")
    lines = [text_of(caption)] if caption is not None else []
    header: list[str] = []
    named = 0  # rows above one another that name columns
    for cells in rows:
        texts = [text for text, _ in cells]
        if not all(heads for _, heads in cells):
            named = 0
            if header:
                lines.append(row_line(header, texts))
            elif cells[0][1]:
                lines.append(row_line([cells[0][0]], [" | ".join(_said(cells[1:]))]))
            else:
                lines.append(row_line([], _said(cells)))
        elif len(texts) > 1 and len(set(texts)) == 1:
            lines.append(texts[0])  # the title of all columns
        else:
            header = under(header, texts) if 0 < named < MOST_ROWS else texts
            named += 1
    if not header and table.css_first("th") is None and (by_looks := _by_looks(rows)):
        return lines[: caption is not None] + by_looks
    return lines


def _by_looks(rows: Sequence[Sequence[tuple[str, bool]]]) -> list[str]:
    """The lines of a table of which nothing says what heads it, as spreadsheets save theirs, where its looks do.

    They are three columns and more, a first row that looks like their names, and numbers below it.
    """
    wide = 1 + max(column for cells in rows for column, (text, _) in enumerate(cells) if text not in ("", SPANNED))
    texts = [[text for text, _ in cells[:wide]] for cells in rows]
    head = head_of([*enumerate([["" if cell == SPANNED else cell for cell in cells] for cells in texts])])
    above, rest = texts[:head], texts[head:]
    names = named_twice(rest)
    below = rest[2 if names else 1 :]
    names = names or rest[0]
    is_named = len(names) >= FEWEST_NAMED and is_header(names) and sum(map(_has_number, below)) * 2 > len(below)
    if not is_named or not below:
        return []
    groups, widths = Groups(len(names)), [len(cells) for cells in rows]
    told = [
        # Of a row of more cells than its names one reaches down from above wrongly: what stands where is not known.
        row_line(names, groups.told(cells)) if width <= widths[head] else row_line([], _plain(cells))
        for cells, width in zip(below, widths[-len(below) :], strict=True)
    ]
    return [": ".join(_plain(cells)) for cells in above] + told


def _plain(cells: Iterable[str]) -> list[str]:
    return [text for text in cells if text not in ("", SPANNED)]


def _has_number(cells: Sequence[str]) -> bool:
    return any(_NUMBER.search(cell) for cell in cells)


def _grid(rows: Iterable[LexborNode], bold_heads: bool) -> Iterator[list[tuple[str, bool]]]:
    """The cells of each row, also those that begin above it, with whether they head others."""
    carried: dict[int, tuple[int, str, bool]] = {}  # column: rows still to fill, and with what
    for row in rows:
        cells: list[tuple[str, bool]] = []

        def fill(cells: list[tuple[str, bool]] = cells) -> None:
            while len(cells) in carried:
                column = len(cells)
                left, text, heads = carried.pop(column)
                cells.append((text, heads))
                if left > 1:
                    carried[column] = (left - 1, text, heads)

        in_head = row.parent is not None and row.parent.tag == "thead"
        for cell in row.css("td, th"):
            fill()
            text, heads = text_of(cell), cell.tag == "th" or in_head or (bold_heads and _is_bold(cell))
            below = _span(cell, "rowspan") - 1
            for number in range(_span(cell, "colspan")):
                if below:
                    carried[len(cells)] = (below, text, heads)
                # A value that spans columns is said once, of all of them, a heading above every column that it heads.
                cells.append((text if heads or not number else SPANNED, heads))
        fill()
        yield cells


def _is_bold(cell: LexborNode) -> bool:
    """Whether all words of a cell are bold, as those of headings are where nothing else marks them."""
    bold = "".join(part.text() or "" for part in cell.css("b, strong") if not _within_bold(part))
    return "".join(bold.split()) == "".join((cell.text() or "").split()) != ""


def _within_bold(part: LexborNode) -> bool:
    return part.parent is not None and part.parent.tag in ("b", "strong")


def _said(cells: Sequence[tuple[str, bool]]) -> list[str]:
    return _plain(text for text, _ in cells)


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(max(int(value), 1), WIDEST_SPAN) if value.isascii() and value.isdigit() and len(value) < 9 else 1
