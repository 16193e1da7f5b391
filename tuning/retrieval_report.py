"""The results of `evaluate retrieval` as one page that needs nothing besides itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.report_page import Html, Span, Tone, page, section, spans, table, tiles
from tuning.evaluation import RetrievalScores, kind
from tuning.metrics import Difference

WORST = 50  # questions that are listed
LONGEST = 500  # characters of a question that are shown


def build(name: str, scores: RetrievalScores, against: str | None, compared: Mapping[str, Difference]) -> str:
    """The page."""
    return page(
        "How well the search finds",
        f"{name} · {len(scores.judged)} questions",
        _verdict(scores, against, compared),
        _parts(scores, against, compared),
        "Madoguchi, madoguchi evaluate retrieval. Intervals are 95 % bootstrap intervals.",
    )


def _verdict(scores: RetrievalScores, against: str | None, compared: Mapping[str, Difference]) -> tuple[Tone, str]:
    if not against:
        return "plain", f"The right document comes first for {scores.scores['P@1'].value:.0%} of the questions."
    difference = compared["nDCG@10"]
    if not difference.is_real:
        return "plain", f"No difference to {against} is proven."
    better = difference.value > 0
    return "good" if better else "bad", f"{'Better' if better else 'Worse'} than {against}, beyond chance."


def _parts(scores: RetrievalScores, against: str | None, compared: Mapping[str, Difference]) -> Iterator[Html]:
    yield tiles(
        [
            (f"{len(scores.judged):,}", "questions", "plain"),
            (f"{scores.scores['nDCG@10'].value:.3f}", "nDCG@10", "plain"),
            (f"{scores.ms_per_query_p50:g} ms", "a question (median)", "plain"),
            (f"{scores.ms_per_query_p95:g} ms", "95 of 100 within", "plain"),
        ]
    )
    yield section(
        "All measures",
        spans(Span(metric, one.value, one.low, one.high) for metric, one in scores.scores.items()),
        note="From 0 to 1. The dark mark is the mean, the band where it lies with 95 % certainty.",
    )
    if against:
        rows = (
            [metric, f"{one.value:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p:.3f}"]
            for metric, one in compared.items()
        )
        yield section(f"Against {against}", table(["metric", "difference", "95 % interval", "p"], rows))
    for title, groups in (("Languages", scores.groups(lambda one: one.lang)), ("Types", scores.groups(kind))):
        if len(groups) > 1:
            cells = ([group or "(none)", *(f"{one.value:.3f}" for one in of.values())] for group, of in groups.items())
            yield section(title, table(["", *scores.scores], cells))
    worst = (
        [
            one.question.text[:LONGEST],
            f"{one.scores['nDCG@10']:.3f}",
            ", ".join(one.wanted[:5]),
            ", ".join(one.found[:5]),
        ]
        for one in scores.worst(WORST)
    )
    yield section("What went worst", table(["question", "nDCG@10", "wanted", "found"], worst))
