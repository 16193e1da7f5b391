"""A comparison as one page that an executive can read: what to do, why, and all figures behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from knowledge.language.languages import NAMES
from knowledge.report_page import Bar, Html, Span, Tone, bars, beside, page, said, section, spans, table, tiles
from tuning.comparison.comparing import Comparison, Scores
from tuning.comparison.recommending import Advice, asks_as_documents_do
from tuning.metrics import Estimate

COLUMNS = (
    ("quality", "quality"),
    ("substance", "facts and meaning"),
    ("overlap", "overlap"),
    ("facts", "key facts"),
    ("similarity", "meaning"),
    ("citation_precision", "citation precision"),
    ("citation_recall", "citation recall"),
    ("supported", "sentences supported"),
    ("right_refusal", "right refusals"),
    ("wrong_refusal", "wrong refusals"),
    ("language_match", "right language"),
)
AGAINST_BEST = (
    *("method", "quality, difference", "first word", "whole answer", "95 of 100 within", "tokens"),
    "per 1,000 answers",
)
GROUPS = {
    "language": "By language",
    "wording": "By wording",
    "transfer": "By what the adapted search has seen",
    "topic": "By topic",
}
MEANING = (
    "Quality, what methods are compared by: where a question has an answer, the mean of overlap with the right answer, "
    "key facts and likeness of meaning, or 0 where it is refused; where it has none, 1 for a refusal, 0 for an answer.",
    "Overlap: chrF over characters for Japanese, ROUGE-L over words for English. Key facts: numbers, amounts, dates, "
    "addresses and codes of the right answer that are said. Meaning: likeness of embeddings, 0 being that of right "
    "answers to different questions.",
    "Intervals are 95 % bootstrap intervals. A method counts as worse than the best when the paired interval of the "
    "difference leaves out zero and a sign-flip permutation test gives less than 0.05 after Holm's correction for all "
    "pairs of methods. Questions of one conversation, or with one and the same answer, are drawn and flipped together.",
    "Facts and meaning: quality without overlap. The documents' own words overlap with a right answer taken from them "
    "more than other words that say the same; where the two measures name different methods, read some answers.",
    "Times are what this machine and its network took. Costs are tokens at the prices of the model's alias.",
)


def build(
    comparison: Comparison, advice: Advice, made_at: datetime, missing: Sequence[str], judged: Sequence[str]
) -> str:
    """The page."""
    tone: Tone = "warn" if asks_as_documents_do(comparison) else "good" if advice.verdict == "best" else "plain"
    subtitle = f"{comparison.questions} questions, {len(comparison.scores)} methods, {made_at:%Y-%m-%d %H:%M} UTC"
    return page(
        "Which method answers best?",
        subtitle,
        (tone, advice.headline),
        _parts(comparison, advice, missing, judged),
        f"Madoguchi, madoguchi tune compare. Seed {comparison.seed}: the same answers give the same figures.",
    )


def cell(estimate: Estimate | None, questions: int = 0) -> str:
    """A value with its interval, and of how many questions where not of all; or a dash."""
    if estimate is None:
        return "–"
    of = f"; {estimate.count} questions" if questions and estimate.count != questions else ""
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f}{of})"


def against_best(scores: Scores) -> str:
    """How far a method is behind the best, and whether that may be chance."""
    if scores.behind is None or scores.p_adjusted is None:
        return "the highest mean"
    behind = scores.behind
    if behind.value == 0 and behind.deviation == 0:
        return "no difference"
    verdict = "worse" if scores.is_worse else "no proven difference"
    likely = f"p {scores.p_adjusted:.3f}" if scores.p_adjusted >= 0.001 else "p < 0.001"
    return f"{verdict}: {behind.value:+.2f} ({behind.low:+.2f} to {behind.high:+.2f}), {likely}"


def _parts(comparison: Comparison, advice: Advice, missing: Sequence[str], judged: Sequence[str]) -> Iterator[Html]:
    scores = comparison.scores
    chosen = next(one for one in scores if one.name == advice.method)
    yield section("In short", said([advice.sure, advice.next]))
    yield tiles(_tiles(comparison, chosen))
    yield section(
        "How good the answers are",
        spans(_span(one.title, one.quality, one.name == advice.method) for one in scores),
        note="Quality from 0 to 1. The dark mark is the mean, the band where it lies with 95 % certainty.",
    )
    yield beside(
        section(
            "What 1,000 answers cost",
            bars([Bar(one.title, one.cost_per_1000, f"{one.cost_per_1000:,.2f}") for one in scores]),
            note="In your currency, at the prices of each alias; 0 where none is set.",
        ),
        section(
            "How long a customer waits",
            bars([Bar(one.title, one.first_token_ms, f"{one.first_token_ms:,.0f} ms") for one in scores], "sage"),
            note="Median time to the first word.",
        ),
    )
    known = [(name, title) for name, title in COLUMNS if any(one.values[name] for one in scores)]
    yield section(
        "All measures",
        table(
            ["method", *(title for _, title in known)],
            ([one.title, *(cell(one.values[name], comparison.questions) for name, _ in known)] for one in scores),
        ),
    )
    yield section(
        "Against the best",
        table(
            AGAINST_BEST,
            (
                [
                    one.title,
                    against_best(one),
                    f"{one.first_token_ms:,.0f} ms",
                    f"{one.total_ms:,.0f} ms",
                    f"{one.total_ms_p95:,.0f} ms",
                    f"{one.tokens_per_answer:,.0f}",
                    f"{one.cost_per_1000:,.2f}",
                ]
                for one in scores
            ),
        ),
    )
    yield from _groups(scores, advice)
    if judged:
        yield section("What the judge says", said(judged))
    if missing:
        yield section("What was not tried", said(missing))
    yield section("What the figures mean", said(MEANING))
    yield section(f"Recommendation: {advice.title}", said(advice.reasons), note=advice.headline)
    if advice.would_change:
        yield section("What would change it", said(advice.would_change))


def _groups(scores: Sequence[Scores], advice: Advice) -> Iterator[Html]:
    for what, title in GROUPS.items():
        values = dict.fromkeys(value for one in scores for value in one.groups.get(what, {}))
        if len(values) < 2:
            continue  # the same as over all questions
        cards = [
            section(
                f"{title}: {NAMES.get(value, value)} ({_count(scores, what, value)} questions)",
                spans(
                    _span(one.title, one.groups[what][value], one.name == advice.method)
                    for one in scores
                    if value in one.groups.get(what, {})
                ),
            )
            for value in values
        ]
        yield beside(*cards)


def _tiles(comparison: Comparison, chosen: Scores) -> Iterator[tuple[str, str, Tone]]:
    yield f"{chosen.quality.value:.2f}", "quality of the recommended method", "plain"
    yield f"{chosen.cost_per_1000:,.2f}", "per 1,000 answers", "plain"
    yield f"{chosen.total_ms / 1000:.2f} s", "for an answer (median)", "plain"
    supported = chosen.values["supported"]
    if supported is not None:
        yield f"{supported.value:.0%}", "of sentences supported", "plain" if supported.value >= 0.9 else "warn"
    yield (
        f"{comparison.questions}",
        f"questions of {comparison.held}",
        "plain" if comparison.questions >= 30 else "warn",
    )


def _count(scores: Sequence[Scores], what: str, value: str) -> int:
    return max(one.groups[what][value].count for one in scores if value in one.groups.get(what, {}))


def _span(label: str, estimate: Estimate, marked: bool) -> Span:
    return Span(label, estimate.value, estimate.low, estimate.high, marked)
