"""What the check lets through of what models write: python -m benchmarks.checking

    python -m benchmarks.checking [fitted] [held_out] [-v]

Answers with citations as language models write them (`benchmarks/written`), each sentence labelled by people who saw no
code: supported by the passage that it cites, unsupported, or neutral, which claims nothing. All of an answer goes the
way that a model's goes, in pieces of a few letters. Printed for each language and kind is how many of the sentences a
customer sees. A sentence that is shown with another citation than the false one that it had is mended. Then each number
of the supported sentences that are shown is changed, alone, in seven ways (one more, twice as much), and it is printed
how many of these are shown; some are true of something else that the passage tells. `-v` prints the sentences that went
wrong. Rules were made by the fitted ones alone.
"""

from __future__ import annotations

import asyncio
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.common.places import records
from knowledge.language.languages import language
from knowledge.passages import Hit, Passage
from service.answering.answerer import done
from service.answering.checking.grounding import Grounding
from service.answering.citations import citations_of
from service.answering.prompting import prompts
from service.answering.telling import Clock
from service.answering.writing import Task, written
from service.answers import Answer, Usage
from service.models.base import Message
from service.models.registry import Served
from service.models.specs import Spec
from service.profile import Profile, load_profile

WRITTEN = Path(__file__).parent / "written"
SETS = ("fitted", "held_out")
BEGUN = 0.6  # of a sentence
_NUMBER = re.compile(r"(?<![\[\d.,A-Za-z-])\d[\d,]*(?:\.\d+)?(?![\d\]A-Za-z]|[.)]\s)")  # that no list counts by
PIECE = 7  # letters that come at once
_CITED = re.compile(r"\[\d+\]")
_NOISE = re.compile(r"[\s*_`#>|-]+|(?<!\d)\d+[.)](?!\d)")  # blanks, Markdown, numbers of a list's points


@dataclass(frozen=True, slots=True)
class FakeWriter:
    """A model that writes one answer."""

    text: str
    name: str = "fake"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        for at in range(0, len(self.text), PIECE):
            yield self.text[at : at + PIECE]

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        """There is nothing to close."""


def squeezed(text: str) -> str:
    """A text without what the check may change and readers do not miss; its citations stay."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).rstrip("。.!?:、,")


def hits_of(case: dict[str, Any]) -> list[Hit]:
    """A case's passages as they were found."""
    return [
        Hit(
            Passage(str(n), "d", "document", "default", language(each["text"]), "d.md", each["title"], each["text"]),
            score=5.0, dense=0.9, lexical=0.5,
        )
        for n, each in enumerate(case["passages"], 1)
    ]  # fmt: skip


async def shown(case: dict[str, Any], profile: Profile) -> str:
    """What a customer sees of a case's answer."""
    hits = hits_of(case)
    lang, question = case["lang"], case["question"]
    served = Served("fake", FakeWriter("".join(each["text"] for each in case["sentences"])), Spec(name="fake"))
    messages = prompts.build(question, (), hits, lang, profile)
    blank = Answer("", "answered", (), 0.9, "fake", lang, "")
    task = Task(question, served, messages, blank, citations_of(hits, lang), hits, "", lambda *_: None)
    return (await done(written(task, profile, Clock()))).answer.text


def judged(sentence: str, text: str, *, begun: bool) -> str:
    """What became of a sentence: dropped, shown, or mended, which is shown with another citation.

    `begun` counts one as shown that broke off after more than half.
    """
    whole, bare = squeezed(sentence), squeezed(_CITED.sub("", sentence))
    if bare[: round(BEGUN * len(bare)) if begun else None] not in squeezed(_CITED.sub("", text)):
        return "dropped"
    cited = _CITED.findall(sentence)
    return "shown" if not cited or whole in squeezed(text) else "mended"


def changed(sentence: str) -> Iterator[str]:
    """A sentence with one of its numbers changed, in all ways."""
    for number in _NUMBER.finditer(sentence):
        value, form = float(number[0].replace(",", "")), "," if "," in number[0] else ""
        form += ".2f" if "." in number[0] else ".0f"
        ways = (value + 1, max(1, value - 1), value * 2, value * 10, value * 1.5, value * 1.1, value * 0.8)
        for other in sorted({format(way, form) for way in ways} - {number[0]}):
            yield sentence[: number.start()] + other + sentence[number.end() :]


def changed_shown(case: dict[str, Any], hits: Sequence[Hit]) -> tuple[int, int]:
    """Of the case's supported sentences that are shown, with a number changed: how many still are, and of how many."""

    def is_shown(sentence: str) -> bool:
        ground = Grounding(case["question"], hits, case["lang"], cite_everything=True)
        ground.feed(sentence)
        ground.end()
        return ground.kept > 0

    sentences = [each["text"].strip() for each in case["sentences"] if each["label"] == "supported"]
    others = [other for each in sentences if is_shown(each) for other in changed(each)]
    return sum(map(is_shown, others)), len(others)


def main() -> None:
    chosen = [each for each in SETS if each in sys.argv[1:]] or SETS
    profile = load_profile("retail")
    for name in chosen:
        counts: dict[tuple[str, str, str], Counter[str]] = {}
        whole = Counter[tuple[str, bool]]()
        for case in records(WRITTEN / f"{name}.jsonl"):
            text = asyncio.run(shown(case, profile))
            complete = True
            for sentence in case["sentences"]:
                label = sentence["label"]
                became = judged(sentence["text"], text, begun=label == "unsupported")
                counts.setdefault((case["lang"], label, sentence["kind"]), Counter())[became] += 1
                complete = complete and (became == "dropped") == (label == "unsupported")
                wrong = became == "dropped" if label != "unsupported" else became == "shown"
                if wrong and "-v" in sys.argv:
                    print(f"{case['id']} {label}, {sentence['kind']}, {became}: {sentence['text'].strip()}")
            whole[case["lang"], complete] += 1
        table = Table("", "kind", "sentences", "shown", "mended", "dropped", title=name)
        for lang in ("en", "ja"):
            for label in ("supported", "neutral", "unsupported"):
                kinds = {kind: each for (of, is_, kind), each in counts.items() if (of, is_) == (lang, label)}
                total = sum(kinds.values(), Counter[str]())
                rows = [("", total), *sorted(kinds.items())] if label != "neutral" else [("", total)]
                for kind, each in rows:
                    first = f"{lang}, {label}" if not kind else ""
                    figures = each["shown"], each["mended"], each["dropped"]
                    table.add_row(first, kind or "all", str(each.total()), *map(str, figures))
        Console(width=110).print(table)
        counted = [changed_shown(case, hits_of(case)) for case in records(WRITTEN / f"{name}.jsonl")]
        print(f"with a number changed {sum(let for let, _ in counted):,} of {sum(of for _, of in counted):,} are shown")
        for lang in ("en", "ja"):
            print(f"{lang}: {whole[lang, True]} of {whole[lang, True] + whole[lang, False]} answers as they should be")


if __name__ == "__main__":
    main()
