"""Fits what the lines of a passage add to the confidence, and prints it with what it achieves.

    python -m benchmarks.lines [FOLDER]

FOLDER holds the public sets (../shared/data beside this repository when not given; without it the desks alone are
asked). The desks of benchmarks/desks are tables and short rules as companies write them, with questions about single
rows, and with others on the subject that nothing answers. Beside them are JSQuAD's paragraphs and pieces of MTRAG's
manuals of a cloud; foreign are questions of other sets. For each language a logistic regression is fitted over the
questions whose best passage has several lines, every set weighing the same. Its constant is its own, or less where with
it more than four fifths of a set's foreign questions that are answered without a look at the lines still would be. The
weight of the share is not its own, but the one with which most questions are answered, less the foreign ones.

For each set and kind of question it prints the share that is answered without and with the look, as shipped, and, with
weights that were fitted on the other sets of the language, in brackets; and how well the confidence parts the questions
from those that are answered by a line (AUROC), without and with it.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common.bases import generation
from benchmarks.common.places import DATA, records
from benchmarks.common.regression import newton
from benchmarks.confidence import EACH_SIXTH, RIDGE
from ingest.settings import IngestSettings
from knowledge.confidence import DOUBT, LineCalibration, calibration, line_calibration
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching import reading, retrieval
from knowledge.settings import load
from tuning import metrics
from tuning.evaluating import evaluation

DESKS = Path(__file__).parent / "desks"
FOREIGN = 150  # questions of other sets
EACH_FORTIETH = 40  # piece of MTRAG that answers nothing asked: all of them would take an hour to embed
LONGEST_STEP = 2.0  # of the regression
MARGIN = 0.8  # of the foreign questions answered without the lines, as many at most are with them: chance is in both
SHARES = range(11)  # weights of the share that are tried
KINDS = ("answered by a line", "on the subject", "foreign")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a search saw of a question, with and without the lines."""

    before: float  # the confidence without them
    cosine: float | None  # of the nearest line; None where the best passage has one only
    share: float | None
    right: bool | None  # whether the best passage is the one that answers; None where that is not known


Sets = dict[str, dict[str, list[Seen]]]  # by the set's name and the kind of question


def main() -> None:
    data = Path(sys.argv[1]) if sys.argv[1:] else DATA
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    for lang in ("ja", "en"):
        sets: Sets = {}
        with tempfile.TemporaryDirectory() as scratch:
            for name, corpus, kinds in asked(lang, data, Path(scratch)):
                with generation(corpus, embedder, analyzer) as held:
                    sets[name] = {
                        kind: [looked(held, embedder, text, line) for text, line in texts]
                        for kind, texts in zip(KINDS, kinds, strict=True)
                    }
        told(lang, sets, line_calibration(embedder.fingerprint, lang))


Texts = list[tuple[str, str | None]]  # questions, each with what stands in the line that answers it


def asked(lang: str, data: Path, scratch: Path) -> Iterator[tuple[str, list[Path], tuple[Texts, Texts, Texts]]]:
    """The sets of a language: documents with questions that they answer, that they do not, and foreign ones."""
    lines = records(DESKS / "questions.jsonl")
    own: Texts = [(one["question"], one["line"]) for one in lines if one["lang"] == lang and one["line"]]
    other: Texts = [(one["question"], None) for one in lines if one["lang"] == lang and not one["line"]]
    foreign = strangers(lang, data)
    yield "desks", [DESKS / lang], (own, other, foreign)
    if lang == "ja" and (data / "jsquad").is_dir():
        questions = evaluation.questions(data / "jsquad")[::EACH_SIXTH]
        towns: Texts = [(one.text, None) for one in evaluation.questions(data / "localgovfaq")]
        yield "jsquad", [evaluation.corpus_file(data / "jsquad")], ([(q.text, None) for q in questions], [], towns)
    if lang == "en" and (data / "mtrag_cloud").is_dir():
        questions = evaluation.questions(data / "mtrag_cloud")
        corpus = scratch / "corpus.jsonl"
        corpus.write_text("".join(pieces(data / "mtrag_cloud")), "utf-8")
        yield "mtrag_cloud", [corpus], ([(q.text, None) for q in questions], [], foreign)


def strangers(lang: str, data: Path) -> Texts:
    """Questions of other sets."""
    texts: list[str] = []
    if lang == "ja" and (data / "localgovfaq").is_dir():
        texts = [one.text for one in evaluation.questions(data / "localgovfaq", "oos_queries.jsonl")]
        texts += [one.text for one in evaluation.questions(data / "localgovfaq")]
    if lang == "en" and (data / "banking77").is_dir() and (data / "clinc150").is_dir():
        for path in (data / "banking77" / "train.jsonl", data / "clinc150" / "val.jsonl"):
            texts += [one["text"] for one in records(path) if not one.get("in_scope")]
    return [(text, None) for text in random.Random(1).sample(texts, min(FOREIGN, len(texts)))]


def pieces(folder: Path) -> Iterator[str]:
    """MTRAG's pieces that answer a question, and some of the others."""
    wanted = {line.split("\t")[1] for line in (folder / "qrels.tsv").read_text("utf-8").splitlines()[1:]}
    with gzip.open(evaluation.corpus_file(folder), "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % EACH_FORTIETH == 0 or json.loads(line)["id"] in wanted:
                yield line


def looked(held: Generation, embedder: Embedder, question: str, line: str | None) -> Seen:
    """What a search sees of a question, and the lines of the best passage, whether it was in doubt or not."""
    found = retrieval.search(held, embedder, question, 1)
    assert found.seen is not None
    before = calibration(embedder.fingerprint, found.lang, found.seen.across).confidence(found.seen)
    best = found.hits[0]
    assert best.place is not None
    right = line in best.passage.text if line else None
    near = None
    if not found.seen.across and reading.is_short(question, found.lang):
        vector = embedder.embed_query(question)
        near = held.lines.nearest(best.place, embedder, vector, held.lexical.rarities(question))
    return Seen(before, near.cosine, near.share, right) if near else Seen(before, None, None, right)


def fit(sets: Sequence[dict[str, list[Seen]]]) -> LineCalibration:
    """The weights with which most questions are answered, less the foreign ones, on the average of the sets."""
    return max((regression(sets, share) for share in SHARES), key=lambda weights: gain(sets, weights))


def regression(sets: Sequence[dict[str, list[Seen]]], share: float) -> LineCalibration:
    """Logistic regression with a given weight of the share; all sets' kinds weigh the same.

    Its constant is lowered until foreign questions are answered less often than without it in each set.
    """
    rows, good, weight = [], [], []
    for kinds in sets:
        for kind in (KINDS[0], KINDS[2]):
            several = [(one.cosine, one.share) for one in kinds[kind] if one.cosine is not None]
            rows += several
            good += [kind == KINDS[0]] * len(several)
            weight += [1 / len(several)] * len(several)
    x, y = np.array(rows, np.float64), np.array(good, np.float64)
    w = np.array(weight) / sum(weight)
    mean, spread = float(x[:, 0].mean()), float(x[:, 0].std())
    z = np.c_[(x[:, 0] - mean) / spread, np.ones(len(x))]
    beta = newton(z, y, w, np.diag([RIDGE, 1e-9]), share * x[:, 1], LONGEST_STEP)
    cosine = round(float(beta[0]) / spread, 2)
    constant = round(float(beta[1]) - cosine * mean, 2)
    while any(
        answered(kinds[KINDS[2]], LineCalibration(cosine, share, constant)) > MARGIN * answered(kinds[KINDS[2]])
        for kinds in sets
    ):
        constant -= 0.01
    return LineCalibration(cosine, share, constant)


def gain(sets: Sequence[dict[str, list[Seen]]], weights: LineCalibration) -> float:
    return sum(answered(kinds[KINDS[0]], weights) - answered(kinds[KINDS[2]], weights) for kinds in sets)


def answered(seen: Sequence[Seen], weights: LineCalibration | None = None) -> float:
    """The share of questions that is answered, without a look at the lines or with it."""
    return float(np.mean([(after(one, weights) if weights else one.before) >= 0.5 for one in seen]))


def is_doubtful(seen: Seen) -> bool:
    """Whether the lines decide."""
    return seen.cosine is not None and DOUBT[0] < seen.before < DOUBT[1]


def after(seen: Seen, weights: LineCalibration) -> float:
    """The confidence with a look at the lines where there was doubt."""
    if seen.cosine is None or seen.share is None or not is_doubtful(seen):
        return seen.before
    return weights.confidence(seen.cosine, seen.share)


def told(lang: str, sets: Sets, shipped: LineCalibration | None) -> None:
    usable = {name: kinds for name, kinds in sets.items() if kinds[KINDS[2]]}
    if usable:
        weights = fit(list(usable.values()))
        print(f"\n{lang}: cosine {weights.cosine:.2f}, share {weights.share:.2f}, constant {weights.constant:.2f}")
    for name, kinds in sets.items():
        rest = [others for other, others in usable.items() if other != name]
        elsewhere = fit(rest) if rest else None
        for kind, seen in kinds.items():
            if seen:
                parted = "" if kind == KINDS[0] or not shipped else _parted(kinds[KINDS[0]], seen, shipped)
                print(f"  {name:<12} {kind:<18} {len(seen):>4}  {_line(seen, shipped, elsewhere)}{parted}", flush=True)


def _parted(good: Sequence[Seen], bad: Sequence[Seen], weights: LineCalibration) -> str:
    before = metrics.auroc([one.before for one in good], [one.before for one in bad])
    looked = metrics.auroc([after(one, weights) for one in good], [after(one, weights) for one in bad])
    return f"; AUROC {before:.3f} -> {looked:.3f}"


def _line(seen: Sequence[Seen], shipped: LineCalibration | None, elsewhere: LineCalibration | None) -> str:
    doubted = np.mean([is_doubtful(one) for one in seen])
    text = f"looked at {doubted:.2f}; answered {_answered([one.before for one in seen], seen)}"
    for weights, form in ((shipped, " -> {}"), (elsewhere, " [{}]")):
        if weights is not None:
            text += form.format(_answered([after(one, weights) for one in seen], seen))
    return text


def _answered(confidences: Sequence[float], seen: Sequence[Seen]) -> str:
    """The share that is answered, and, where that is known, from the right passage."""
    sure: NDArray[np.bool_] = np.array(confidences) >= 0.5
    right = [one.right for one in seen]
    if None in right:
        return f"{sure.mean():.3f}"
    return f"{sure.mean():.3f} (rightly {np.mean(sure & np.array(right, bool)):.3f})"


if __name__ == "__main__":
    main()
