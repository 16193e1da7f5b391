"""Gives the candidates their scores: meaning and words fused, and what rare words, languages and codes change."""

from __future__ import annotations

import math

import numpy as np

from knowledge.confidence import few_calibration
from knowledge.embedder import Embedder, Vectors
from knowledge.index.adapting import Asked
from knowledge.index.part import Mask, Rows
from knowledge.index.store import Generation
from knowledge.language.answer_types import Type, asked_for, is_told
from knowledge.language.identifiers import Identifiers, agreement, identifiers
from knowledge.passages import Passage, all_of
from knowledge.searching.assurance import fewness
from knowledge.searching.candidates import Candidates, Sought
from knowledge.searching.ordering import Scores, by_code, by_coverage, levelled, own_first

LEXICAL_WEIGHT = {"ja": 5.0, "en": 3.5}  # standard deviations that a full match of words is worth
OTHER_WEIGHT = 3.5  # of other languages
LEADERS, FEEDBACK = 3, 0.2  # the best passages of the first look, and how far the question is moved towards them
# Standard deviations that holding all of a question's words once is worth, where it is close; and the same of languages
# in which it is worth something among few passages alone, where no word is common. And all of its pairs of letters,
# which only Japanese has.
COVERAGE, COVERAGE_OF_FEW = {"ja": 1.25}, {"en": 1.25}
PAIRS_COVERAGE = 2.0
COVERED = 10  # of the best passages those are looked at for the words that they hold
LOG_HANDICAP = 0.5  # standard deviations: a FAQ is the company's word, a log one agent's
FOREIGN_HANDICAP = 0.8  # standard deviations: a customer is better served in the language of the question
LINES_CLOSE = 0.5  # standard deviations: what lies so far behind the best may say it better in one of its lines
LINES_WEIGHT = {"ja": 38.0, "en": 20.0}  # standard deviations that one more of a line's cosine is worth
CLOSE = 1.25  # standard deviations: what lies so far behind the best may answer as well, where the best cannot
NAMED = 20  # candidates whose text is looked at for the codes that a question names


def words_and_handicaps(
    generation: Generation,
    rows: Rows,
    vectors: Vectors,
    lang: str,
    deviations: Scores,
    shares: Scores,
    foreign: Mask,
) -> Scores:
    """What passages get beside their deviations: for words shared, a prior, less for logs and other languages."""
    weight = LEXICAL_WEIGHT.get(lang, OTHER_WEIGHT)
    raised = weight * levelled(shares, deviations + weight * shares, foreign) + generation.prior(rows, vectors)
    found: Scores = raised - FOREIGN_HANDICAP * foreign - LOG_HANDICAP * generation.is_log(rows)
    return found


def fused(sought: Sought, seen: Candidates, asked: Asked | None) -> Scores:
    """Meaning and words together, and the second look that is moved towards the best of the first.

    A long message is looked for by its parts, which have no second look.
    """
    generation = sought.generation
    near = seen.nearness
    besides = words_and_handicaps(generation, seen.rows, seen.vectors, sought.lang, near, seen.shares, seen.foreign)
    if asked:
        besides += asked.bonus(seen.rows, seen.vectors, near + besides)
    if sought.is_long:
        return near + besides
    leaders = best_first(seen.deviations + besides)[:LEADERS]
    moved = sought.vector + (FEEDBACK / len(leaders)) * seen.vectors[leaders].sum(axis=0)
    moved /= math.sqrt(moved @ moved)
    return generation.background.deviations(moved, seen.rows, seen.vectors @ moved) + besides


def with_rare_words(sought: Sought, seen: Candidates, scores: Scores) -> Scores:
    """The scores, where passages close behind the best of its language hold more of what is rare in the question."""
    order, generation, lang = best_first(scores), sought.generation, sought.lang
    few = fewness(min(sought.passing, generation.held_in(lang)))
    worth = COVERAGE.get(lang, COVERAGE_OF_FEW.get(lang, 0.0) * few)
    if not sought.rarity or not worth or seen.foreign[order[0]]:
        return scores
    leading = order[:COVERED]
    close = leading[~seen.foreign[leading] & (scores[leading] > scores[order[0]] - CLOSE)]
    if len(close) < 2:
        return scores
    rows = seen.rows[close]
    held = worth * generation.covered(sought.rarity, rows)
    if lang in COVERAGE:
        held += PAIRS_COVERAGE * generation.covered_pairs(sought.text, rows)
    return by_coverage(scores, close, held)


def with_nearest_lines(sought: Sought, seen: Candidates, scores: Scores, embedder: Embedder) -> Scores:
    """The scores, where passages of a small knowledge base close behind the best say in a line what is asked."""
    order, generation, lang = best_first(scores), sought.generation, sought.lang
    few = fewness(min(sought.passing, generation.held_in(lang)))
    if not few or not sought.rarity or seen.foreign[order[0]] or not few_calibration(embedder.fingerprint, lang):
        return scores
    leading = order[:COVERED]
    close = leading[~seen.foreign[leading] & (scores[leading] > scores[order[0]] - LINES_CLOSE)]
    if len(close) < 2:
        return scores
    rows = seen.rows[close].tolist()
    nearest = np.array([generation.lines.cosine(row, embedder, sought.vector, sought.rarity) for row in rows])
    raised = scores.copy()
    raised[close] += few * LINES_WEIGHT["en" if lang == "en" else "ja"] * (nearest - nearest.max())
    return raised


def with_own_language(sought: Sought, seen: Candidates, scores: Scores) -> Scores:
    """The scores, where the best is in another language and what it says is there in the question's own."""
    order, generation = best_first(scores), sought.generation
    if not seen.foreign[order[0]] or seen.foreign.all():
        return scores
    beyond = generation.background.unusual(seen.rows, seen.vectors)
    return own_first(
        scores, order, beyond, seen.deviations, seen.foreign, lambda i: generation.passage(int(seen.rows[i]))
    )


def with_codes(sought: Sought, seen: Candidates, scores: Scores) -> tuple[Scores, bool]:
    """The scores with what codes add, and whether only others of the kind were found for one that is named."""
    named = identifiers(sought.text)
    if not named:
        return scores, False
    first = best_first(scores)[:NAMED]
    agreements = [_agreement(named, sought.generation.passage(row)) for row in seen.rows[first].tolist()]
    raised = scores.copy()
    raised[first] += by_code(scores[first], np.array(agreements))
    return raised, max(agreements) <= 0 and agreements[0] < 0


def with_answer_type(sought: Sought, seen: Candidates, scores: Scores) -> tuple[Scores, bool]:
    """The scores, where the best passage tells nothing of the kind asked for (何ワット) and one close behind does.

    With whether none of them tells any such thing.
    """
    types = asked_for(sought.text.rpartition("\n")[2]) if sought.is_short else []  # of what is asked now
    if not types:
        return scores, False
    order = best_first(scores)[:COVERED]
    close = order[scores[order] > scores[order[0]] - CLOSE]
    passages = {place: sought.generation.passage(int(seen.rows[place])) for place in close.tolist()}
    named = identifiers(sought.text)
    agreed = _agreement(named, passages[order[0]])  # what another thing weighs is no answer
    telling = [
        place for place, other in passages.items() if _agreement(named, other) >= agreed and _tells(types, other)
    ]
    if not telling or telling[0] == order[0]:
        return scores, not telling
    raised = scores.copy()
    raised[telling[0]] = np.nextafter(scores[order[0]], np.inf)
    return raised, False


def best_first(scores: Scores) -> Rows:
    """The places of the candidates, the highest score first."""
    return np.argsort(-scores, kind="stable")


def _agreement(named: Identifiers, passage: Passage) -> int:
    return agreement(named, identifiers(all_of(passage)))


def _tells(types: list[Type], passage: Passage) -> bool:
    """Whether a passage tells a thing of one of the types, or answers a question after one, in words that we miss."""
    return not set(types).isdisjoint(asked_for(passage.question or "")) or is_told(types, all_of(passage))
