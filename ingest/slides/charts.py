"""What a reader sees in a chart: its title, and a table of its categories and the values of each series.

Presentations and Word documents keep charts in parts of their own, with the values that were drawn last.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from ingest.slides import text
from ingest.tables import number_formats
from ingest.texts.blocks import Block, Text
from ingest.texts.lines import row_line

MOST = 100  # points of a series: whoever looks at more of them sees a curve, and no numbers
DIGITS = 10  # of a number that has no format
BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 (Excel's days have no time zone)
LATEST = 2_958_465  # the last day of the year 9999, in Excel's days
_DAY = re.compile(r"[yd]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def blocks(root: Element) -> Iterator[Block]:
    """A chart, as its part without namespaces tells it."""
    chart = root.find("chart")
    plot = None if chart is None else chart.find("plotArea")
    if chart is None or plot is None:
        return
    series = plot.findall("./*/ser")  # those that were filtered out are kept elsewhere
    names = [_words(one.find("tx")) for one in series]
    values = [_points(one.find("val")) or _points(one.find("yVal")) for one in series]
    title = _words(chart.find("title/tx"))
    if not title and chart.find("title") is not None and len(names) == 1:
        title = names[0]  # as PowerPoint draws it
    places = [_points(one.find("xVal")) for one in series]
    scales = [_words(axis.find("title/tx")) for axis in plot.iterfind("valAx")]
    unit = "" if any(places) else next(filter(None, scales), "")
    if told := f"{title} ({unit})" if title and unit and unit != title else title or unit:
        yield Text(told)
    if not any(values):
        return
    if max(map(len, values)) > MOST:
        yield from (Text(name) for name in names if name and name != title)
        return
    axes = (*plot.iterfind("catAx"), *plot.iterfind("dateAx"))
    below = next(filter(None, (_words(axis.find("title/tx")) for axis in axes)), "")
    header = ["", *((said or name) for said, name in zip([*scales, "", ""], "xy", strict=False))]
    rows = _pairs(names, places, values)
    if not any(places):
        header, rows = [below, *names], _rows(_categories(series), values)
    yield Text("\n".join(row_line(header, row) for row in rows))


def _rows(categories: dict[int, str], values: Sequence[dict[int, str]]) -> list[list[str]]:
    """A row for each category, with a column for each series."""
    drawn = sorted(categories.keys() | {place for points in values for place in points})
    return [[categories.get(place, ""), *(points.get(place, "") for points in values)] for place in drawn]


def _pairs(names: Sequence[str], places: Sequence[dict[int, str]], values: Sequence[dict[int, str]]) -> list[list[str]]:
    """The points of a chart that has no categories."""
    return [
        [name, at[place], points.get(place, "")]
        for name, at, points in zip(names, places, values, strict=True)
        for place in sorted(at)
    ]


def _categories(series: Sequence[Element]) -> dict[int, str]:
    return next((found for one in series if (found := _points(one.find("cat")))), {})


def _points(of: Element | None) -> dict[int, str]:
    """What stands at each place; of categories in several levels all of them, the widest first."""
    if of is None:
        return {}
    levels = of.findall(".//multiLvlStrCache/lvl")
    if levels:
        inner, *others = [_cached(level) for level in levels]
        told = {place: [name] for place, name in inner.items()}
        for outer in others:  # each of which is said once, where it begins
            begins = sorted(outer)
            for place in told:
                if begun := bisect_right(begins, place):
                    told[place].insert(0, outer[begins[begun - 1]])
        return {place: " > ".join(names) for place, names in told.items()}
    for kind in ("numCache", "numLit", "strCache", "strLit"):
        if (cache := of.find(f".//{kind}")) is not None:
            return _cached(cache, is_number=kind.startswith("num"))
    return {}


def _cached(cache: Element, is_number: bool = False) -> dict[int, str]:
    usual = cache.findtext("formatCode") or number_formats.GENERAL
    return {
        int(point.get("idx", "0")): _shown(told, point.get("formatCode") or usual) if is_number else told
        for point in cache.iterfind("pt")
        if (told := (point.findtext("v") or "").strip()) and point.get("idx", "0").isdecimal()
    }


def _shown(told: str, pattern: str) -> str:
    """A number as its format shows it, nearly."""
    try:
        value = float(told)
    except ValueError:
        return told
    if len(pattern) > number_formats.LONGEST:
        pattern = number_formats.GENERAL
    plain = _LITERAL.sub("", pattern)
    if "%" in plain:
        return f"{value * 100:.{DIGITS}g}%"
    if _DAY.search(plain) and plain != number_formats.GENERAL and 0 < value < LATEST:
        return (BEGAN + timedelta(days=value)).date().isoformat()
    number = str(int(value)) if value.is_integer() and abs(value) < 10**15 else f"{value:.{DIGITS}g}"
    return number if plain == number_formats.GENERAL else number_formats.shown(value, pattern) or number


def _words(of: Element | None) -> str:
    """The words of a title, or of a series' name."""
    if of is None:
        return ""
    cached = [(each.text or "").strip() for each in of.iterfind("strRef/strCache/pt/v")]
    written = [text.of_paragraph(each) for each in of.iterfind("rich/p")]
    return " ".join(filter(None, (*cached, *written, (of.findtext("v") or "").strip()))).replace("\n", " ")
