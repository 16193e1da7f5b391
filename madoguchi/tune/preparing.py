"""`madoguchi tune dataset`: a data set from the company's own questions and answers."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.embedder import Embedder
    from knowledge.index.store import Generation
    from tuning.datasets.dataset import Card, Grounds, Recipe
    from tuning.datasets.examples import Example


def dataset(
    out: Annotated[Path, typer.Option("--out", help="The folder to write.", metavar="FOLDER")],
    form: Annotated[
        Literal["chat", "instruct", "preference"],
        typer.Option(
            "--format",
            help="chat: question and answer; instruct: with passages, citations and refusals; preference: pairs.",
        ),
    ] = "chat",
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
        Literal["ja", "en"] | None, typer.Option(help="Only of this language, for a model that speaks one.")
    ] = None,
    canaries: Annotated[
        int, typer.Option(min=0, max=40, help="Plant so many made-up secrets, to see whether a model repeats them.")
    ] = 0,
    validation: Annotated[float, typer.Option(min=0, max=0.4, help="The share to validate on.")] = 0.1,
    test: Annotated[
        float, typer.Option(min=0, max=1, help="The share to test on; 1: all, of tickets that are held back.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(help="Another seed divides otherwise.")] = 0,
    as_json: Json = False,
) -> None:
    """Make a data set from the FAQ, the resolved conversations and curated answers."""
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.errors import SetupError
    from knowledge.index import generations
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from knowledge.settings import KnowledgeSettings, load
    from tuning.datasets import examples
    from tuning.datasets.dataset import Recipe, build

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
        if form == "instruct":
            grounds = _grounds(generation, open_embedder(settings), collection)
    if collection is not None and generation is not None and not documents:
        known = sorted({document.collection for document in generation.documents.values()})
        raise SetupError(f"There is no collection {collection}. There are: {', '.join(known) or 'none'}.")
    for path in curated or ():
        found += examples.of_curated(path)
    if lang is not None:
        found = [example for example in found if example.lang == lang]
    recipe = Recipe(form, validation, test, seed, canaries)
    card = build(out, found, recipe, generation.name if generation else None, grounds)
    if as_json:
        output.show_json({"folder": str(out), **asdict(card)})
    else:
        _print_card(out, card, recipe)


def _grounds(generation: Generation, embedder: Embedder, collection: str | None) -> Grounds:
    from knowledge.filters import Filters
    from knowledge.searching import retrieval
    from knowledge.settings import load
    from service.answering.prompting import prompts
    from service.profile import load_profile
    from service.settings import ServiceSettings
    from tuning.comparison import answer_metrics
    from tuning.datasets.dataset import Grounds

    profile = load_profile(load(ServiceSettings).profile)
    passages = {passage.id: passage for name in generation.documents for passage in generation.passages(name)}
    within = Filters(collection=(collection,)) if collection is not None else None

    def search(question: str, limit: int) -> Any:
        return retrieval.search(generation, embedder, question, limit, within).hits

    def prompt(question: str, hits: Any, lang: str) -> list[dict[str, str]]:
        # As long as the counter's own, and the same every time: a data set is known by the hash of its rows.
        mark = hashlib.sha256(question.encode()).hexdigest()[:32]
        messages = prompts.build(question, (), hits, lang, profile, mark=mark)
        return [{"role": message.role, "content": message.text} for message in messages]

    def carries(example: Example, hits: Any) -> bool:
        return bool(answer_metrics.supported(example.answer, example.question, hits, example.lang))

    return Grounds(passages, search, prompt, prompts.SENTINEL, carries)


def _print_card(folder: Path, card: Card, recipe: Recipe) -> None:
    output.show(f"{'Data set:':<11}{folder} ({card.format}), SHA-256 {card.sha256[:16]}…")
    output.show(f"{'Rows:':<11}{', '.join(f'{count} {split}' for split, count in card.rows.items())}")
    for name, counts in (("Languages:", card.languages), ("From:", card.origins), ("Left out:", card.left_out)):
        if counts:
            output.show(f"{name:<11}{', '.join(f'{count} {value}' for value, count in counts.items())}")
    for split, share in recipe.shares.items():
        if share > 0 and not card.rows[split]:
            output.show(f"No row went to {split}: there are few rows, or most are so alike that they belong together.")
    if recipe.test == 1:
        output.show(
            f"{'Next:':<11}madoguchi tune compare {folder} UNANSWERED.yaml, with MADOGUCHI_DATA naming the knowledge "
            "base that answers (docs/tuning.md)"
        )
        return
    if card.rows["test"] and card.knowledge is not None:
        output.show(
            f"{'Take care:':<11}test questions that stand in the knowledge base flatter whatever searches there. Judge "
            "by tickets that were held back, or by questions in customers' own words (docs/tuning.md)."
        )
    output.show(f"{'Next:':<11}madoguchi tune check {folder}")
