"""The results of `madoguchi evaluate` as one page that needs nothing besides itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from knowledge.report_page import Bar, Html, Span, Tone, bars, folded, page, said, section, spans, table, tiles
from tuning.evaluating.acceptance import Difference as Changes
from tuning.evaluating.acceptance import Result
from tuning.evaluating.evaluation import ConversationScores, RefusalScores, RetrievalScores, kind
from tuning.metrics import Difference, Estimate

WORST = 50  # questions that are listed
LONGEST = 500  # characters of a question that are shown


def retrieval(name: str, scores: RetrievalScores, against: str | None, compared: Mapping[str, Difference]) -> str:
    """The page of `evaluate retrieval`."""
    return page(
        "How well the search finds",
        f"{name} · {len(scores.judged)} questions",
        _verdict(scores, against, compared),
        _parts(scores, against, compared),
        "Madoguchi, madoguchi evaluate retrieval. Intervals are 95 % bootstrap intervals.",
    )


def refusal(name: str, scores: RefusalScores) -> str:
    """The page of `evaluate refusal`."""
    rates = [
        Bar("answerable, yet refused", scores.false_refusals, f"{scores.false_refusals:.1%}"),
        Bar("unanswerable, yet answered", scores.false_answers, f"{scores.false_answers:.1%}"),
    ]
    parts = [
        tiles(
            [
                (f"{scores.auroc:.3f}", "AUROC", "plain"),
                (f"{scores.refused_at_5_percent_false:.1%}", "refused at 5 % false refusals", "plain"),
                (f"{scores.threshold:g}", "the threshold that serves", "plain"),
                (f"{scores.fitted_threshold:.3f}", "refuses one in twenty of these", "plain"),
            ]
        ),
        section("Mistakes at the threshold that serves", bars(rates, "amber")),
        section(
            "Questions",
            folded("Refused, though the documents answer them", scores.refused_wrongly),
            folded("Answered, though the documents do not", scores.answered_wrongly),
            note="The least sure of the first and the surest of the second stand at the top. MADOGUCHI_REFUSE_BELOW "
            "sets the threshold: higher for fewer wrong answers, lower for fewer refusals.",
        ),
    ]
    return page(
        "How well it knows what it does not know",
        f"{name} · {scores.answerable} answerable and {scores.unanswerable} unanswerable questions",
        ("plain", f"{1 - scores.false_answers:.0%} of the unanswerable questions are refused."),
        parts,
        "Madoguchi, madoguchi evaluate refusal.",
    )


def conversation(name: str, scores: ConversationScores) -> str:
    """The page of `evaluate conversation`."""
    refused = [[told or "(none)", str(of), f"{some / of:.1%}"] for told, (some, of) in scores.refused.items()]
    parts = [section("Refused, by answerability", table(["answerability", "turns", "refused"], refused))]
    verdict = "No turn has a right document in qrels.tsv: what is found was not measured."
    if scores.turns:
        parts = [
            _spread("All turns", scores.all_turns),
            section("By the turn's number", _by_group(scores.by_turn)),
            *parts,
        ]
        verdict = f"The right document comes first in {scores.all_turns['P@1'].value:.0%} of the turns."
    return page(
        "How well the search follows a conversation",
        f"{name} · {scores.turns} turns with right documents",
        ("plain", verdict),
        parts,
        "Madoguchi, madoguchi evaluate conversation. Intervals are 95 % bootstrap intervals.",
    )


def answers(name: str, model: str, results: Sequence[Result], changed: Changes | None) -> str:
    """The page of `evaluate answers`."""
    failed = [one for one in results if not one.passed]
    rows = ([one.id, one.question[:LONGEST], " ".join(one.failures), one.answer[:LONGEST]] for one in failed)
    parts = [section("What fails", table(["case", "question", "what is wrong", "answer"], rows))] if failed else []
    if changed is not None:
        parts.append(
            section(
                "Since the last run",
                folded("Broken", changed.broken),
                folded("Mended", changed.mended),
                folded("New", changed.added),
                folded("Gone", changed.removed),
                folded("Answered in other words", changed.reworded),
            )
        )
    parts.append(section("What passes", folded("Cases", [one.id for one in results if one.passed])))
    told = f"{len(failed)} of {len(results)} cases fail." if failed else f"All {len(results)} cases pass."
    return page(
        "Acceptance tests",
        f"{name} · answered by {model}",
        ("bad" if failed else "good", told),
        parts,
        "Madoguchi, madoguchi evaluate answers.",
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
    yield _spread("All measures", scores.scores)
    if against:
        rows = (
            [metric, f"{one.value:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", f"{one.p:.3f}"]
            for metric, one in compared.items()
        )
        yield section(f"Against {against}", table(["metric", "difference", "95 % interval", "p"], rows))
    for title, groups in (("Languages", scores.groups(lambda one: one.lang)), ("Types", scores.groups(kind))):
        if len(groups) > 1:
            yield section(title, _by_group(groups))
    worst = (
        [
            one.question.text[:LONGEST],
            f"{one.scores['nDCG@10']:.3f}",
            ", ".join(one.wanted[:5]),
            ", ".join(one.found[:5]),
        ]
        for one in scores.wrong(WORST)
    )
    if wrong := list(worst):
        yield section("What went worst", table(["question", "nDCG@10", "wanted", "found"], wrong))
    else:
        yield section("What went worst", said(["Nothing: every right document comes first."]))


def _spread(title: str, scores: Mapping[str, Estimate]) -> Html:
    return section(
        title,
        spans(Span(metric, one.value, one.low, one.high) for metric, one in scores.items()),
        note="From 0 to 1. The dark mark is the mean, the band where it lies with 95 % certainty.",
    )


def _by_group(groups: Mapping[str, Mapping[str, Estimate]]) -> Html:
    cells = ([group or "(none)", *(f"{one.value:.3f}" for one in of.values())] for group, of in groups.items())
    return table(["", *next(iter(groups.values()), {})], cells)
