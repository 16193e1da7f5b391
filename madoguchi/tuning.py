"""`madoguchi tune`: from the company's own questions and answers to the method that answers them best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from madoguchi import comparing, output, promoting, prompting, registering, training, transferring
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.embeddings import Embedder
    from knowledge.settings import KnowledgeSettings
    from knowledge.store import Generation
    from service.profile import Profile
    from tuning.checking import Verdict
    from tuning.dataset import Card, Grounds

tune = typer.Typer(help="Make and check training data, tune, and compare what answers best.", no_args_is_help=True)


tune.command()(training.submit)
tune.command()(training.status)
tune.command()(training.cancel)
tune.command()(training.probe)
tune.command()(registering.register)
tune.command()(registering.serve)
tune.command()(registering.merge)
tune.command()(transferring.transfer)
tune.command()(prompting.prompt)
tune.command()(comparing.compare)
tune.command()(promoting.promote)
tune.command()(promoting.rollback)


class FormatOption(StrEnum):
    """What `--format` takes."""

    CHAT = "chat"
    INSTRUCT = "instruct"
    PREFERENCE = "preference"


class LanguageOption(StrEnum):
    """What `--lang` takes."""

    JA = "ja"
    EN = "en"


@tune.command()
def dataset(
    out: Annotated[Path, typer.Option("--out", help="The folder to write.", metavar="FOLDER")],
    form: Annotated[
        FormatOption,
        typer.Option(
            "--format",
            help="chat: question and answer; instruct: with passages, citations and refusals; preference: pairs.",
        ),
    ] = FormatOption.CHAT,
    curated: Annotated[
        list[Path] | None,
        typer.Option(
            help="Answers that people wrote or corrected (JSON Lines: question, answer); may be repeated.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    collection: Annotated[str | None, typer.Option(help="Only from this collection.")] = None,
    lang: Annotated[
        LanguageOption | None, typer.Option(help="Only of this language, for a model that speaks one.")
    ] = None,
    canaries: Annotated[
        int, typer.Option(min=0, max=40, help="Plant so many made-up secrets, to see whether a model repeats them.")
    ] = 0,
    validation: Annotated[float, typer.Option(min=0, max=0.4, help="The share to validate on.")] = 0.1,
    test: Annotated[float, typer.Option(min=0, max=0.4, help="The share to test on.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Another seed divides otherwise.")] = 0,
    as_json: Json = False,
) -> None:
    """Make a data set from the FAQ, the resolved conversations and curated answers."""
    from knowledge import generations
    from knowledge.analysis import Analyzer
    from knowledge.embeddings import open_embedder
    from knowledge.errors import SetupError
    from knowledge.settings import KnowledgeSettings, load
    from knowledge.store import Generation
    from service.profile import load_profile
    from service.settings import ServiceSettings
    from tuning import examples
    from tuning.dataset import Recipe, build

    settings = load(KnowledgeSettings)
    found: list[examples.Example] = []
    generation, grounds = None, None
    if generations.current(settings.data) is not None or not curated:
        generation = Generation.open(settings.data, Analyzer())
        documents = [
            document.id
            for document in generation.documents.values()
            if collection is None or document.collection == collection
        ]
        passages = [passage for name in documents for passage in generation.passages(name)]
        found += examples.of_passages(passages)
        if form == FormatOption.INSTRUCT:
            profile = load_profile(load(ServiceSettings).profile)
            grounds = _grounds(generation, open_embedder(settings), collection, profile)
    if collection is not None and generation is not None and not documents:
        known = sorted({document.collection for document in generation.documents.values()})
        raise SetupError(f"There is no collection {collection}. There are: {', '.join(known) or 'none'}.")
    for path in curated or ():
        found += examples.of_curated(path)
    if lang is not None:
        found = [example for example in found if example.lang == lang.value]
    recipe = Recipe(form.value, validation, test, seed, canaries)
    card = build(out, found, recipe, generation.name if generation else None, grounds)
    if as_json:
        output.show_json({"folder": str(out), **asdict(card)})
    else:
        _print_card(out, card)


def _grounds(generation: Generation, embedder: Embedder, collection: str | None, profile: Profile) -> Grounds:
    from knowledge import retrieval
    from knowledge.filters import Filters
    from knowledge.settings import load
    from service import prompts
    from service.profile import load_profile
    from service.settings import ServiceSettings
    from tuning.dataset import Grounds

    profile = load_profile(load(ServiceSettings).profile)
    passages = {passage.id: passage for name in generation.documents for passage in generation.passages(name)}

    within = Filters(collection=(collection,)) if collection is not None else None

    def search(question: str, limit: int) -> Any:
        return retrieval.search(generation, embedder, question, limit, within).hits

    def prompt(question: str, hits: Any, lang: str) -> list[dict[str, str]]:
        messages = prompts.build(question, (), hits, lang, profile)
        return [{"role": message.role, "content": message.text} for message in messages]

    return Grounds(passages, search, prompt, prompts.SENTINEL)


def _print_card(folder: Path, card: Card) -> None:
    output.show(f"{'Data set:':<11}{folder} ({card.format}), SHA-256 {card.sha256[:16]}…")
    output.show(f"{'Rows:':<11}{', '.join(f'{count} {split}' for split, count in card.rows.items())}")
    for name, counts in (("Languages:", card.languages), ("From:", card.origins), ("Left out:", card.left_out)):
        if counts:
            output.show(f"{name:<11}{', '.join(f'{count} {value}' for value, count in counts.items())}")
    for split, count in card.rows.items():
        if not count:
            output.show(f"No row went to {split}: there are few rows, or most are so alike that they belong together.")
    output.show(f"{'Next:':<11}madoguchi tune check {folder}")


@tune.command()
def check(
    place: Annotated[
        Path, typer.Argument(help="A data set's folder, or a JSON Lines file of your own.", exists=True, metavar="PATH")
    ],
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Questions that the model will be judged by: none may be in it.", exists=True),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, max=100, help="How often each row will be seen.")] = 3,
    parameters: Annotated[
        int | None, typer.Option(min=1, help="How many parameters will be trained, for the risk of over-fitting.")
    ] = None,
    price: Annotated[
        float | None, typer.Option(min=0, help="What one million trained tokens cost you, in dollars.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the card as a page.", metavar="FILE.html")] = None,
    as_json: Json = False,
) -> None:
    """Look for what would do harm, row by row, before money is spent. Exit code 1 forbids the training."""
    from knowledge.settings import KnowledgeSettings, load
    from tuning import check_report, costs

    output.check_report(report)
    verdict = checked(place, load(KnowledgeSettings), against or ())
    answer_tokens = sum(sum(lengths) for lengths in verdict.lengths.values())
    repeated = sum(finding.code == "duplicate" and finding.split == "train" for finding in verdict.findings)

    def cost_of(times: int) -> list[costs.Cost]:
        return costs.estimate(verdict.tokens["train"], times, price)

    def risk_of(times: int) -> costs.Risk:
        return costs.over_fitting(verdict.rows["train"], answer_tokens, repeated, times, parameters)

    estimates, risk = cost_of(epochs), risk_of(epochs)
    if report is not None:
        page = check_report.build(str(place), verdict, datetime.now(UTC), epochs, cost_of, risk_of)
        report.write_text(page, "utf-8")
    if as_json:
        told = verdict.as_dict() | {"costs": [asdict(cost) for cost in estimates], "over_fitting": asdict(risk)}
        output.show_json(told)
    else:
        _print_verdict(verdict)
        rows = output.table("provider", "model", "tokens trained", "US dollars", "price of")
        for cost in estimates:
            output.add(rows, cost.provider, cost.model, f"{cost.tokens:,}", f"{cost.dollars:.2f}", cost.seen)
        output.show_table(rows)
        reasons = f" ({'; '.join(risk.reasons)})" if risk.reasons else ""
        output.show(f"Risk of over-fitting: {risk.level}{reasons}.")
        output.show(
            "This data set must not be trained on as it is." if verdict.errors else "Nothing forbids training on it.",
            style="red" if verdict.errors else "green",
        )
    raise typer.Exit(1 if verdict.errors else 0)


def checked(place: Path, settings: KnowledgeSettings, against: Sequence[Path]) -> Verdict:
    """The verdict on a data set, by the rules of redaction and in the tokens of the embedding model."""
    from ingest import redaction
    from knowledge.embeddings import open_embedder
    from service import prompts
    from tuning import checking

    return checking.check(
        checking.files_of(place),
        open_embedder(settings).count_tokens,
        lambda text: redaction.redact_counted(text)[1],
        list(checking.evaluation_questions(against)),
        prompts.SENTINEL,
    )


def _print_verdict(verdict: Verdict) -> None:
    counted = ", ".join(f"{count} {split}" for split, count in verdict.rows.items())
    output.show(f"{'Rows:':<11}{counted}; {sum(verdict.tokens.values()):,} tokens")
    for name, counts in verdict.balance.items():
        shown = ", ".join(f"{value} {count}" for value, count in list(counts.items())[:8])
        output.show(f"{f'{name.capitalize()}:':<11}{shown}{', …' if len(counts) > 8 else ''}")
    if verdict.findings:
        kinds = Counter((finding.level, finding.code) for finding in verdict.findings)
        output.show(f"{'Found:':<11}{', '.join(f'{count} {code} ({level})' for (level, code), count in kinds.items())}")
        rows = output.table("", "split", "row", "what", "why")
        for finding in verdict.findings:
            output.add(rows, finding.level, finding.split, finding.row or "", finding.code, finding.message)
        output.show_table(rows)
