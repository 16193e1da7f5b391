"""The parts of a printed document put together: what the end of a page or its foot has torn from its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingest.printed.raised import citing, raisable
from ingest.texts.extracts import Section
from ingest.texts.pairs import paired
from knowledge.language.sentences import first_sentence_end

LONG_LINE = 15  # characters: a shorter last line of a page is a title or a label, and does not go on
MOST_CITING = 5  # parts of a page that one note is said in
_GOES_ON = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff、，,a-z]$")
_BEGINS_ANEW = re.compile(r"[・●○■□◆•※①-⑳A-Z0-9（(]")
# A number begins an item or a title, but not behind a word that leads to it: "below | 4.8 bar", "日から | 30日以内に".
_LEADS_TO_NUMBER = re.compile(
    r"[\u3041-\u309f、]$"
    r"|\b(?:a|about|after|and|at|before|below|above|by|for|from|in|is|least|most|of|or|over|than|the|to|under|until|up|within)$"
)
_NUMBER = re.compile(r"\d+(?:[.．,]\d+)*(?:[ \u3000]*[a-z%°]|(?![.．)）、:：])[^\W\da-zA-Z])")
# A note says what it is of by the sign that stands there: "※1 …", "*2 …", "注3）…", "(注1) …"; or by a raised number.
_SIGNS = "※＊*†‡注"
_SIGNED = re.compile(rf"[(（]?([{_SIGNS}])[ \u3000]?([\d０-９]{{0,2}})[)）:：.．]?[ \u3000]*\S")
_NOTES = re.compile(rf"^{_SIGNED.pattern}", re.MULTILINE)
_NUMBERED = re.compile(r"[(（]?(\d{1,2})[)）.]?[ \u3000]*\D")
_GAPS = re.compile(r"\n{3,}")


@dataclass(slots=True)
class Part:
    """What stands under one heading of one page."""

    text: str
    notes: str  # at the foot of its page, of which it is the last part
    headings: tuple[str, ...]
    page: int
    begins_with_row: bool = False  # of a table
    ends_with_row: bool = False


def put_together(parts: Iterable[Part]) -> list[Section]:
    """The parts as sections."""
    done: list[Part] = []
    for _, of_page in groupby(parts, key=lambda part: part.page):
        for part in _with_notes(list(of_page), done):
            if done:
                _goes_on(done[-1], part)
            if part.text or part.notes:
                done.append(part)
    return [
        replace(section, page=part.page)
        for part in done
        if (text := _whole(part))
        for section in paired(part.headings, text.split("\n\n"))
    ]


def _whole(part: Part) -> str:
    return "\n\n".join(filter(None, (part.text, part.notes))).strip()


def _goes_on(last: Part, part: Part) -> None:
    """A sentence that a page's end interrupts belongs to the page where it began, before the notes at its foot."""
    if part.page != last.page + 1 or part.headings != last.headings or part.begins_with_row or last.ends_with_row:
        return
    line = last.text.rsplit("\n", 1)[-1]
    if len(line) < LONG_LINE or not _GOES_ON.search(line):
        return
    if _BEGINS_ANEW.match(part.text) and not (_LEADS_TO_NUMBER.search(line) and _NUMBER.match(part.text)):
        return
    end = first_sentence_end(part.text)
    last.text += f"{' ' if line[-1].isascii() else ''}{part.text[:end].strip()}"
    part.text = part.text[end:].strip()


def _with_notes(parts: list[Part], before: Sequence[Part]) -> list[Part]:
    """The parts of a page; a note that another part than its own cites stands there, at last one of those `before`."""
    if parts and parts[-1].notes:
        parts[-1].notes = _raised(parts[-1].notes, [*reversed(parts), *reversed(before)])
    texts = [text for part in parts for text in (part.text, part.notes) if _may_hold_notes(text)]
    lines = [line for text in texts for line in text.split("\n")]
    signs = Counter(found[1] for line in lines if (found := _SIGNED.match(line)) and not found[2])
    for part in parts:
        part.text = _left(part.text, part, parts, signs)
    if parts:
        parts[-1].notes = _left(parts[-1].notes, None, parts, signs)
    return parts


def _raised(notes: str, parts: Sequence[Part]) -> str:
    """What is left of the notes at a page's foot where those that a raised mark cites go to the nearest that does."""
    kept: list[str] = []
    for note in notes.split("\n\n"):
        mark, _, said = note.partition(" ")
        cites = citing(mark) if raisable(mark) and said.strip() else None
        part = next((part for part in parts if cites.search(part.text)), None) if cites else None
        if cites is None or part is None:
            kept.append(note)
            continue
        part.text = f"{cites.sub('', part.text, count=1)}\n\n{said.strip()}"
        part.ends_with_row = False
    return "\n\n".join(kept)


def _left(text: str, own: Part | None, parts: Sequence[Part], signs: Mapping[str, int]) -> str:
    """What is left of a text where the notes among its lines that others cite go to them; `own` cites its own."""
    if own is not None and not (_may_hold_notes(text) and _NOTES.search(text)):
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        cites = _citing(line, signs, raised=own is None)
        citing = [part for part in parts if part is not own and cites.search(part.text)] if cites else []
        if cites is None or not 0 < len(citing) <= MOST_CITING or (own is not None and cites.search(own.text)):
            kept.append(line)
            continue
        for part in citing:
            part.text += f"\n\n{line}"
            part.ends_with_row = False
    return _GAPS.sub("\n\n", "\n".join(kept)).strip()


def _may_hold_notes(text: str) -> bool:
    return any(sign in text for sign in _SIGNS)  # told in no time


def _citing(line: str, signs: Mapping[str, int], raised: bool) -> re.Pattern[str] | None:
    """What a text holds that cites a line, where this is a note: its sign within a line, its number behind a word."""
    if found := _SIGNED.match(line):
        sign, number = found[1], found[2]
        if number:
            return re.compile(rf"(?<=[^\n]){re.escape(sign)}[ \u3000]?{number}(?![\d０-９])")
        return re.compile(rf"(?<=[^\s]){re.escape(sign)}(?=[\s;.。、)）]|$)") if signs[sign] == 1 else None
    numbered = _NUMBERED.match(line) if raised else None
    return re.compile(rf"(?<=[a-z)]){numbered[1]}(?![\w.,]\d|\w)") if numbered else None
