"""Where sentences end, in Japanese and English, by rules that read the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z])*$")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t\u3000]*(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})$")
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
    offset = 0
    for line in text.splitlines(keepends=True):
        quoted: list[tuple[int, int]] | None = None
        for mark in _MARK.finditer(line):
            if quoted is None:
                quoted = list(_quoted(line))
            closed = _CLOSED.match(line, mark.end())
            end = closed.end() if closed else mark.end()
            # Inside a quotation that goes on after the mark, or that is part of a larger sentence.
            if any(left < mark.start() and end < right for left, right in quoted):
                continue
            if _is_end(line, mark, end, lang):
                yield offset + end
        offset += len(line)
        yield offset


def _quoted(line: str) -> Iterator[tuple[int, int]]:
    """The outermost bracketed stretches of a line."""
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(line):
        char = match.group()
        if char in PAIRS:
            opened.append((PAIRS[char], match.start()))
        elif opened and opened[-1][0] == char:
            start = opened.pop()[1]
            if match.end() - start <= LONGEST_QUOTE:
                yield start, match.end()


def _is_end(line: str, mark: re.Match[str], end: int, lang: str | None) -> bool:
    signs, rest = mark.group(), line[end:]
    if not rest.strip():
        return True
    if end > mark.end() and _AFTER_QUOTE.match(rest):
        return False
    if "。" in signs or "｡" in signs:
        return True
    before = line[: mark.start()]
    if any(sign in signs for sign in "！？!?"):
        if _ASKS_ON.match(rest):
            return False
        return bool(set(signs) & set("！？")) or _starts_anew(rest)
    if set(signs) <= {"…"}:
        return False
    if _JA.match(before[-1:]):
        return bool(_JA.match(rest.lstrip()[:1]))
    if "．" in signs or lang == "ja":
        return False
    return _starts_anew(rest) and not _is_abbreviation(before, signs, rest)


def _starts_anew(rest: str) -> bool:
    if _JA.match(rest[:1]):
        return True
    return rest[:1].isspace() and not rest.lstrip()[:1].islower()


def _is_abbreviation(before: str, signs: str, rest: str) -> bool:
    if signs != ".":
        return False
    if _LIST_NUMBER.search(before):
        return True
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    name = word.group()
    if name.lower() in BEFORE_NUMBERS:
        return rest.lstrip()[:1].isdigit()
    # "J. Smith" and "the U.S. Army"; "I." alone ends a sentence far more often than it begins a name.
    return name.lower() in ABBREVIATIONS or (name != "I" and _INITIALS.match(name) is not None)
