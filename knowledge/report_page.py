"""A report as one HTML file: looks and charts in it, nothing to run and nothing to fetch.

The charts are SVG and plain tables, so that they scale, print and can be read aloud. The page's own policy forbids
scripts and requests; everything that is shown passes through `escape`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Literal

Tone = Literal["plain", "good", "warn", "bad"]
Colour = Literal["indigo", "sky", "sage", "stone", "amber", "red"]
MOST_LISTED = 500  # names in a folded list; more are counted


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that was built here, and so needs no escaping."""

    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One amount of a chart."""

    label: str
    value: float
    told: str | None = None  # how the value is written; otherwise as a whole number


@dataclass(frozen=True, slots=True)
class Span:
    """A value between 0 and 1 with its interval."""

    label: str
    value: float
    low: float
    high: float
    marked: bool = False  # the one that is recommended


def page(title: str, subtitle: str, verdict: tuple[Tone, str], parts: Iterable[Html], footer: str) -> str:
    """A whole page."""
    style = files("knowledge").joinpath("report_page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    tone, words = verdict
    made = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{escape(title)}</h1><p>{escape(subtitle)}</p>"
        f'<p class="verdict {tone}">{escape(words)}</p></header>\n'
        + "\n".join(part.text for part in parts)
        + f"\n<footer>{escape(footer)}</footer>\n</main>\n</body>\n</html>\n"
    )
    return made.encode("utf-8", "replace").decode()  # halves of surrogate pairs cannot be written


def tiles(figures: Iterable[tuple[str, str, Tone]]) -> Html:
    """The figures that matter most: (figure, what it is, tone)."""
    inner = (
        f'<div class="tile {tone}"><b>{escape(figure)}</b><span>{escape(what)}</span></div>'
        for figure, what, tone in figures
    )
    return Html(f'<div class="tiles">{"".join(inner)}</div>')


def section(title: str, *parts: Html, note: str = "") -> Html:
    """A titled card."""
    said = f"<p>{escape(note)}</p>" if note else ""
    return Html(f"<section><h2>{escape(title)}</h2>{said}{''.join(part.text for part in parts)}</section>")


def beside(*sections: Html) -> Html:
    """Cards beside one another where there is room."""
    return Html(f'<div class="cards">{"".join(each.text for each in sections)}</div>') if sections else Html("")


def shares(title: str, parts: Sequence[tuple[Bar, Colour]]) -> Html:
    """One bar of several parts, with what each is."""
    shown = [(bar, colour) for bar, colour in parts if bar.value > 0]
    total = sum(bar.value for bar, _ in shown) or 1
    rects, place = [], 0.0
    for bar, colour in shown:
        width = 1000 * bar.value / total
        rects.append(f'<rect class="{colour}" x="{place:.2f}" width="{max(width - 2, 1):.2f}" height="24"/>')
        place += width
    told = ", ".join(f"{_written(bar)} {bar.label}" for bar, _ in shown)
    chart = (
        f'<svg viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label="{escape(f"{title}: {told}")}">'
        f"{''.join(rects)}</svg>"
    )
    legend = "".join(
        f'<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="{colour}" width="1" height="1"/></svg>'
        f"{escape(_written(bar))} <span>{escape(bar.label)}</span></li>"
        for bar, colour in shown
    )
    return Html(f'<div class="share">{chart}</div><ul class="legend">{legend}</ul>')


def bars(chart: Iterable[Bar], colour: Colour = "indigo") -> Html:
    """Horizontal bars, the longest filling its row."""
    rows = list(chart)
    longest = max((bar.value for bar in rows), default=0) or 1
    inner = "".join(
        f'<tr><th scope="row">{escape(bar.label)}</th><td class="track">'
        '<svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track-fill" width="1000" height="12"/>'
        f'<rect class="{colour}" width="{1000 * bar.value / longest:.1f}" height="12"/></svg></td>'
        f'<td class="value">{escape(_written(bar))}</td></tr>'
        for bar in rows
    )
    return Html(f'<table class="bars">{inner}</table>')


def spans(chart: Iterable[Span]) -> Html:
    """Values with their intervals on one scale from 0 to 1, so that what overlaps is seen to overlap."""
    inner = "".join(
        f'<tr{" class=marked" if span.marked else ""}><th scope="row">{escape(span.label)}</th><td class="track">'
        '<svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track-fill" y="6" width="1000" height="4"/>'
        f'<rect class="sky" x="{1000 * span.low:.1f}" y="3" width="{max(1000 * (span.high - span.low), 2):.1f}" '
        f'height="10"/><rect class="indigo" x="{min(max(1000 * span.value - 3, 0), 994):.1f}" width="6" height="16"/>'
        f'</svg></td><td class="value">{span.value:.2f} <span>{span.low:.2f} to {span.high:.2f}</span></td></tr>'
        for span in chart
    )
    return Html(f'<table class="bars spans">{inner}</table>')


def said(items: Iterable[str]) -> Html:
    """Sentences, one under the other."""
    return Html(f'<ul class="said">{"".join(f"<li>{escape(item)}</li>" for item in items)}</ul>')


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """Rows of plain text; on a telephone each row is a list of its cells, which the page's style names."""
    head = "".join(f'<th scope="col" role="columnheader">{escape(column)}</th>' for column in columns)
    names = [f' data-name="{escape(column)}"' if column else "" for column in columns]
    body = "".join(f'<tr role="row">{"".join(map(_cell, names, row))}</tr>' for row in rows)
    return Html(
        '<div class="scroll"><table class="list" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
    )


def folded(title: str, items: Sequence[str]) -> Html:
    """A list that opens when asked for; nothing where there is nothing."""
    if not items:
        return Html("")
    listed = "".join(f"<li>{escape(item)}</li>" for item in items[:MOST_LISTED])
    if len(items) > MOST_LISTED:
        listed += f"<li>and {len(items) - MOST_LISTED:,} more</li>"
    return Html(f"<details><summary>{escape(title)} ({len(items):,})</summary><ul>{listed}</ul></details>")


def _cell(name: str, text: str) -> str:
    return f'<td role="cell"{name}>{escape(text)}</td>'


def _written(bar: Bar) -> str:
    return f"{bar.value:,.0f}" if bar.told is None else bar.told
