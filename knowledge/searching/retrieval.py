"""Finds the passages that best answer a question: by meaning and by words, fused. docs/retrieval.md has the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.embedder import Embedder
from knowledge.filters import Filters
from knowledge.index.store import Generation
from knowledge.language.languages import language
from knowledge.passages import Found, Hit
from knowledge.searching import scoring
from knowledge.searching.assurance import assured
from knowledge.searching.candidates import Sought, gathered
from knowledge.searching.ordering import twins_last
from knowledge.searching.reading import is_short, readable

SPELLING = 10  # of the best passages those that tell how words are spelled that a question has in hiragana
# The confidence, at most, where the best passage is about another code, or tells nothing of the kind asked for.
UNKNOWN = 0.2
SURE = 0.5  # the confidence from which a question needs no help from what was asked before


def search(
    generation: Generation,
    embedder: Embedder,
    question: str,
    limit: int = 5,
    filters: Filters | None = None,
    history: Sequence[str] = (),
) -> Found:
    """The `limit` best passages of a generation that pass the filters, with the confidence that they answer.

    A passage's score is its cosine, in standard deviations from what is usual for its language, plus its share of the
    BM25 score that the question itself would get, times `LEXICAL_WEIGHT`. Both keep their meaning as the corpus grows.
    Passages in another language than the question's are spared what they cannot share with it (`levelled`).
    Then the question is moved a little towards the best passages, and all are compared with it once more (pseudo
    relevance feedback; Rocchio, 1971). Of passages that say the same, all but the best come last.

    `history` is what the customer asked before, oldest first. The last of it helps a little with its words. Where the
    question alone finds nothing sure ("And how much is that?"), both are asked as one, and the surer of the two counts.
    Mistyped words are put right, and words in hiragana spelled (typos.py and kana.py in knowledge/language/).
    """
    asked, before = readable(question), readable(history[-1]) if history else ""
    spelled = _spelled(generation, embedder, asked, filters)
    found = _search(generation, embedder, spelled, before, limit, filters)
    if before.strip() and found.confidence < SURE and is_short(spelled, found.lang):
        together = _search(generation, embedder, f"{before}\n{spelled}", "", limit, filters)
        found = max(found, replace(together, lang=found.lang), key=lambda each: each.confidence)
    return replace(found, question=question if spelled == asked else spelled)


def _spelled(generation: Generation, embedder: Embedder, question: str, filters: Filters | None) -> str:
    """A question as its words are spelled: typing mistakes put right, and hiragana by our list and by what it finds."""
    question = generation.typos.mended(question)
    if not generation.spelling.is_wanted(question):
        return question
    found = _search(generation, embedder, generation.spelling.written(question), "", SPELLING, filters)
    return generation.spelling.written(question, [hit.passage for hit in found.hits])


def _search(
    generation: Generation, embedder: Embedder, question: str, before: str, limit: int, filters: Filters | None
) -> Found:
    lang = language(question)
    allowed = generation.allowed(filters)
    if not question.strip() or not len(generation) or (allowed is not None and not allowed.any()):
        return Found((), 0.0, lang, generation.name)
    sought = Sought.of(generation, embedder, question, lang, filters, allowed)
    adapter = generation.adapter  # another may be taken up meanwhile
    asked = adapter.asked(sought.vector, sought.text) if adapter else None
    seen = gathered(sought, before, limit, asked.remembered(allowed) if asked else [])
    scores = scoring.fused(sought, seen, asked)
    scores = scoring.with_rare_words(sought, seen, scores)
    scores = scoring.with_nearest_lines(sought, seen, scores, embedder)
    scores = scoring.with_own_language(sought, seen, scores)
    scores, is_another = scoring.with_codes(sought, seen, scores)
    scores, is_silent = scoring.with_answer_type(sought, seen, scores)
    order = scoring.best_first(scores)
    sure, evidence = assured(sought, seen, int(order[0]), embedder)
    if asked:
        sure = asked.confidence(sure, int(seen.rows[order[0]]))
    if is_another or is_silent:
        sure, evidence = min(sure, UNKNOWN), replace(evidence, beside=True)
    hits = tuple(
        Hit(
            passage=generation.passage(int(seen.rows[i])),
            score=round(float(scores[i]), 4),
            dense=round(float(seen.cosines[i]), 4),
            lexical=round(float(seen.shares[i]), 4),
            place=int(seen.rows[i]),
        )
        for i in twins_last(order, seen.vectors, limit, lambda i: generation.passage(int(seen.rows[i])))
    )
    return Found(hits, round(sure, 4), lang, generation.name, evidence)
