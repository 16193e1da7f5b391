"""How often an older answer would yield to a newer one, and how often wrongly.

    python -m benchmarks.outdated [FOLDER|CORPUS.jsonl ...]

The first line is of labelled pairs (tests/knowledge/contradictions.jsonl): two answers to one question that contradict
each other, as two versions of a FAQ; all of them should yield. Then, for each folder of pages or corpus that is named,
what would yield if each document (of a corpus: each record) had another day: none of these is a version of another, so
that all of it would be wrong. A corpus is given no titles and no files to tell two things by, which is worse than any
desk; sections would have to be alike by their vectors too.
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.common.places import ROOT, records
from ingest.files.sources import SourceFile
from ingest.passages.drafting import Draft, Drafter, Task
from ingest.readers.reading import SUFFIXES, read, suffix
from knowledge.embedding.embeddings import open_embedder
from knowledge.errors import UnreadableFile
from knowledge.index import outdated
from knowledge.index.contradictions import contradicts
from knowledge.passages import Document, Passage, document_id
from knowledge.settings import KnowledgeSettings, load

LABELLED = ROOT / "tests" / "knowledge" / "contradictions.jsonl"
OLD, NEW = "2022-04-01", "2024-04-01"
Held = tuple[Passage, Document]


def faq(number: int, source: str, lang: str, question: str, answer: str, day: str = OLD) -> Held:
    """A question and its answer as a document of its own."""
    name = f"{number}"
    document = Document(name, source, source, "faq", "default", "FAQ", lang, "", 1, "")
    passage = Passage(f"{name}-1", name, "faq", "default", lang, source, question, answer, question, updated=day)
    return passage, document


def labelled() -> list[str]:
    """How many of the answers that contradict each other would yield, as two versions of a FAQ."""
    pairs = [pair for pair in records(LABELLED) if pair["contradicts"]]
    count = 0
    for number, pair in enumerate(pairs):
        question = pair["faq"]["question"]
        lang = "en" if question.isascii() else "ja"
        older = faq(2 * number, "faq_2022.csv", lang, question, pair["log"]["text"])
        newer = faq(2 * number + 1, "faq_2024.csv", lang, question, pair["faq"]["text"], NEW)
        count += outdated.overruled(older[0], newer[0], older[1], newer[1]) is not None
    return ["versions, labelled", f"{2 * len(pairs)}", f"{len(pairs)}", f"{len(pairs)}", f"{count}"]


def pages(folder: Path) -> Iterable[Held]:
    """The passages of a folder's files."""
    drafter = Drafter("default", 256, open_embedder(load(KnowledgeSettings)).count_tokens)
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and suffix(each.name) in SUFFIXES):
        name = str(path.relative_to(folder))
        try:
            result = read(path.read_bytes(), path.name)
        except UnreadableFile:
            continue
        draft = drafter.outcome(Task(SourceFile(name, path), document_id(name), "", 0), result)
        if isinstance(draft, Draft):
            yield from ((passage, draft.document) for passage in draft.passages)


def corpus(path: Path) -> Iterable[Held]:
    """The questions and answers of an evaluation set, each a document of its own."""
    for number, record in enumerate(records(path)):
        meta = record.get("meta") or {}
        if meta.get("question") and meta.get("answer"):
            yield faq(number, "faq.csv", str(record.get("lang") or "en"), meta["question"], meta["answer"])


def alarms(name: str, held: Iterable[Held]) -> list[str]:
    """What would yield in a set in which nothing should, whichever of two were the newer."""
    asking: dict[outdated.Key, list[Held]] = defaultdict(list)
    count = 0
    for passage, document in held:
        count += 1
        asking[outdated.question_of(passage)].append((passage, document))
    asked = [0, 0, 0]
    for answers in asking.values():
        many = len({document.id for _, document in answers}) > outdated.MOST
        for (one, of_one), (other, of_other) in itertools.combinations(answers, 2):
            if of_one.id == of_other.id:
                continue
            asked[0] += 1
            question = outdated.asked(one)
            asked[1] += bool(contradicts(question, one.text, other.text) or contradicts(question, other.text, one.text))
            asked[2] += not many and bool(
                outdated.overruled(one, other, of_one, of_other) or outdated.overruled(other, one, of_other, of_one)
            )
    return [name, f"{count:,}", f"{asked[0]:,}", f"{asked[1]:,}", f"{asked[2]:,}"]


def main(paths: Iterable[str]) -> int:
    """Print the table."""
    table = Table("", "passages", "pairs of one question", "contradict", "would yield")
    table.add_row(*labelled())
    for path in map(Path, paths):
        table.add_row(
            *alarms(path.stem if path.is_dir() else path.parent.name, pages(path) if path.is_dir() else corpus(path))
        )
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
