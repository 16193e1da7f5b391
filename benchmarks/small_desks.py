"""Fits how sure a search is in a small knowledge base, and prints it with what it achieves.

    python -m benchmarks.small_desks [fitted] [held_out]

benchmarks/companies has invented companies, each with a FAQ, a guide and 60 or 70 questions, written by people who had
not seen the program: as the documents ask (plain), about a detail, as customers type (reworded), and, without an
answer, for a property that the documents do not tell (attribute), for another thing of the trade (neighbour), and for
what may be done (action). The weights are fitted on those in fitted/; those in held_out/ had no part in it. Foreign
questions are other companies'. No model.

For each kind it prints how often the right passage comes first, the question is answered, and without words of doubt;
and how well the confidence parts questions whose answer comes first from those on the subject without one, and from
foreign ones (AUROC): with the weights for knowledge bases of any size, as shipped, and, of those in fitted/, with
weights that were fitted on the other companies. As shipped, it tells what refusals name, too.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common.bases import generation
from benchmarks.common.places import records
from benchmarks.common.regression import newton
from benchmarks.samples import squeezed
from ingest.settings import IngestSettings
from knowledge.confidence import MOST_TERMS, AmongFew, FewCalibration, few_calibration
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching import retrieval
from knowledge.settings import load
from service.answering.passages.choosing import nearest
from service.answering.quotations.quoting import is_doubtful
from service.settings import ServiceSettings
from tuning import metrics

COMPANIES = Path(__file__).parent / "companies"
ANSWERABLE, RELATED, FOREIGN = ("plain", "detail", "reworded"), ("attribute", "neighbour", "action"), "foreign"
STRANGERS = 25  # questions of other companies that each is asked
RIDGE = 1e-4
LEAST, STEP = -90.0, 0.1  # constants that are tried
FALSE_REFUSALS = 0.1  # of the questions whose answer comes first: where a confidence of 0.5 is put


@dataclass(frozen=True, slots=True)
class Question:
    """What a company is asked."""

    text: str
    kind: str
    gold: str  # what the answer's passage says; nothing where there is no answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was found."""

    company: str
    kind: str
    right: bool  # whether the first passage answers
    confidence: float
    beside: bool  # whether the confidence is low since the first passage is about another thing
    near: tuple[bool, ...]  # whether each passage that is named, should it be refused, is the right one
    seen: AmongFew | None  # None where the first passage is in another language, or the question has no words

    def by(self, weights: FewCalibration | None) -> float:
        """The confidence by some weights, or by those for any size."""
        if self.seen is None:
            return self.confidence
        told = weights.confidence(self.seen) if weights else self.seen.otherwise
        return min(told, retrieval.UNKNOWN) if self.beside else told


def main() -> None:
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    refuse_below = load(ServiceSettings).refuse_below
    parts = [part for part in ("fitted", "held_out") if part in sys.argv[1:] or not sys.argv[1:]]
    for lang in ("ja", "en"):
        for part in parts:
            asked = ask_all(lang, COMPANIES / part, embedder, analyzer)
            told(f"{lang}, {part}, weights for any size", asked, [one.by(None) for one in asked], refuse_below)
            told(f"{lang}, {part}, as shipped", asked, [one.confidence for one in asked], refuse_below)
            told_near([one for one in asked if one.confidence < refuse_below])
            if part == "fitted":
                names = {one.company for one in asked}
                others = {name: fit([one for one in asked if one.company != name]) for name in names}
                apart = [one.by(others[one.company]) for one in asked]
                told(f"{lang}, {part}, weights of the other companies", asked, apart, refuse_below)
                print(f"fitted: {fit(asked)}\nshipped: {few_calibration(embedder.fingerprint, lang)}")


def ask_all(lang: str, folder: Path, embedder: Embedder, analyzer: Analyzer) -> list[Asked]:
    """Ask each company of a language its own questions, and some of the others'."""
    companies = {
        place.name: [Question(one["question"], one["kind"], one["gold"]) for one in records(place / "questions.jsonl")]
        for place in sorted(folder.iterdir())
        if place.name.startswith(lang)
    }
    chance, found = random.Random(1), []
    for name, questions in companies.items():
        strange = [one for other, theirs in companies.items() if other != name for one in theirs]
        strange = chance.sample([one for one in strange if one.kind in ANSWERABLE[1:]], STRANGERS)
        questions = [*questions, *(Question(one.text, FOREIGN, "") for one in strange)]
        with generation(sorted((folder / name).glob("*.md")), embedder, analyzer) as held:
            found += [ask(name, question, held, embedder) for question in questions]
    return found


def ask(company: str, question: Question, held: Generation, embedder: Embedder) -> Asked:
    """Ask a question through the real search."""
    found = retrieval.search(held, embedder, question.text)
    assert found.seen is not None
    passages = [hit.passage for hit in found.hits]
    right = [bool(question.gold) and squeezed(question.gold) in squeezed(f"{p.question}{p.text}") for p in passages]
    near = tuple(right[number - 1] for number in nearest(found, found.lang))
    sure, seen = found.confidence, found.seen
    return Asked(company, question.kind, right[0], sure, seen.beside, near, seen.among_few)


def fit(asked: Sequence[Asked]) -> FewCalibration:
    """Logistic regression: questions whose answer comes first against those without an answer.

    The first weigh as much as the second, and of these foreign ones as much as those on the subject.
    """
    kinds = [[one.seen for one in these if one.seen and not one.beside] for these in parted(asked)]
    x = np.array([(one.line, one.held, min(one.terms, MOST_TERMS)) for kind in kinds for one in kind])
    y = np.repeat([1.0, 0.0, 0.0], [*map(len, kinds)])
    w = np.repeat([0.5 / len(kinds[0]), 0.25 / len(kinds[1]), 0.25 / len(kinds[2])], [*map(len, kinds)])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    z = np.c_[(x - mean) / spread, np.ones(len(x))]
    beta = newton(z, y, w, np.diag([RIDGE, RIDGE, RIDGE, 0.0]))
    line, held, term = (beta[:3] / spread).tolist()
    weights = FewCalibration(round(line, 1), round(held, 2), round(term, 2), LEAST)
    right = parted(asked)[0]
    while sum(one.by(weights) < 0.5 for one in right) > FALSE_REFUSALS * len(right):
        weights = replace(weights, constant=round(weights.constant + STEP, 1))
    return weights


def parted(asked: Sequence[Asked]) -> list[list[Asked]]:
    """The questions whose answer comes first, those on the subject without one, and the foreign ones."""
    return [
        [one for one in asked if one.right],
        [one for one in asked if one.kind in RELATED],
        [one for one in asked if one.kind == FOREIGN],
    ]


def told(name: str, asked: Sequence[Asked], confidences: Sequence[float], refuse_below: float) -> None:
    """Print what some confidences achieve."""
    print(f"\n{name:<44}{'questions':>10}{'first':>8}{'answered':>10}{'surely':>8}")
    sure = np.array(confidences)
    right, kinds = np.array([one.right for one in asked]), np.array([one.kind for one in asked])
    for kind in (*ANSWERABLE, *RELATED, FOREIGN):
        these = sure[kinds == kind]
        first = f"{right[kinds == kind].mean():.3f}" if kind in ANSWERABLE else ""
        surely = np.mean([one >= refuse_below and not is_doubtful(one, refuse_below) for one in these])
        print(f"  {kind:<42}{len(these):>10}{first:>8}{np.mean(these >= refuse_below):>10.3f}{surely:>8.3f}")
    related, foreign = np.isin(kinds, RELATED), kinds == FOREIGN
    by_subject, by_foreign = (metrics.auroc(sure[right].tolist(), sure[these].tolist()) for these in (related, foreign))
    doubted = sum(is_doubtful(one, refuse_below) for one in sure[related] if one >= refuse_below)
    print(
        f"  first {right.sum()} of {np.isin(kinds, ANSWERABLE).sum()}, refused {(sure[right] < refuse_below).sum()} of "
        f"these; on the subject answered {(sure[related] >= refuse_below).sum()} of {related.sum()}, {doubted} in doubt"
    )
    print(f"  AUROC on the subject {by_subject:.3f}, foreign {by_foreign:.3f}")


def told_near(refused: Sequence[Asked]) -> None:
    """Print how often a refusal names a passage that answers, and how often any."""
    for kinds, of in ((ANSWERABLE, "with an answer"), (RELATED, "on the subject"), ((FOREIGN,), FOREIGN)):
        these = [one for one in refused if one.kind in kinds]
        named, right = sum(bool(one.near) for one in these), sum(any(one.near) for one in these)
        print(f"  refused {of}: {len(these)}, {named} name a passage, {right} the right one")


if __name__ == "__main__":
    main()
