"""`madoguchi evaluate`: how good the answers are, on a set of questions with known answers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.passages import Found
    from service.settings import ServiceSettings
    from tuning import metrics
    from tuning.comparison.cases import Case
    from tuning.evaluating.acceptance import Difference, Result
    from tuning.evaluating.evaluation import Search
    from tuning.metrics import Estimate

SHOWN = 160  # characters of a wrong answer: enough to see what went wrong
evaluate = typer.Typer(help="Measure search, refusal and answers on a set of questions.", no_args_is_help=True)
SetDir = Annotated[
    Path,
    typer.Argument(
        help="A folder with corpus.jsonl, queries.jsonl and qrels.tsv.",
        metavar="SET_DIR",
        exists=True,
        file_okay=False,
    ),
]
KnowledgeDir = Annotated[
    Path | None, typer.Option("--knowledge", help="Use this knowledge base instead of ingesting the set's corpus.")
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        help="Compare with another value of a setting, question by question: --against embedding=builtin:multilingual",
        metavar="SETTING=VALUE",
    ),
]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write a page of the results.", metavar="FILE.html")]
WORST = 10  # questions that are listed
FEWEST_TO_FIT = 100  # answerable questions: of fewer, a handful decide where one in twenty is


@evaluate.command()
def retrieval(
    folder: SetDir,
    knowledge: KnowledgeDir = None,
    against: Against = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Ask every question of a set and compare what is found with what should be."""
    from knowledge.counting import some
    from tuning import metrics
    from tuning.evaluating import evaluation, evaluation_report

    output.check_report(report)
    asked, judged = evaluation.questions(folder), evaluation.judgements(folder)
    other = _setting(against)
    _check(other)

    def scored(overrides: dict[str, str]) -> evaluation.RetrievalScores:
        with _search(folder, knowledge, as_json, overrides) as (search, _), output.Bars(quiet=as_json) as bars:
            bars.stage("asking", len(asked))
            return evaluation.retrieval(search, asked, judged, bars.advance)

    scores = scored({})
    counted = {one.question.id for one in scores.judged}
    left_out = [one.id for one in asked if one.id not in counted]
    if left_out:
        output.say(
            f"{len(left_out)} of {len(asked)} questions were left out, as qrels.tsv names no right document for them: "
            f"{some(left_out, 5)}."
        )
    compared = {}
    if against:
        theirs = scored(other)
        compared = {name: metrics.paired(scores.values(name), theirs.values(name)) for name in scores.scores}
    if report is not None:
        _write(report, evaluation_report.retrieval(folder.name, scores, against, compared))
    if as_json:
        told = {name: asdict(one) for name, one in compared.items()}
        output.show_json(scores.as_dict() | ({"against": against, "compared": told} if against else {}))
        return
    rows = []
    for name, estimate in scores.scores.items():
        cells = [name, f"{estimate.value:.3f}", _interval(estimate)]
        if against:
            difference = compared[name]
            cells += [f"{difference.value:+.3f} ({_interval(difference)})", f"{compared[name].p:.3f}"]
        rows.append(cells)
    columns = ("metric", "value", "95 % interval", *([f"against {against}", "p"] if against else []))
    output.show_rows(columns, rows)
    output.show(
        f"{len(scores.judged)} queries; ms per query: p50 {scores.ms_per_query_p50}, p95 {scores.ms_per_query_p95} "
        "(embedding and search)"
    )
    for of in (lambda question: question.lang, evaluation.kind):
        groups = scores.groups(of)
        if len(groups) > 1:
            _show_groups(groups)
    wrong = scores.wrong(WORST)
    output.show("\nWhat went worst:" if wrong else "\nEvery right document comes first.")
    for one in wrong:
        output.show(f"  {one.question.text[:80]!r}: wanted {one.wanted[0]}, found {', '.join(one.found[:3])}")


@evaluate.command()
def refusal(
    folder: SetDir,
    knowledge: KnowledgeDir = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Say which threshold refuses one in twenty of these questions.")
    ] = False,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Compare questions that the corpus answers with those of oos_queries.jsonl, which it does not."""
    from tuning.evaluating import evaluation, evaluation_report

    output.check_report(report)
    answerable = [question for question in evaluation.questions(folder) if question.meta.get("best_grade", 2) >= 2]
    foreign = evaluation.questions(folder, "oos_queries.jsonl")
    with _search(folder, knowledge, as_json) as (search, threshold):
        scores = evaluation.refusal(search, answerable, foreign, threshold)
    if report is not None:
        _write(report, evaluation_report.refusal(folder.name, scores))
    if as_json:
        output.show_json(asdict(scores))
        return
    told = ((name, value) for name, value in asdict(scores).items() if not isinstance(value, tuple))
    rows = ((name, f"{value:.3f}" if isinstance(value, float) else value) for name, value in told)
    output.show_rows(("what", "value"), rows)
    if fit:
        output.show(
            f"To refuse one in twenty questions like these: MADOGUCHI_REFUSE_BELOW={scores.fitted_threshold:.3f}"
        )
        if scores.answerable < FEWEST_TO_FIT:
            output.show(
                f"Do not rely on it: it was fitted to {scores.answerable} questions; take {FEWEST_TO_FIT} or more."
            )


@evaluate.command()
def conversation(
    folder: SetDir, knowledge: KnowledgeDir = None, report: ReportFile = None, as_json: Json = False
) -> None:
    """Ask every turn of tasks.jsonl with what was asked before it."""
    from tuning.evaluating import evaluation, evaluation_report

    output.check_report(report)
    tasks = evaluation.questions(folder, "tasks.jsonl")
    judged = evaluation.judgements(folder, needed=False)
    with _search(folder, knowledge, as_json) as (search, threshold), output.Bars(quiet=as_json) as bars:
        bars.stage("asking", len(tasks))
        scores = evaluation.conversation(search, tasks, judged, threshold, bars.advance)
    if report is not None:
        _write(report, evaluation_report.conversation(folder.name, scores))
    if as_json:
        output.show_json(asdict(scores))
        return
    if scores.turns:
        _show_groups(
            {f"turn {turn:>2}": of_turn for turn, of_turn in scores.by_turn.items()} | {"all": scores.all_turns}
        )
    else:
        output.show("No turn has a right document in qrels.tsv: what is found was not measured.")
    rows = ((name, of, f"{refused / of:.3f}") for name, (refused, of) in scores.refused.items())
    output.show_rows(("answerability", "turns", "refused"), rows)


def _show_groups(groups: dict[str, dict[str, Estimate]]) -> None:
    output.show_rows(
        ("", *next(iter(groups.values()))),
        ((name or "(none)", *(f"{each.value:.3f}" for each in scores.values())) for name, scores in groups.items()),
    )


def _interval(estimate: Estimate | metrics.Difference) -> str:
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


def _setting(against: str | None) -> dict[str, str]:
    from ingest.settings import IngestSettings

    if against is None:
        return {}
    name, _, value = against.partition("=")
    if name not in IngestSettings.model_fields or not value:
        raise typer.BadParameter(f"{against!r}: expected SETTING=VALUE, such as embedding=builtin:multilingual")
    return {name: value}


def _check(overrides: dict[str, str]) -> None:
    """Open the models that these settings name, so that what they lack is told before anything is read."""
    from ingest.settings import IngestSettings
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.searching.reranking import open_reranker
    from knowledge.settings import load

    settings = load(IngestSettings, **overrides)
    if "embedding" in overrides:
        open_embedder(settings)
    if "reranker" in overrides:
        open_reranker(settings)


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}") from None


@evaluate.command()
def answers(
    place: Annotated[
        Path,
        typer.Argument(help="Acceptance tests: YAML, JSON Lines, or a folder with YAML.", exists=True, metavar="SET"),
    ],
    model: Annotated[str | None, typer.Option(help="Who answers: an alias of `madoguchi models list`.")] = None,
    lang: Annotated[str | None, typer.Option(help="Only questions in this language, such as ja.")] = None,
    knowledge: Annotated[
        Path | None, typer.Option("--knowledge", help="Answer from this knowledge base instead of MADOGUCHI_DATA.")
    ] = None,
    report: ReportFile = None,
    as_json: Json = False,
) -> None:
    """Ask a company's own acceptance tests. Exit code 1 when one fails; what changed since the last run is shown."""
    from knowledge.errors import CannotWrite, SetupError
    from knowledge.settings import load
    from service.settings import ServiceSettings
    from tuning.comparison import cases
    from tuning.evaluating import acceptance, evaluation_report

    output.check_report(report)
    settings = load(ServiceSettings)
    asked = [case for case in cases.read(place) if lang is None or case.asked_in == lang]
    if not asked:
        raise SetupError(f"{place} holds no question in {lang}.")
    with output.Bars(quiet=as_json) as bars:
        bars.stage("asking", len(asked))
        alias, results = asyncio.run(_answered(settings, knowledge, asked, model, bars))
    runs = acceptance.Runs(settings.data)
    before = runs.last(place, f"{alias}-{lang}" if lang else alias)
    changed = acceptance.difference(before, results) if before else None
    try:
        runs.keep(place, f"{alias}-{lang}" if lang else alias, results)
    except CannotWrite as error:  # the answers may have cost something
        output.say(f"{error} What the next run changes cannot be told.", style="yellow")
    if report is not None:
        _write(report, evaluation_report.answers(place.name, alias, results, changed))
    if as_json:
        output.show_json({"model": alias, **acceptance.as_dict(results, changed)})
    else:
        _print_results(alias, results, changed)
    raise typer.Exit(0 if all(one.passed for one in results) else 1)


async def _answered(
    settings: ServiceSettings, knowledge: Path | None, asked: Sequence[Case], model: str | None, bars: output.Bars
) -> tuple[str, list[Result]]:
    from knowledge.searching.live import LiveKnowledge
    from service.answering.answerer import EXTRACTIVE, Answerer
    from tuning.evaluating import acceptance

    async with opened(settings) as models:
        chain = models.chain(model)
        searched = settings if knowledge is None else settings.model_copy(update={"data": knowledge})
        answerer = Answerer(LiveKnowledge.open(searched), models, settings)
        alias = chain[0].alias if chain else EXTRACTIVE
        return alias, await acceptance.run(answerer, asked, model, bars.advance)


def _print_results(alias: str, results: Sequence[Result], changed: Difference | None) -> None:
    failed = [one for one in results if not one.passed]
    if failed:
        cells = ((one.id, one.question, " ".join(one.failures), " ".join(one.answer.split())) for one in failed)
        rows = ((*about, output.cut(answer, SHOWN)) for *about, answer in cells)
        output.show_rows(("case", "question", "what is wrong", "answer"), rows)
    if changed is not None:
        for told, ids in (
            ("Broken since the last run:", changed.broken),
            ("Mended since the last run:", changed.mended),
            ("New:", changed.added),
            ("Gone:", changed.removed),
            ("Answered in other words:", changed.reworded),
        ):
            if ids:
                output.show(f"{told} {', '.join(ids)}")
    output.show(
        f"{len(results) - len(failed)} of {len(results)} passed, answered by {alias}.",
        style="red" if failed else "green",
    )


@contextmanager
def _search(
    folder: Path, knowledge: Path | None, quiet: bool, overrides: dict[str, str] | None = None
) -> Iterator[tuple[Search, float]]:
    """The real search, over a given knowledge base or over a throw-away one made of the set's corpus."""
    from ingest.order import Order
    from ingest.pipeline import Pipeline
    from ingest.settings import IngestSettings
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.errors import SetupError
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from knowledge.scratch import throwaway
    from knowledge.searching import reranking
    from knowledge.searching import retrieval as searching
    from knowledge.searching.reranking import open_reranker
    from knowledge.settings import load
    from tuning.evaluating.evaluation import corpus_file

    overrides = overrides or {}
    settings = load(IngestSettings, **overrides)
    embedder, reranker, analyzer = open_embedder(settings), open_reranker(settings), Analyzer()
    with ExitStack() as stack:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder goes, as at Ctrl-C
        stack.callback(signal.signal, signal.SIGTERM, before)
        settings = load(IngestSettings, data=knowledge or stack.enter_context(throwaway("evaluate")), **overrides)
        if knowledge is None:
            with output.Bars(quiet=quiet) as bars:
                report = Pipeline(settings, embedder, analyzer).run(Order(paths=[corpus_file(folder)]), bars)
            if not report.stopped and not report.passages:
                raise SetupError(
                    f'{corpus_file(folder)} holds nothing that can be searched: expected {{"id": …, "title": …, '
                    '"text": …}} on each line.'
                )
            if report.stopped:  # figures of half a corpus would be wrong
                raise KeyboardInterrupt
        generation = Generation.open(settings.data, analyzer, embedder.fingerprint)
        troubles: list[str] = []

        def search(question: str, limit: int, history: Sequence[str]) -> Found:
            if reranker is None:
                return searching.search(generation, embedder, question, limit, history=history)
            looked = max(limit, reranking.CANDIDATES)
            found = searching.search(generation, embedder, question, looked, history=history)
            order = reranking.rerank(found, reranker, question, limit)
            troubles.extend([reranker.trouble] if reranker.trouble else ())
            return order

        yield search, settings.refuse_below
        if troubles:
            output.say(f"The reranker did not help {len(troubles)} times, last: {troubles[-1]}", style="yellow")
