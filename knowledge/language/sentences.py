"""Where sentences end, in Japanese and English, by rules that read the same every time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter

JAPANESE = r"\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
PAIRS = {"「": "」", "『": "』", "（": "）", "(": ")", "【": "】", "〈": "〉", "《": "》", "“": "”"}
LONGEST_QUOTE = 300  # characters: beyond that a bracket was forgotten rather than left open
ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "vs", "e.g", "i.e", "cf", "approx", "dept")
)
BEFORE_NUMBERS = frozenset(("no", "nos", "vol", "fig", "figs", "eq", "sec", "ch", "p", "pp", "ext", "tel")) | frozenset(
    ("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec")
)
_MARK = re.compile(r"[。｡！？!?．.…]+")
# What closes belongs to what it closes; after a space a quotation mark opens, and only the others close.
_CLOSED = re.compile(r"(?:[」』）)】］\]〉》”’\"']|[ \t\u3000]+[。」』）)】］〉》])*")
_BRACKET = re.compile(r"[「」『』（）()【】〈〉《》“”]")
_AFTER_QUOTE = re.compile(r"[\u3041-\u309f、，]")  # 「…。」と, 「…？」は: the sentence goes on
_ASKS_ON = re.compile(r"(?:と|って|など|や|、|，)")
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*$")
LONGEST_WORD = 30  # characters of it that are looked at: more than any abbreviation has
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z])*$")
_LIST_NUMBER = re.compile(r"\d{1,3}|[A-Za-z]|[ivx]{1,5}")  # before the first mark of a line
INDENT = " \t\u3000"
_LETTER = re.compile(r"\S")
_JA = re.compile(f"[{JAPANESE}]")


def split_sentences(text: str, lang: str | None = None) -> list[str]:
    """The sentences of a text, trimmed, in order; a line break ends one too.

    Japanese and English are told apart mark by mark, since customers mix them. Only in a text known to be Japanese
    does the full stop of Latin script end nothing: there it stands in product names and version numbers.
    """
    sentences = (text[start:end].strip() for start, end in sentence_spans(text, lang))
    return [sentence for sentence in sentences if sentence]


def sentence_spans(text: str, lang: str | None = None) -> list[tuple[int, int]]:
    """The stretches of the sentences; together they are the whole text."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _ends(text, lang):
        if end > start:
            spans.append((start, end))
            start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def first_sentence_end(text: str) -> int:
    """Where the first of the sentences ends, without looking for the others."""
    return next((end for end in _ends(text, None) if end), len(text))


def _ends(text: str, lang: str | None) -> Iterator[int]:
    """Where sentences end. Nothing is cut out of a line on the way: a text may be one line of a million letters."""
    offset = 0
    for line in text.splitlines(keepends=True):
        quoted: list[tuple[int, int]] | None = None
        begin = 0
        for mark in _MARK.finditer(line):
            if quoted is None:
                quoted, begin = list(_quoted(line)), len(line) - len(line.lstrip(INDENT))
            closed = _CLOSED.match(line, mark.end())
            end = closed.end() if closed else mark.end()
            if _is_within(quoted, mark.start(), end):
                continue
            if _is_end(line, begin, mark, end, lang):
                yield offset + end
        offset += len(line)
        yield offset


def _quoted(line: str) -> Iterator[tuple[int, int]]:
    """The bracketed stretches of a line, in the order in which they end."""
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(line):
        char = match.group()
        if char in PAIRS:
            opened.append((PAIRS[char], match.start()))
        elif opened and opened[-1][0] == char:
            start = opened.pop()[1]
            if match.end() - start <= LONGEST_QUOTE:
                yield start, match.end()


def _is_within(quoted: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a mark is inside a quotation that goes on after it, or that is part of a larger sentence."""
    for place in range(bisect_right(quoted, end, key=itemgetter(1)), len(quoted)):
        left, right = quoted[place]
        if left < start:
            return True
        if right >= start + LONGEST_QUOTE:  # no later one begins before the mark
            return False
    return False


def _is_end(line: str, begin: int, mark: re.Match[str], end: int, lang: str | None) -> bool:
    signs = set(mark.group())
    ahead = _LETTER.search(line, end)
    if ahead is None:
        return True
    if end > mark.end() and _AFTER_QUOTE.match(line, end):
        return False
    if "。" in signs or "｡" in signs:
        return True
    if signs & set("！？!?"):
        if _ASKS_ON.match(line, end):
            return False
        return bool(signs & set("！？")) or _starts_anew(line[end], ahead[0])
    if signs <= {"…"}:
        return False
    if mark.start() and _JA.match(line, mark.start() - 1):
        return bool(_JA.match(ahead[0]))
    if "．" in signs or lang == "ja":
        return False
    return _starts_anew(line[end], ahead[0]) and not (
        mark.group() == "." and _is_abbreviation(line, begin, mark.start(), ahead[0])
    )


def _starts_anew(following: str, letter: str) -> bool:
    """Whether a sentence begins with what follows a mark at once, or with the first letter after white space."""
    if _JA.match(following):
        return True
    return following.isspace() and not letter.islower()


def _is_abbreviation(line: str, begin: int, dot: int, letter: str) -> bool:
    if _LIST_NUMBER.fullmatch(line, begin, dot):
        return True
    word = _LAST_WORD.search(line[max(0, dot - LONGEST_WORD) : dot])
    if word is None:
        return False
    name = word.group()
    if name.lower() in BEFORE_NUMBERS:
        return letter.isdigit()
    # "J. Smith" and "the U.S. Army"; "I." alone ends a sentence far more often than it begins a name.
    return name.lower() in ABBREVIATIONS or (name != "I" and _INITIALS.match(name) is not None)
