"""Finds the passages that best answer a question: by meaning and by words, fused. docs/retrieval.md has the figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice, repeat

import numpy as np

from knowledge.confidence import DOUBT, Evidence, calibration, few_calibration, line_calibration
from knowledge.embedder import Embedder, Vectors
from knowledge.filters import Filters
from knowledge.index.dense import Mask, Rows
from knowledge.index.store import Generation
from knowledge.language.identifiers import Identifiers, agreement, identifiers
from knowledge.language.languages import UNKNOWN as NO_LANGUAGE
from knowledge.language.languages import language
from knowledge.language.sentences import split_sentences
from knowledge.passages import Found, Hit, Passage
from knowledge.searching.ordering import by_code, by_coverage, levelled, own_first, twins_last
from knowledge.searching.reading import LONG, at_most, ends, is_short, readable, said_once

CANDIDATES = 50  # from each side: the right passage is among them or is not found at all
MATCHES = 100  # passages whose words are compared: those found by meaning alone would else seem to share none
LEXICAL_WEIGHT = {"ja": 5.0, "en": 3.5}  # standard deviations that a full match of words is worth
OTHER_WEIGHT = 3.5  # of other languages
LEADERS, FEEDBACK = 3, 0.2  # the best passages of the first look, and how far the question is moved towards them
# Standard deviations that holding all of a question's words once is worth, where it is close; and the same of languages
# in which it is worth something among few passages alone, where no word is common.
COVERAGE, COVERAGE_OF_FEW = {"ja": 1.25}, {"en": 1.25}
COVERED = 10  # of the best passages those are looked at for the words that they hold
SPELLING = 10  # of the best passages those that tell how words are spelled that a question has in hiragana
MEANT = 0.8  # of a word's worth: what it may be called in the other language says less than the word itself
FOREIGN = 20  # candidates in other languages than the question's
LOG_HANDICAP = 0.5  # standard deviations: a FAQ is the company's word, a log one agent's
FOREIGN_HANDICAP = 0.8  # standard deviations: a customer is better served in the language of the question
NEAREST, ENOUGH = 3, 300  # passages whose cosine is evidence, and how many there must be for all three to count
NAMED = 20  # candidates whose text is looked at for the codes that a question names
UNKNOWN = 0.2  # the confidence, at most, where the best passage is about another code of the kind
SURE = 0.5  # the confidence from which a question needs no help from what was asked before
HISTORY_WEIGHT = 0.1  # of the words of the customer's message before this one
MOST_SENTENCES, BEST_SENTENCES = 16, 3  # of a long message: searched for their words, and counted for a passage


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
    candidates = max(CANDIDATES, 4 * limit)
    matches = max(MATCHES, candidates)
    question = said_once(question, lang)
    vector = embedder.embed_query(ends(question, lang))
    # A question is nearer to any passage of its own language: where there are many, none of another would be looked at.
    near = generation.dense.near(vector, candidates, allowed, besides=(lang, FOREIGN))

    def by_words(text: str) -> dict[int, float]:
        matching, matched = generation.by_words(text, matches, filters, allowed)
        return dict(zip(matching.tolist(), matched.tolist(), strict=True))

    share_of = _shares(by_words, question, before, lang, matches)
    meaning, meant = generation.by_meanings(question, lang, matches, filters, allowed)
    for row, share in zip(meaning.tolist(), (MEANT * meant).tolist(), strict=True):
        share_of[row] = max(share, share_of.get(row, 0.0))
    adapter = generation.adapter  # another may be taken up meanwhile
    asked = adapter.asked(vector, question) if adapter else None
    remembered = asked.remembered(allowed) if asked else []
    looked_at = list(
        dict.fromkeys([*near.tolist(), *islice(share_of, candidates), *meaning[:FOREIGN].tolist(), *remembered])
    )
    rows = np.array(looked_at, np.int64)
    vectors = generation.dense.vectors(rows)
    cosines = vectors @ vector
    shares = np.array([*map(share_of.get, looked_at, repeat(0.0))])
    deviations = generation.background.deviations(vector, rows, cosines)
    foreign = is_foreign(generation, rows, lang)
    weight = LEXICAL_WEIGHT.get(lang, OTHER_WEIGHT)
    besides = weight * levelled(shares, deviations + weight * shares, foreign) - FOREIGN_HANDICAP * foreign
    besides -= LOG_HANDICAP * generation.is_log(rows)
    if asked:
        besides += asked.bonus(rows, vectors, deviations + besides)
    leaders = np.argsort(-(deviations + besides), kind="stable")[:LEADERS]
    moved = vector + (FEEDBACK / len(leaders)) * vectors[leaders].sum(axis=0)
    moved /= math.sqrt(moved @ moved)
    scores = generation.background.deviations(moved, rows, vectors @ moved) + besides
    order = np.argsort(-scores, kind="stable")
    rarity = generation.lexical.rarities(question) if is_short(question, lang) else {}
    passing = len(generation) if allowed is None else int(np.count_nonzero(allowed))
    worth = COVERAGE.get(lang, COVERAGE_OF_FEW.get(lang, 0.0) * fewness(min(passing, generation.held_in(lang))))
    if rarity and worth and not foreign[order[0]]:
        leading = order[:COVERED]
        close = leading[~foreign[leading] & (scores[leading] > scores[order[0]] - worth)]
        scores = by_coverage(scores, close, worth, lambda places: generation.covered(rarity, rows[places]))
        order = np.argsort(-scores, kind="stable")
    if foreign[order[0]] and not foreign.all():
        beyond = generation.background.unusual(rows, vectors)
        scores = own_first(scores, order, beyond, deviations, foreign, lambda i: generation.passage(looked_at[i]))
        order = np.argsort(-scores, kind="stable")
    is_another = False
    if named := identifiers(question):
        first = order[:NAMED]
        agreements = [_agreement(named, generation.passage(row)) for row in rows[first].tolist()]
        scores[first] += by_code(scores[first], np.array(agreements))
        is_another = max(agreements) <= 0 and agreements[0] < 0
        order = np.argsort(-scores, kind="stable")
    hits = tuple(
        Hit(
            passage=generation.passage(looked_at[i]),
            score=round(float(scores[i]), 4),
            dense=round(float(cosines[i]), 4),
            lexical=round(float(shares[i]), 4),
            place=looked_at[i],
        )
        for i in twins_last(order, vectors, limit, lambda i: generation.passage(looked_at[i]))
    )
    # Cosines across languages mean something else than within one: those in the language of the first hit count.
    across = bool(foreign[order[0]])
    alike = np.flatnonzero(foreign == across)
    nearest = alike[np.argsort(-cosines[alike], kind="stable")[:NEAREST]]
    seen = Evidence(
        cosine=nearness(cosines[nearest], passing),
        deviation=float(deviations[nearest[0]]),
        share=float(shares[order[0]]),
        across=across,
    )
    sure = calibration(embedder.fingerprint, lang, across).confidence(seen)
    weights = None if across or not is_short(question, lang) else line_calibration(embedder.fingerprint, lang)
    is_doubtful = weights is not None and DOUBT[0] < sure < DOUBT[1]
    line = generation.lines.nearest(looked_at[order[0]], embedder, vector, rarity) if is_doubtful else None
    if weights and line:
        seen = replace(seen, line_cosine=line.cosine, line_share=line.share)
        sure = weights.confidence(line.cosine, line.share)
    few = fewness(min(passing, generation.held_in(hits[0].passage.lang)))
    if few and rarity:
        held = seen.share if across else float(generation.covered(rarity, rows[order[:1]])[0])
        sure = few_calibration(embedder.fingerprint, lang, across).confidence(sure, few, held)
    if asked:
        sure = asked.confidence(sure, int(rows[order[0]]))
    if is_another:
        sure = min(sure, UNKNOWN)
    return Found(hits, round(sure, 4), lang, generation.name, seen)


def is_foreign(generation: Generation, rows: Rows, lang: str) -> Mask:
    """Which rows are in another language than a question; none where the question has no letters to tell it by."""
    foreign: Mask = np.zeros(len(rows), bool) if lang == NO_LANGUAGE else generation.languages[rows] != lang.encode()
    return foreign


def nearness(cosines: Vectors, held: int) -> float:
    """The mean cosine of the nearest passages, best first; the fewer are held, the more the first alone.

    What is known of a subject seldom stands in one passage, but in a small knowledge base it may.
    """
    share = 1 - fewness(held)
    nearest = cosines[:NEAREST].tolist()  # for so few, NumPy's mean takes ten times as long
    mean = sum(nearest) / len(nearest)
    return float((1 - share) * nearest[0] + share * mean)


def fewness(held: int) -> float:
    """0 where there are enough passages, and nearly 1 where there are next to none."""
    return max(0.0, 1 - held / ENOUGH)


def _shares(
    found: Callable[[str], dict[int, float]], question: str, before: str, lang: str, most: int
) -> dict[int, float]:
    """Rows that share words with the question, the best first, with their shares; then those of what was asked before.

    In a long message no passage shares more than a little with the whole: what counts is how well a passage fits the
    `BEST_SENTENCES` sentences that it fits best.
    """

    if len(question) <= at_most(LONG, lang):
        shares = found(question)
    else:
        per_row: dict[int, list[float]] = {}
        sentences = sorted(split_sentences(question, lang), key=len)[-MOST_SENTENCES:]
        for sentence in sentences:
            for row, share in found(sentence).items():
                per_row.setdefault(row, []).append(share)
        shares = {row: sum(sorted(all_of)[-BEST_SENTENCES:]) / BEST_SENTENCES for row, all_of in per_row.items()}
        shares = dict(sorted(shares.items(), key=lambda item: -item[1])[:most])
    if before:
        for row, share in found(ends(before, lang)).items():
            shares[row] = shares.get(row, 0.0) + HISTORY_WEIGHT * share
    return shares


def _agreement(named: Identifiers, passage: Passage) -> int:
    return agreement(named, identifiers(f"{passage.title} {passage.headings} {passage.question} {passage.text}"))
