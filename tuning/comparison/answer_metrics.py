"""How good one answer is, measured against what is known of the right one; every value is between 0 and 1.

overlap      Japanese: chrF, F2 over character n-grams up to 6 (Popović, 2015). Other languages: ROUGE-L, the F-measure
             of the longest common subsequence of words (Lin, 2004).
facts        the share of the reference's numbers, amounts, dates, addresses and codes, and of what it must say, that
             the answer says too.
similarity   cosine of the embeddings, rescaled so that 0 is the mean likeness of right answers to different questions
             (as BERTScore does: Zhang et al., 2020).
quality      what methods are compared by: the mean of the three above where the question has an answer, 0 where it is
             refused all the same; 1 for a right refusal, 0 for an answer that should have been one.
supported    the share of the answer's sentences that a passage carries.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.language.languages import UNKNOWN, language
from knowledge.passages import Hit
from service.answering.checking.facts import facts
from service.answering.checking.grounding import Grounding
from service.answers import Outcome
from tuning.comparison.cases import Case

GRAMS = 6  # characters, as in chrF
BETA = 2.0  # recall counts twice, as in chrF2
_CITATION = re.compile(r"[ \t\u3000]?\[\d+\]")
_WORD = re.compile(r"\w+")
_IGNORED = re.compile(r"[\s,、，・「」『』\"“”'’*]+")
_REFUSED = re.compile(
    r"NO_ANSWER_IN_PASSAGES|わかりません|分かりません|分かりかねます|わかりかねます|存じません|お答えできません|"
    r"お答えいたしかねます|見つかりません|情報がありません|確認できません|"
    r"\b(?:I|we) (?:do not|don't|don’t|cannot|can't|can’t|am not able to|could not|couldn't) "
    r"(?:know|have|find|answer|say|tell|confirm|provide)|"
    r"\b(?:I am|I'm|I’m) not (?:sure|certain|aware)|\bno information",
    re.IGNORECASE,
)
_PLAIN_FACTS = ("code ", "date ", "tel ", "time ", "weekday ")  # of exact facts; addresses have a dot
SHORT = 160  # characters: a longer answer that also says "I don't know" of something is an answer

Vector = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vector]  # unit vectors, a row for each text


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage that an answer cites."""

    passage_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as a method gave it."""

    text: str
    outcome: Outcome
    cited: tuple[Cited, ...] = ()


def plain(text: str) -> str:
    """An answer without its citations."""
    return _CITATION.sub("", text).strip()


def overlap(answer: str, reference: str, lang: str) -> float:
    """chrF for Japanese, ROUGE-L for all others."""
    return chrf(answer, reference) if lang == "ja" else rouge_l(answer, reference)


def chrf(answer: str, reference: str) -> float:
    """F2 over character n-grams, white space left out; lengths that neither text has do not count."""
    said, wanted = ("".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in (answer, reference))
    precisions, recalls = [], []
    for size in range(1, GRAMS + 1):
        mine, theirs = _grams(said, size), _grams(wanted, size)
        if not theirs:
            continue
        shared = (mine & theirs).total()
        precisions.append(shared / mine.total() if mine else 0.0)
        recalls.append(shared / theirs.total())
    if not recalls:
        return 0.0
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return _f(precision, recall, BETA)


def rouge_l(answer: str, reference: str) -> float:
    """F1 of the longest common subsequence of words."""
    said, wanted = (_WORD.findall(unicodedata.normalize("NFKC", text).casefold()) for text in (answer, reference))
    if not said or not wanted:
        return 0.0
    row = [0] * (len(wanted) + 1)
    for word in said:
        before = 0
        for place, other in enumerate(wanted, start=1):
            above = row[place]
            row[place] = before + 1 if word == other else max(above, row[place - 1])
            before = above
    return _f(row[-1] / len(said), row[-1] / len(wanted), 1.0)


def says(answer: str, wanted: str) -> bool:
    """Whether an answer says some words; width, case, spaces, separators and quotation marks do not count."""
    return _squeezed(wanted) in _squeezed(answer)


def says_any(answer: str, alternatives: Sequence[str]) -> bool:
    """Whether it says one of them."""
    return any(says(answer, one) for one in alternatives)


def key_facts(answer: str, case: Case) -> float | None:
    """The share of the facts known of the right answer that an answer says; None when none are known."""
    met = [says_any(answer, alternatives) for alternatives in case.must_say]
    if case.reference:
        wanted, said = facts(case.reference), facts(plain(answer))
        met += [fact in said.exact for fact in wanted.exact if fact.startswith(_PLAIN_FACTS) or "." in fact]
        # a number has the same unit, or none on one side: a table says 550 where a sentence says 550 yen
        met += [
            any(
                (value == number and None in (unit, mine)) or (value, unit) == (number, mine)
                for number, mine in said.numbers
            )
            for value, unit in wanted.numbers
        ]
    return sum(met) / len(met) if met else None


def similarity(answer: Vector, reference: Vector, baseline: float) -> float:
    """The rescaled cosine of two unit vectors."""
    return float(np.clip((float(answer @ reference) - baseline) / (1 - baseline), 0, 1)) if baseline < 1 else 0.0


def baseline(references: Vector) -> float:
    """The mean cosine of different references, which is what a rescaled similarity calls 0; 0 for fewer than two."""
    count = len(references)
    if count < 2:
        return 0.0
    together = references @ references.T
    return float((together.sum() - np.trace(together)) / (count * (count - 1)))


def citations(cited: Sequence[Cited], case: Case) -> tuple[float | None, float | None]:
    """Precision and recall of the citations against the passages or sources that are known to hold the answer.

    None where nothing is known; precision is None, too, where nothing is cited.
    """
    if case.passage_ids:
        right = [one.passage_id in case.passage_ids for one in cited]
        # a long answer cut into several passages is cited well by any of them
        recall = float(any(right))
    elif case.must_cite:
        sources = [source for alternatives in case.must_cite for source in alternatives]
        right = [any(is_source(one.source, source) for source in sources) for one in cited]
        met = [any(is_source(one.source, name) for one in cited for name in names) for names in case.must_cite]
        recall = sum(met) / len(met)
    else:
        return None, None
    return (sum(right) / len(right) if right else None), recall


def is_source(source: str, wanted: str) -> bool:
    """Whether a source is the one that is meant: the same, or one is the end of the other's path."""
    one, other = source.strip("/"), wanted.strip("/")
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


def supported(answer: str, question: str, hits: Sequence[Hit], lang: str) -> float | None:
    """The share of an answer's sentences that the passages carry, by the check that guards the counter itself."""
    text = plain(answer)
    if not text or not hits:
        return None
    ground = Grounding(question, hits, lang)
    ground.feed(text)
    ground.end()
    judged = ground.kept + ground.dropped
    return ground.kept / judged if judged else None


def is_refusal(answer: str) -> bool:
    """Whether a model that was given no passages says that it does not know."""
    return len(answer) <= SHORT and bool(_REFUSED.search(answer))


def score(
    case: Case, given: Given, hits: Sequence[Hit], vectors: tuple[Vector, Vector] | None, base: float
) -> dict[str, float | None]:
    """All metrics of one answer. `vectors` are those of the answer and of the reference, where there is one."""
    refused = given.outcome != "answered"
    names = ("substance", "overlap", "facts", "similarity", "citation_precision", "citation_recall", "supported")
    values: dict[str, float | None] = dict.fromkeys(names)
    values["right_refusal"] = None if case.answerable else float(refused)
    values["wrong_refusal"] = float(refused) if case.answerable else None
    spoken = language(plain(given.text))
    values["language_match"] = float(spoken in (case.language or case.asked_in, UNKNOWN))
    if not case.answerable:
        return values | {"quality": float(refused), "substance": float(refused)}
    if refused:
        return values | {"quality": 0.0, "substance": 0.0}
    values["facts"] = key_facts(given.text, case)
    if case.reference:
        values["overlap"] = overlap(plain(given.text), case.reference, case.asked_in)
    if vectors is not None:
        values["similarity"] = similarity(*vectors, base)
    values["citation_precision"], values["citation_recall"] = citations(given.cited, case)
    values["supported"] = supported(given.text, case.question, hits, case.asked_in)
    if any(says(given.text, words) for words in case.must_not_say):
        return values | {"quality": 0.0, "substance": 0.0}
    substance = _mean([values["facts"], values["similarity"]])
    return values | {
        "quality": _mean([values["overlap"], values["facts"], values["similarity"]]),
        "substance": substance,
    }


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _grams(text: str, size: int) -> Counter[str]:
    return Counter(text[start : start + size] for start in range(len(text) - size + 1))


def _f(precision: float, recall: float, beta: float) -> float:
    weighted = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / weighted if weighted else 0.0


def _squeezed(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", plain(text)).casefold())
