"""Fits the weights of `knowledge/confidence.py` on the public sets, and prints them with what they achieve.

    python -m benchmarks.confidence [others] [FOLDER]

FOLDER holds the sets (../shared/data beside this repository when not given). `others` fits those for encoders that
nobody has measured, whose cosines are gauged (`knowledge/index/gauge.py`): the parts of the built-in one, each alone,
and the multilingual one less the mean of its vectors, which lie as far apart as those of other makers. For each
language the weights are fitted on several sets together: questions that a set's documents answer against questions that
they do not, every set weighing the same. The constant is put so that one in twenty of the questions that can be
answered is refused, on the average of the sets. The sample company's questions are one of them, as they are the ones
that ask as customers do. Questions whose best passage is in the other language have weights of their own:
`benchmarks.across` fits those.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common.bases import generation
from benchmarks.common.places import DATA, SAMPLES, records, sample_questions
from benchmarks.common.regression import newton
from benchmarks.common.unmeasured import Unmeasured
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder, ManyEmbedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.encoder.bilingual import ENGLISH_SHARE
from knowledge.encoder.build import ENGLISH, ensure_model
from knowledge.encoder.onnx_encoder import OnnxEncoder
from knowledge.index.gauge import questions, scale_of
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.language.languages import language
from knowledge.searching import retrieval
from knowledge.settings import load
from tuning import metrics
from tuning.evaluating import evaluation

BUILT_IN, OTHER, GAUGED = ("cosine", "share"), ("deviation", "share"), ("gauged", "share")
FALSE_REFUSALS = 0.05  # of the answerable questions: where a confidence of 0.5 is put
SeenOf = dict[str, dict[str, list[dict[str, float]]]]
EACH_SIXTH = 6  # question of JSQuAD: several questions ask about each of its paragraphs
FOREIGN = 300  # questions drawn from another set
RIDGE = 1e-3
UTTERANCES = 20  # of each intent of CLINC150, stored as questions of a FAQ


@dataclass(frozen=True, slots=True)
class Asked:
    """A set's documents with questions that they answer, that they do not, and, not fitted, that they only touch."""

    name: str
    corpus: list[Path]
    answerable: list[str]
    foreign: list[str]
    related: list[str]


def japanese(data: Path, scratch: Path) -> Iterator[Asked]:
    """The Japanese sets."""
    faq = data / "localgovfaq"
    asked = evaluation.questions(faq)
    direct = [q.text for q in asked if q.meta.get("best_grade", 2) >= 2]
    related = [q.text for q in asked if q.meta.get("best_grade", 2) < 2]
    foreign = [q.text for q in evaluation.questions(faq, "oos_queries.jsonl")]
    yield Asked("localgovfaq", [evaluation.corpus_file(faq)], direct, foreign, related)
    paragraphs = data / "jsquad"
    asked = evaluation.questions(paragraphs)[::EACH_SIXTH]
    corpus = [evaluation.corpus_file(paragraphs)]
    yield Asked("jsquad", corpus, [q.text for q in asked], direct + related, [])
    yield samples("ja")


def english(data: Path, scratch: Path) -> Iterator[Asked]:
    """The English sets."""
    faq, chance = data / "stackfaq", random.Random(1)
    banking = [one["text"] for one in records(data / "banking77" / "train.jsonl")]
    asked = [q.text for q in evaluation.questions(faq)]
    yield Asked("stackfaq", [evaluation.corpus_file(faq)], asked, chance.sample(banking, FOREIGN), [])
    intents = data / "clinc150"
    stored: dict[str, list[str]] = {}
    with gzip.open(intents / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        for said in map(json.loads, file):
            if said["in_scope"] and len(stored.setdefault(said["label"], [])) < UTTERANCES:
                stored[said["label"]].append(said["text"])
    corpus = scratch / "clinc150.jsonl"
    pairs = [{"question": text, "answer": label.replace("_", " ")} for label, texts in stored.items() for text in texts]
    corpus.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), "utf-8")
    said = records(intents / "val.jsonl")
    inside = [one["text"] for one in said if one["in_scope"]]
    outside = [one["text"] for one in said if not one["in_scope"]]
    yield Asked("clinc150", [corpus], chance.sample(inside, 3 * FOREIGN), outside, [])
    yield samples("en")


def samples(lang: str) -> Asked:
    """The sample company."""
    own = [line for line in sample_questions() if line["lang"] == lang and not line.get("cross")]
    direct, other = ([line["question"] for line in own if line["answerable"] is wanted] for wanted in (True, False))
    return Asked("samples", [SAMPLES / "knowledge"], direct, other, [])


SETS = {"ja": japanese, "en": english}


def main() -> None:
    given = [each for each in sys.argv[1:] if each != "others"]
    data = Path(given[0]) if given else DATA
    if not data.is_dir():
        print(f"No sets at {data}: name the folder that holds localgovfaq, jsquad, stackfaq, clinc150 and banking77.")
        return
    analyzer = Analyzer()
    if "others" in sys.argv[1:]:
        for_others(data, analyzer)
        return
    embedder = open_embedder(load(IngestSettings))
    for lang, asked in questions().items():
        scale, apart = scale_of(embedder, asked)
        print(f"gauge, {lang}: middle {scale.middle:.5f}, spread {scale.spread:.6f}, apart by {apart:.2f} spreads")
    seen = {lang: all_seen(lang, data, embedder, analyzer) for lang in SETS}
    for lang, of_sets in seen.items():
        weights = fit(list(of_sets.values()), BUILT_IN)
        told(f"{lang}, built-in encoders", of_sets, BUILT_IN, weights)
        if lang == "ja":  # texts that are not English have the multilingual half alone, which counts for less
            told("multilingual encoder alone", of_sets, BUILT_IN, weights, scale=1 - ENGLISH_SHARE)
    both = {f"{name}, {lang}": kinds for lang, of_sets in seen.items() for name, kinds in of_sets.items()}
    told("any other encoder", both, OTHER, fit(list(both.values()), OTHER))


def for_others(data: Path, analyzer: Analyzer) -> None:
    """The weights for encoders that nobody has measured."""
    models = load(IngestSettings).models
    multilingual = OnnxEncoder.load(ensure_model(models))
    of_both = [Unmeasured("multilingual", multilingual), Unmeasured("centred", multilingual, centred=True)]
    english_alone = Unmeasured("english", OnnxEncoder.load(ensure_model(models, ENGLISH)))
    for lang in SETS:
        sets: SeenOf = {}
        for encoder in (*of_both, *((english_alone,) if lang == "en" else ())):
            of_encoder = all_seen(lang, data, encoder, analyzer)
            sets |= {f"{name}, {encoder.name}": kinds for name, kinds in of_encoder.items()}
        told(f"{lang}, gauged encoders", sets, GAUGED, fit(list(sets.values()), GAUGED))
        told(f"{lang}, the same without a gauge", sets, OTHER, fit(list(sets.values()), OTHER))


def all_seen(lang: str, data: Path, embedder: ManyEmbedder, analyzer: Analyzer) -> SeenOf:
    """What searches see of all questions of a language: by set, kind of question, question."""
    seen: SeenOf = {}
    with tempfile.TemporaryDirectory() as scratch:
        for asked in SETS[lang](data, Path(scratch)):
            with generation(asked.corpus, embedder, analyzer) as found:
                seen[asked.name] = {
                    kind: [told_of for text in texts if not (told_of := evidence(found, embedder, text))["across"]]
                    for kind, texts in asdict(asked).items()
                    if kind in ("answerable", "foreign", "related")
                }
    return seen


def evidence(generation: Generation, embedder: Embedder, question: str) -> dict[str, float]:
    """What a search sees of a question."""
    found = retrieval.search(generation, embedder, question, 1).seen
    assert found is not None
    gauged = generation.gauge.as_built_in(language(question), found.cosine) if generation.gauge else None
    return asdict(found) | ({} if gauged is None else {"gauged": gauged})


def values(rows: list[dict[str, float]], features: tuple[str, ...]) -> NDArray[np.float64]:
    """Questions x features."""
    return np.array([[row[name] for name in features] for row in rows]).reshape(-1, len(features))


def fit(sets: list[dict[str, Any]], features: tuple[str, ...]) -> NDArray[np.float64]:
    """Logistic regression; every set's answerable and foreign questions weigh the same."""
    groups = [(values(one[kind], features), kind == "answerable") for one in sets for kind in ("answerable", "foreign")]
    x = np.concatenate([rows for rows, _ in groups])
    y = np.concatenate([np.full(len(rows), good, float) for rows, good in groups])
    weight = np.concatenate([np.full(len(rows), 1 / len(rows) / len(groups)) for rows, _ in groups])
    mean, spread = x.mean(0), x.std(0)
    z = np.c_[(x - mean) / spread, np.ones(len(x))]
    beta = newton(z, y, weight, np.diag([RIDGE] * len(features) + [1e-9]))
    return np.asarray(beta[:-1] / spread, np.float64)


def constant_of(answerable: list[NDArray[np.float64]]) -> float:
    """The constant with which, on the average of the sets, `FALSE_REFUSALS` of their sums are below zero."""
    cuts = np.sort(np.concatenate(answerable))
    refused = [float(np.mean([(scores < cut).mean() for scores in answerable])) for cut in cuts]
    return -float(cuts[int(np.searchsorted(refused, FALSE_REFUSALS, side="right")) - 1])


def told(
    name: str,
    of_sets: dict[str, dict[str, list[dict[str, float]]]],
    features: tuple[str, ...],
    weights: NDArray[np.float64],
    scale: float = 1.0,
) -> None:
    sums = {
        of: {kind: values(rows, features) @ weights for kind, rows in kinds.items()} for of, kinds in of_sets.items()
    }
    constant = constant_of([kinds["answerable"] for kinds in sums.values()])
    shown = dict(zip(features, weights.tolist(), strict=True))
    if "cosine" in shown:
        shown["cosine"] *= scale
    print(f"\n{name}: {', '.join(f'{key} {value:.2f}' for key, value in shown.items())}, constant {constant:.2f}")
    for of, kinds in sums.items():
        good = kinds["answerable"]
        line = f"  {of:<16} wrongly refused {(good < -constant).mean():.3f}"
        for kind in ("foreign", "related"):
            if len(bad := kinds[kind]):
                at_5 = np.sort(good)[int(FALSE_REFUSALS * len(good))]
                line += (
                    f"; {kind}: AUROC {metrics.auroc(good.tolist(), bad.tolist()):.3f}, refused "
                    f"{(bad < -constant).mean():.3f}, at 5 % of its own {(bad < at_5).mean():.3f}"
                )
        print(line, flush=True)


if __name__ == "__main__":
    main()
