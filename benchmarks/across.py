"""How well a question in one language finds a page in the other, told from manuals that exist in both.

    python -m benchmarks.across --manual NAME ENGLISH JAPANESE [--manual ...] [--only WORD ...] [--sets FOLDER]

ENGLISH and JAPANESE are folders with the same HTML pages under the same names, such as those of Debian's packages
libreoffice-help-en-us and libreoffice-help-ja, or gimp-help-en and gimp-help-ja; --only takes the pages whose path
holds a WORD. The title of a page in one language is the question, alone and in a sentence, and the page of that name
the only right one: in an index of the other language alone, in one that holds each page in one language only, and in
one of the question's own language. A page of another name counts as wrong even where it helps. One page in ten is in
no index.

Behind that the weights of `knowledge/confidence.py` for passages in another language than the question's, fitted and
printed as `benchmarks.confidence` does it: titles whose page came first against questions of the sets in FOLDER
(../shared/data beside this repository when not given). Related, and not fitted, are titles of pages in no index.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
import zlib
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from benchmarks import confidence
from benchmarks.common.bases import generation
from benchmarks.common.places import DATA, records
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.encoder.bilingual import ENGLISH_SHARE
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching import retrieval
from knowledge.settings import load
from tuning.evaluating import evaluation

LANGUAGES = ("en", "ja")
OTHER_OF = {"en": "ja", "ja": "en"}
BOTH = "both"  # an index that holds each page in one language only
LEFT_OUT = 10  # one page in so many
FOREIGN = 100  # questions of each other set
LOOKED_AT = 50  # hits, several of which may be of one page
BUILT_IN, OTHER = ("cosine", "deviation", "share"), ("deviation", "share")
FORMS = {"en": ("{}", "I need help with this: {}"), "ja": ("{}", "{}について教えてください")}
_NUMBER = re.compile(r"^[\d.]+\s*|\s*(?:\.\.\.|…)$")  # of a chapter; and what a menu's entry ends with
_JAPANESE, _LATIN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]"), re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Page:
    """A page in both languages."""

    name: str
    files: dict[str, Path]
    titles: dict[str, str]

    @property
    def left_out(self) -> bool:
        """Whether it is in no index."""
        return zlib.crc32(self.name.encode()) % LEFT_OUT == 0

    @property
    def only(self) -> str:
        """Its language where each page is in one only."""
        return LANGUAGES[zlib.crc32(self.name.encode()) // LEFT_OUT % 2]


def pages(english: Path, japanese: Path, words: list[str]) -> list[Page]:
    """The pages that are translated and whose titles no other page has; of the paths that hold a word, if any."""
    found = []
    for path in sorted(english.rglob("*.html")):
        name = str(path.relative_to(english))
        if (japanese / name).exists() and (not words or any(word in name for word in words)):
            files = {"en": path, "ja": japanese / name}
            (title_en, _), (title_ja, text) = (_read(files[lang]) for lang in LANGUAGES)
            if _JAPANESE.search(title_ja) and len(_JAPANESE.findall(text)) >= len(_LATIN.findall(text)):
                found.append(Page(name.replace("/", "-"), files, {"en": title_en, "ja": title_ja}))
    times = Counter(page.titles[lang] for page in found for lang in LANGUAGES)
    return [page for page in found if all(times[page.titles[lang]] == 1 for lang in LANGUAGES)]


def _read(path: Path) -> tuple[str, str]:
    """The title and the text of a page."""
    tree = LexborHTMLParser(path.read_text("utf-8", "replace"))
    for node in tree.css("script, style, header, aside, .navheader, .navfooter"):
        node.decompose()
    heading, body = tree.css_first("h1, h2, h3, h4"), tree.body
    title = " ".join(heading.text().split()) if heading else ""
    return _NUMBER.sub("", title), body.text() if body else ""


def folder(parent: Path, chosen: list[Page], lang: str) -> Path:
    """A folder with the pages in a language, or each in one only, without those that are left out."""
    made = parent / lang
    made.mkdir()
    for page in chosen:
        if not page.left_out:
            shutil.copy(page.files[page.only if lang == BOTH else lang], made / page.name)
    return made


def foreign(data: Path) -> dict[str, list[str]]:
    """Questions that no manual of a program answers, by language."""
    chance = random.Random(1)
    banking, clinc = records(data / "banking77" / "train.jsonl"), records(data / "clinc150" / "val.jsonl")
    asked = {
        "en": [[one["text"] for one in said] for said in (banking, clinc)],
        "ja": [[q.text for q in evaluation.questions(data / "localgovfaq", "oos_queries.jsonl")]],
    }
    for lang, name in (("en", "stackfaq"), ("ja", "localgovfaq"), ("ja", "jsquad")):
        asked[lang].append([q.text for q in evaluation.questions(data / name)])
    return {lang: [text for texts in sets for text in chance.sample(texts, FOREIGN)] for lang, sets in asked.items()}


def ask(held: Generation, embedder: Embedder, question: str, right: str) -> tuple[int | None, float, dict[str, float]]:
    """The rank of the right page, the confidence, and what was seen."""
    found = retrieval.search(held, embedder, question, LOOKED_AT)
    names = list(dict.fromkeys(hit.passage.source for hit in found.hits))
    assert found.seen is not None
    return names.index(right) + 1 if right in names else None, found.confidence, asdict(found.seen)


def told(name: str, asked: list[tuple[int | None, float]]) -> None:
    """One line of the table."""
    first = np.array([rank == 1 for rank, _ in asked])
    sure = np.array([confidence >= 0.5 for _, confidence in asked])
    cells = (
        first.mean(),
        np.mean([rank is not None and rank <= 5 for rank, _ in asked]),
        np.mean([1 / np.log2(1 + rank) if rank and rank <= 10 else 0.0 for rank, _ in asked]),
        sure.mean(),
        (sure & ~first).mean(),
    )
    print(f"{name:<46}{len(asked):>9}" + "".join(f"{cell:>10.3f}" for cell in cells), flush=True)


def measured(
    name: str, chosen: list[Page], embedder: Embedder, analyzer: Analyzer, others: dict[str, list[str]]
) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Ask all of a manual's indexes and print what came of it; what was seen across languages, by the question's."""
    seen: dict[str, dict[str, list[dict[str, float]]]] = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        held = {
            lang: stack.enter_context(generation([folder(scratch, chosen, lang)], embedder, analyzer))
            for lang in (*LANGUAGES, BOTH)
        }
        for lang in LANGUAGES:
            other = OTHER_OF[lang]
            across = seen[lang] = {"answerable": [], "foreign": [], "related": []}
            for index in (other, BOTH, lang):
                groups: dict[str, list[tuple[int | None, float]]] = defaultdict(list)
                for page, form in product(chosen, FORMS[lang]):
                    rank, sure, evidence = ask(held[index], embedder, form.format(page.titles[lang]), page.name)
                    kind = "in none" if page.left_out else f"in {page.only if index == BOTH else index}"
                    groups[kind].append((rank, sure))
                    if index == other and evidence["across"] and (rank == 1 or page.left_out):
                        across["related" if page.left_out else "answerable"].append(evidence)
                for kind, asked in sorted(groups.items()):
                    told(f"{name}: {lang}, index {index}, page {kind}", asked)
            if lang in others:
                found = [ask(held[other], embedder, question, "") for question in others[lang]]
                across["foreign"] = [evidence for _, _, evidence in found if evidence["across"]]
                told(f"{name}: {lang}, index {other}, foreign", [(rank, sure) for rank, sure, _ in found])
    return seen


def main() -> None:
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--sets", type=Path, default=DATA)
    wanted.add_argument("--manual", nargs=3, action="append", required=True, metavar=("NAME", "ENGLISH", "JAPANESE"))
    wanted.add_argument("--only", nargs="*", default=[])
    given = wanted.parse_args()
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    others = foreign(given.sets) if given.sets.is_dir() else {}
    columns = ("P@1", "R@5", "nDCG@10", "answered", "wrongly")
    print(f"{'':<46}{'questions':>9}" + "".join(f"{column:>10}" for column in columns))
    seen = {
        name: measured(name, pages(Path(english), Path(japanese), given.only), embedder, analyzer, others)
        for name, english, japanese in given.manual
    }
    if not others:
        print(f"No sets at {given.sets}: no weights without questions that the manuals do not answer.")
        return
    for lang in LANGUAGES:
        of_sets = {name: kinds[lang] for name, kinds in seen.items()}
        weights = confidence.fit(list(of_sets.values()), BUILT_IN)
        confidence.told(f"{lang} to {OTHER_OF[lang]}, built-in encoders", of_sets, BUILT_IN, weights)
        alone = 1 - ENGLISH_SHARE  # what the multilingual encoder counts for in the cosine of both
        confidence.told(
            f"{lang} to {OTHER_OF[lang]}, multilingual encoder alone", of_sets, BUILT_IN, weights, scale=alone
        )
    both = {f"{name}, {lang}": kinds[lang] for name, kinds in seen.items() for lang in LANGUAGES}
    confidence.told("any other encoder", both, OTHER, confidence.fit(list(both.values()), OTHER))


if __name__ == "__main__":
    main()
