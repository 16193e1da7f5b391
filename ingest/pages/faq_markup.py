"""Reads the questions and answers that a page states for search engines: FAQPage of schema.org, as JSON-LD."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ingest.texts.extracts import Extract, Section, kind_of
from ingest.texts.questions import bare_answer, bare_question

Pair = tuple[str, str]  # a question and its answer

SURE = 8  # letters: a shorter line may stand in an answer by chance
_SIGNS = re.compile(r"[\W_]+")


def pairs(stated: Iterable[Any]) -> list[Pair]:
    """The pairs among what JSON-LD states; what they say may be HTML."""
    found: dict[str, Pair] = {}
    waiting = list(stated)[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item[::-1]
        elif isinstance(item, dict):
            if "FAQPage" in _all(item.get("@type")):
                for question, answer in _stated(item):
                    found.setdefault(_bare(question), (question, answer))
            else:
                waiting += [*item.values()][::-1]
    return list(found.values())


def merged(page: Extract, stated: Sequence[Pair]) -> Extract:
    """The page with the pairs that it states; what it shows of them is not said twice.

    A pair that is shown keeps its place, and its shown answer where that says as much; what is hidden or was not
    recognised comes after it.
    """
    waiting = {_bare(question): (question, answer) for question, answer in stated}
    answers = {_bare(answer) for _, answer in stated}
    shown = waiting.keys() | answers
    all_answers = "\n".join(answers)
    sections: list[Section] = []
    for section in page.sections:
        asked = section.question or (section.headings[-1] if section.headings else "")
        pair = waiting.pop(_bare(asked), None)
        if pair is not None:
            above = section.headings if section.question else section.headings[:-1]
            text = section.text if _bare(pair[1]) in _bare(section.text) else pair[1]
            sections.append(replace(section, question=pair[0], text=text, headings=above))
        elif section.question:
            sections.append(section)
        elif text := _without(section.text, shown, all_answers):
            sections.append(replace(section, text=text))
    sections += [Section(answer, question=question) for question, answer in waiting.values()]
    return replace(page, sections=sections, kind=kind_of(sections, page.kind))


def _stated(page: dict[str, Any]) -> Iterator[Pair]:
    for item in _all(page.get("mainEntity")):
        if not isinstance(item, dict):
            continue
        answers = [*_all(item.get("acceptedAnswer")), *_all(item.get("suggestedAnswer"))]
        texts = [str(each.get("text") or "").strip() for each in answers if isinstance(each, dict)]
        question = str(item.get("name") or item.get("text") or "").strip()
        if question and (text := next(filter(None, texts), "")):
            yield question, text


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _without(text: str, shown: Iterable[str], all_answers: str) -> str:
    """The text without lines that a pair says."""

    def is_said(line: str) -> bool:
        bare = _bare(line)
        return bare in shown or (len(bare) >= SURE and bare in all_answers)

    paragraphs = (
        "\n".join(line for line in paragraph.split("\n") if not is_said(line)) for paragraph in text.split("\n\n")
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip())


def _bare(text: str) -> str:
    """Letters and digits alone, so that marks, white space and a "Q." more or less do not matter."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", bare_answer(bare_question(text.strip()))).lower())
