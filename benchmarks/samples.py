"""The sample company's questions, asked through the real path: python -m benchmarks.samples

Prints, for each language and kind of question, how often the right passage comes first, how often it is among five,
how often the question is answered rather than refused, how often the quotation then begins with words of doubt, and how
often the right passage is quoted, or named beside the quotation. No model.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common.bases import ingest
from benchmarks.common.places import SAMPLES, sample_questions
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.passages import Found, Passage
from knowledge.searching.live import LiveKnowledge
from knowledge.settings import load
from service.answering.passages import choosing
from service.answering.quotations import extractive
from service.answering.quotations.quoting import is_doubtful

OFFERED = 5  # passages that an answer may quote or name
KINDS = ("answerable", "in the other language", "unanswerable")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was found."""

    id: str
    lang: str
    kind: str
    rank: int | None  # of the first right passage; None when there is none to find or none was found
    confidence: float
    quoted: bool  # the right passage is among those that an answer without a model quotes
    named: bool  # or is named beside them


def ask_all(data: Path) -> tuple[list[Asked], float]:
    """Ingest the samples into `data`, ask every question; with the confidence below which one is refused."""
    settings = load(IngestSettings, data=data)
    embedder, analyzer = open_embedder(settings), Analyzer()
    report = ingest([SAMPLES / "knowledge"], data, embedder, analyzer)
    assert report.exit_code == 0, report.quarantined
    knowledge = LiveKnowledge(settings.data, embedder, analyzer)
    found = [asked(question, knowledge.search(question["question"], 20)) for question in sample_questions()]
    return found, settings.refuse_below


def asked(question: dict[str, Any], found: Found) -> Asked:
    """What was found for a question, and what of it is told."""
    right = [number for number, hit in enumerate(found.hits, start=1) if is_right(question, hit.passage)]
    kind = KINDS[2] if not question["answerable"] else KINDS[1] if question.get("cross") else KINDS[0]
    if kind == KINDS[2]:
        right = []
    offered = found.hits[:OFFERED]
    used = extractive.quote(question["question"], offered, question["lang"])[1] if offered else []
    others = choosing.beside(offered, used, question["lang"]) if offered else {}
    return Asked(
        question["id"],
        question["lang"],
        kind,
        rank=min(right, default=None),
        confidence=found.confidence,
        quoted=not set(right).isdisjoint(used),
        named=not set(right).isdisjoint([*used, *others]),
    )


def is_right(question: dict[str, Any], passage: Passage) -> bool:
    """Whether a passage comes from a right file and holds what the answer must say."""
    sources = question["source"] if isinstance(question["source"], list) else [question["source"]]
    text = squeezed(f"{passage.question}{passage.text}")
    return passage.source in sources and all(squeezed(part) in text for part in question["must_contain"])


def squeezed(text: str) -> str:
    """Without white space, which PDFs put anywhere."""
    return "".join(text.split())


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        all_asked, threshold = ask_all(Path(scratch))
    groups: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for one in all_asked:
        groups[one.kind, one.lang].append(one)
    heads = f"{'answered':>10}{'in doubt':>10}{'quoted':>8}{'or named':>10}"
    print(f"{'':<26}{'questions':>10}{'first':>8}{'in five':>9}{heads}")
    for (kind, lang), group in sorted(groups.items(), key=lambda item: (KINDS.index(item[0][0]), item[0][1])):
        first = "" if kind == KINDS[2] else sum(one.rank == 1 for one in group)
        five = "" if kind == KINDS[2] else sum(one.rank is not None and one.rank <= 5 for one in group)
        answered = [one for one in group if one.confidence >= threshold]
        doubted = sum(is_doubtful(one.confidence, threshold) for one in answered)
        quoted = "" if kind == KINDS[2] else sum(one.quoted for one in answered)
        named = "" if kind == KINDS[2] else sum(one.named for one in answered)
        shown = f"{len(answered):>10}{doubted:>10}{quoted:>8}{named:>10}"
        print(f"{kind + ', ' + lang:<26}{len(group):>10}{first:>8}{five:>9}{shown}")


if __name__ == "__main__":
    main()
