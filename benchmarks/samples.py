"""The sample company's questions, asked through the real path: python -m benchmarks.samples

Prints, for each language and kind of question, how often the right passage comes first, how often it is among five,
how often the question is answered rather than refused, and how often the quotation then begins with words of doubt.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.analysis import Analyzer
from knowledge.embeddings import open_embedder
from knowledge.live import LiveKnowledge
from knowledge.passages import Found
from knowledge.settings import load
from service.quoting import is_doubtful

SAMPLES = Path(__file__).parent.parent / "samples"
KINDS = ("answerable", "in the other language", "unanswerable")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was found."""

    id: str
    lang: str
    kind: str
    rank: int | None  # of the first right passage; None when there is none to find or none was found
    confidence: float


def ask_all(data: Path) -> tuple[list[Asked], float]:
    """Ingest the samples into `data`, ask every question; with the confidence below which one is refused."""
    settings = load(IngestSettings, data=data)
    embedder, analyzer = open_embedder(settings), Analyzer()
    report = Pipeline(settings, embedder, analyzer).run(Order([SAMPLES / "knowledge"]))
    assert report.exit_code == 0, report.quarantined
    knowledge = LiveKnowledge(settings.data, embedder, analyzer)
    questions = [json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text("utf-8").splitlines()]
    return [
        asked(question, knowledge.search(question["question"], 20)) for question in questions
    ], settings.refuse_below


def asked(question: dict[str, Any], found: Found) -> Asked:
    """A passage is right when it comes from a right file and holds what the answer must say."""
    sources = question["source"] if isinstance(question["source"], list) else [question["source"]]
    rank = None
    for place, hit in enumerate(found.hits, start=1):
        text = squeezed(f"{hit.passage.question}{hit.passage.text}")
        if (
            rank is None
            and hit.passage.source in sources
            and all(squeezed(n) in text for n in question["must_contain"])
        ):
            rank = place
    kind = KINDS[2] if not question["answerable"] else KINDS[1] if question.get("cross") else KINDS[0]
    return Asked(question["id"], question["lang"], kind, rank if question["answerable"] else None, found.confidence)


def squeezed(text: str) -> str:
    """Without white space, which PDFs put anywhere."""
    return "".join(text.split())


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        all_asked, threshold = ask_all(Path(scratch))
    groups: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for one in all_asked:
        groups[one.kind, one.lang].append(one)
    print(f"{'':<26}{'questions':>10}{'first':>8}{'in five':>9}{'answered':>10}{'in doubt':>10}")
    for (kind, lang), group in sorted(groups.items(), key=lambda item: (KINDS.index(item[0][0]), item[0][1])):
        first = "" if kind == KINDS[2] else sum(one.rank == 1 for one in group)
        five = "" if kind == KINDS[2] else sum(one.rank is not None and one.rank <= 5 for one in group)
        answered = [one.confidence for one in group if one.confidence >= threshold]
        doubted = sum(is_doubtful(confidence, threshold) for confidence in answered)
        print(f"{kind + ', ' + lang:<26}{len(group):>10}{first:>8}{five:>9}{len(answered):>10}{doubted:>10}")


if __name__ == "__main__":
    main()
