"""`madoguchi tune compare`: the same questions through every method, and which to take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from madoguchi import output
from madoguchi.opening import opened
from madoguchi.output import Json

if TYPE_CHECKING:
    from service.models.registry import Models, Served
    from service.settings import ServiceSettings
    from tuning.comparison.asking import Answers
    from tuning.comparison.cases import Case
    from tuning.comparison.comparing import Comparison
    from tuning.comparison.judging import Judged
    from tuning.comparison.recommending import Advice
    from tuning.metrics import Estimate

SHOWN = {  # of the metrics, in the terminal; the page has them all
    "substance": "facts and meaning",
    "overlap": "words",
    "facts": "facts",
    "similarity": "meaning",
    "citation_recall": "cites",
    "supported": "backed",
    "right_refusal": "right refusals",
    "wrong_refusal": "wrong refusals",
}


def compare(
    places: Annotated[
        list[Path],
        typer.Argument(help="Data sets' folders, or questions in YAML or JSON Lines.", exists=True, metavar="SET..."),
    ],
    models: Annotated[
        str | None, typer.Option(help="Only these aliases, such as a,b; otherwise all there are.")
    ] = None,
    methods: Annotated[
        str | None, typer.Option(help="Only these: extractive, alone, rag; with +prompt, +transfer, +prompt+transfer.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="This version of the tuned prompt; otherwise the newest.")] = None,
    judge: Annotated[str | None, typer.Option(help="An alias that judges blindly which answer is better.")] = None,
    limit_cost: Annotated[
        float | None, typer.Option(min=0, help="Ask no more when this much is spent, in your currency.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=2, help="Only so many questions, drawn by the seed.")] = None,
    at_once: Annotated[
        int, typer.Option(min=1, max=64, help="Questions in flight; more than 1 makes times longer.")
    ] = 1,
    seed: int = 0,
    report: Annotated[Path | None, typer.Option(help="Write the comparison as a page.", metavar="FILE.html")] = None,
    as_json: Json = False,
) -> None:
    """Ask held-out questions by every method there is, and say which answers best, at what cost, and how sure that is.

    Every answer is kept: interrupted or repeated, nothing is asked or paid for twice.

    Exit code 2 when not every question could be asked.
    """
    from knowledge.settings import load
    from service.settings import ServiceSettings
    from tuning.comparison import cases, comparison_report, fairness
    from tuning.comparison.asking import drawn
    from tuning.comparison.comparisons import Comparisons
    from tuning.comparison.recommending import recommend

    settings = load(ServiceSettings)
    output.check_report(report)
    asked = drawn(cases.read_all(places), limit, seed)
    run = _Run(settings, models, methods, prompt, judge, limit_cost, at_once, seed)
    with output.going_on(), output.Bars(quiet=as_json) as bars:
        comparison, answers, judged = asyncio.run(run.compared(asked, bars))
    history = Comparisons(settings.data)
    looks = fairness.of_looks(history.all(), comparison.ids)
    advice = recommend(comparison, [*run.notes, *([looks] if looks else [])])
    missing = [*run.missing, *_trouble(answers, len(asked))]
    made_at = datetime.now(UTC)
    spent = round(answers.spent + run.judged_for, 6)
    told = {
        "set": " ".join(map(str, places)),
        **comparison.as_dict(),
        "advice": asdict(advice),
        "judge": [asdict(one) for one in judged],
        "asked": answers.fresh,
        "spent": spent,
        "not_tried": missing,
        "generation": run.generation,
        "adapter": run.adapter,
        "models": run.specs,
    }
    history.keep(told, made_at)
    if report is not None:
        page = comparison_report.build(comparison, advice, made_at, missing, [str(one) for one in judged])
        report.write_text(page, "utf-8")
    if as_json:
        output.show_json(told)
    else:
        _print(comparison, advice, judged, answers, spent, missing)
    raise typer.Exit(2 if answers.stopped or answers.failed else 0)


class _Run:
    """One comparison, from the settings to the figures."""

    def __init__(
        self,
        settings: ServiceSettings,
        models: str | None,
        methods: str | None,
        prompt: str | None,
        judge: str | None,
        limit_cost: float | None,
        at_once: int,
        seed: int,
    ) -> None:
        self._settings, self._judge = settings, judge
        self._models, self._kinds, self._prompt = listed(models), listed(methods), prompt
        self._limit, self._at_once, self._seed = limit_cost, at_once, seed
        self.missing: list[str] = []
        self.notes: list[str] = []  # what whoever decides must know
        self.specs: dict[str, object] = {}
        self.generation = ""
        self.adapter: str | None = None  # the fingerprint of what the search was adapted by
        self.judged_for = 0.0

    async def compared(self, cases: Sequence[Case], bars: output.Bars) -> tuple[Comparison, Answers, list[Judged]]:
        async with opened(self._settings) as models:
            return await self._compared(models, cases, bars)

    async def _compared(
        self, models: Models, cases: Sequence[Case], bars: output.Bars
    ) -> tuple[Comparison, Answers, list[Judged]]:
        from service.profile import load_profile
        from tuning.comparison import asking, comparing, fairness
        from tuning.comparison.answers import Asker, Kept
        from tuning.comparison.bench import Bench
        from tuning.comparison.judging import Judge
        from tuning.comparison.methods import available
        from tuning.prompt_versions import Prompts
        from tuning.training.jobs import Jobs

        settings, prompts = self._settings, Prompts(self._settings.data)
        served = chosen(models, self._models)
        tuned = prompts.get(self._prompt) if self._prompt else prompts.newest()
        judging = models.chain(self._judge) if self._judge else ()
        self.specs = {alias: one.spec.model_dump(mode="json") for alias, one in served.items()}
        bench = Bench.open(settings)
        self.generation, self.adapter = bench.generation.name, bench.adapter
        cases = bench.knowing(cases)
        self.notes = fairness.of_models({name: one.spec for name, one in served.items()}, cases, Jobs(settings.data))
        methods, self.missing = available(served, tuned, bench.adapted is not None, self._kinds)
        if trouble := bench.generation.take_up_adapter(settings.data):
            self.missing.append(trouble)
        asker = Asker(bench, settings, load_profile(settings.profile))
        kept = Kept(settings.data)
        answers = await asking.ask_all(asker, methods, cases, kept, bars, self._limit, self._at_once, self._seed)
        usable = answers.usable()
        tried = [method for method in methods if method.name in usable]
        for method in methods:
            if method not in tried:
                del answers.by_method[method.name]  # a model that is down spoils no comparison
        learnt = {case.id for case in cases if bench.has_learnt(case)} if any(one.adapts for one in tried) else ()
        comparison = await asyncio.to_thread(
            comparing.compare, tried, cases, answers, bench.evidence, bench.embed, bars, self._seed, learnt
        )
        judged: list[Judged] = []
        if judging:
            judge = Judge(judging[0], settings.data)
            left = None if self._limit is None else max(self._limit - answers.spent, 0)
            judged = await judge.against_best(comparison, cases, answers, bars, left)
            self.judged_for = judge.spent
        return comparison, answers, judged


def chosen(models: Models, aliases: Sequence[str] = ()) -> dict[str, Served]:
    """The models of these aliases, or all. Raises UnknownModel."""
    found = [models.chain(alias)[:1] for alias in (aliases or models.aliases)]
    return {one.alias: one for chain in found for one in chain}


def listed(given: str | None) -> list[str]:
    """The names of an option such as `a,b`."""
    return [name.strip() for name in (given or "").split(",") if name.strip()]


def _trouble(answers: Answers, asked: int) -> list[str]:
    told = []
    for name, why in answers.failed.items():
        lacking = asked - len(answers.by_method.get(name, ()))
        which = f"{lacking} of {asked} questions, which count for no method" if lacking < asked else "any question"
        told.append(f"{name} failed: no answer to {which}. The same command asks only these again. The last: {why}")
    return [*told, f"Not all questions were asked: {answers.stopped}."] if answers.stopped else told


def _short(estimate: Estimate | None, questions: int) -> str:
    """A mean, and of how many questions where not of all."""
    if estimate is None:
        return "–"
    return f"{estimate.value:.2f}" + (f" of {estimate.count}" if estimate.count != questions else "")


def _print(
    comparison: Comparison,
    advice: Advice,
    judged: Sequence[Judged],
    answers: Answers,
    spent: float,
    missing: Sequence[str],
) -> None:
    from tuning.comparison.comparison_report import GROUPS, against_best, cell

    for line in (advice.headline, advice.sure, advice.next):
        output.show(line, style="green" if advice.verdict == "best" else None)
    scores = comparison.scores
    output.show_rows(
        ("method", "quality (95 % interval)", "against the best", "per 1,000", "first word"),
        (
            (s.title, cell(s.quality), against_best(s), f"{s.cost_per_1000:,.2f}", f"{s.first_token_ms:,.0f} ms")
            for s in scores
        ),
    )
    output.show_rows(
        ("method", *SHOWN.values()),
        ((one.title, *(_short(one.values[name], comparison.questions) for name in SHOWN)) for one in scores),
    )
    for what in GROUPS:
        names = list(dict.fromkeys(name for one in scores for name in one.groups.get(what, {})))
        if len(names) > 1:
            found = ((one.title, [one.groups[what].get(name) for name in names]) for one in scores)
            output.show_rows(
                (f"quality {GROUPS[what].lower()}", *names),
                ((title, *(f"{value.value:.2f}" if value else "–" for value in values)) for title, values in found),
            )
    for each in judged:
        output.show(f"Judge: {each}")
    output.show(
        f"{comparison.questions} of {comparison.held} questions, {answers.fresh} answers asked now, {spent:.4g} spent."
    )
    for told in (*advice.reasons, *advice.would_change):
        output.show(f"- {told}")
    for told in missing:
        output.say(told, style="yellow")
