"""`madoguchi tune check`: what in a data set would do harm, before money is spent on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.settings import KnowledgeSettings
    from tuning.datasets.checking import Verdict


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
    from tuning.datasets import check_report, costs

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
        output.show_rows(
            ("provider", "model", "tokens trained", "US dollars", "price of"),
            ((each.provider, each.model, f"{each.tokens:,}", f"{each.dollars:.2f}", each.seen) for each in estimates),
        )
        reasons = f" ({'; '.join(risk.reasons)})" if risk.reasons else ""
        output.show(f"Risk of over-fitting: {risk.level}{reasons}.")
        output.show(
            "This data set must not be trained on as it is." if verdict.errors else "Nothing forbids training on it.",
            style="red" if verdict.errors else "green",
        )
    raise typer.Exit(1 if verdict.errors else 0)


def checked(place: Path, settings: KnowledgeSettings, against: Sequence[Path]) -> Verdict:
    """The verdict on a data set, by the rules of redaction and in the tokens of the embedding model."""
    from ingest.privacy import redaction
    from knowledge.embedding.embeddings import open_embedder
    from service.answering.prompting import prompts
    from tuning.datasets import checking

    return checking.check(
        checking.files_of(place),
        open_embedder(settings).count_tokens,
        lambda text: redaction.redact_counted(text)[1],
        [question for given in against for question in _asked(given)],
        prompts.SENTINEL,
    )


def _asked(place: Path) -> Iterable[tuple[str, str]]:
    """The questions of a set in any form that models are judged by, each with where it stands."""
    from tuning.comparison import cases
    from tuning.datasets import checking

    if (queries := place / "queries.jsonl").is_file():
        return checking.evaluation_questions([queries])
    if place.is_dir() or place.suffix in (".yaml", ".yml"):
        return [(case.question, f"{place.name}, question {case.id}") for case in cases.read(place)]
    return checking.evaluation_questions([place])


def _print_verdict(verdict: Verdict) -> None:
    counted = ", ".join(f"{count} {split}" for split, count in verdict.rows.items())
    output.show(f"{'Rows:':<11}{counted}; {sum(verdict.tokens.values()):,} tokens")
    for name, counts in verdict.balance.items():
        shown = ", ".join(f"{value} {count}" for value, count in list(counts.items())[:8])
        output.show(f"{f'{name.capitalize()}:':<11}{shown}{', …' if len(counts) > 8 else ''}")
    if verdict.findings:
        kinds = Counter((finding.level, finding.code) for finding in verdict.findings)
        output.show(f"{'Found:':<11}{', '.join(f'{count} {code} ({level})' for (level, code), count in kinds.items())}")
        output.show_rows(
            ("", "split", "row", "what", "why"),
            ((each.level, each.split, each.row or "", each.code, each.message) for each in verdict.findings),
        )
