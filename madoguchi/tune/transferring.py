"""`madoguchi tune transfer`: teach the search what this desk's questions look for, if that can be shown to help."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from madoguchi import output
from madoguchi.output import Json

if TYPE_CHECKING:
    from knowledge.settings import KnowledgeSettings
    from tuning.transferring.transfer import Outcome

GROUPS = {
    "all": "all questions",
    "seen": "  with a passage that other questions wanted",
    "unseen": "  with none",
    "apart": "all, nothing they want ever wanted before",
}


def transfer(
    labels: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders with queries.jsonl and qrels.tsv, or JSON Lines: question, and passages or document.",
            exists=True,
            metavar="LABELS...",
        ),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Search without what was learnt; it is kept.")] = False,
    on: Annotated[bool, typer.Option("--on", help="Search with it again.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Tell what the search uses.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what it would bring, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Adapt the search to this desk by labelled questions, on the CPU. Exit code 1 when it would not help.

    It is kept only if questions held out are found better, and those about documents without a label no worse.
    """
    from knowledge.settings import KnowledgeSettings, load

    if (off, on, status, bool(labels)).count(True) != 1:
        raise typer.BadParameter("Name files or folders of labelled questions, or one of --off, --on and --status.")
    settings = load(KnowledgeSettings)
    if labels:
        _learn(labels, settings, dry_run, as_json)
    elif off or on:
        _switch(settings, on)
    else:
        _status(settings, as_json)


def _learn(labels: list[Path], settings: KnowledgeSettings, dry_run: bool, as_json: bool) -> None:
    from knowledge.embedding.embeddings import open_embedder
    from knowledge.errors import SetupError
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer
    from tuning.transferring import folds
    from tuning.transferring import labels as reading
    from tuning.transferring import transfer as transferring

    embedder = open_embedder(settings)
    generation = Generation.open(settings.data, Analyzer(), embedder.fingerprint)
    found = reading.read(labels, generation, embedder)
    if not found.labelled and not found.left_out:
        raise SetupError(f"No labelled question was read. Expected, a line each: {reading.EXPECTED}.")
    if not found.labelled:
        raise SetupError(
            f"None of {found.left_out} questions names a passage that is in {settings.data}. Names are ids, anchors or "
            "sources, as `madoguchi search QUESTION --json` tells them."
        )
    with output.Bars(quiet=as_json) as bars:
        bars.stage("training", 2 * folds.FOLDS + 1)
        outcome = transferring.transfer(generation, embedder, found.labelled, bars.advance)
    kept = outcome.adapter is not None and not dry_run
    if outcome.adapter is not None and not dry_run:
        outcome.adapter.save(settings.data)
    if as_json:
        groups = {name: asdict(group) for name, group in outcome.groups.items()}
        told = {"questions": outcome.questions, "left_out": found.left_out, "kept": kept, "reason": outcome.reason}
        assurance = asdict(outcome.assurance) if outcome.assurance else None
        output.show_json(told | {"nDCG@10": groups, "confidence": assurance})
    else:
        show(outcome)
        if found.left_out:
            output.show(f"{found.left_out} questions were left out: nothing that they name is in the knowledge base.")
        if outcome.adapter is None:
            output.show(f"{outcome.reason} Nothing has changed.", style="yellow")
        elif dry_run:
            output.show("It would help. Nothing has changed: this was a dry run.")
        else:
            output.show("It serves within seconds. To search without it: madoguchi tune transfer --off", style="green")
    raise typer.Exit(0 if outcome.adapter is not None else 1)


def show(outcome: Outcome) -> None:
    """The cross-validated figures as a table."""
    rows = []
    for name, group in outcome.groups.items():
        gain = group.gain
        cells = (f"{group.before.value:.3f}", f"{group.after.value:.3f}", f"{gain.value:+.3f}")
        interval = f"{gain.low:+.3f} to {gain.high:+.3f}"
        rows.append((GROUPS[name], group.questions, *cells, interval, f"{gain.p:.3f}"))
    columns = ("nDCG@10, cross-validated", "questions", "before", "after", "gain", "95 % interval", "p")
    output.show_rows(columns, rows)
    if (sure := outcome.assurance) is not None:
        told = (
            f"questions are refused: {sure.refused[0]:.1%} before, {sure.refused[1]:.1%} after; with their passages "
            f"taken away {sure.refused_without[0]:.1%} before, {sure.refused_without[1]:.1%} after"
        )
        kept = "" if sure.weight else "; what was learnt makes no answer surer, as that would not help beyond chance"
        output.show(f"Confidence, cross-validated: {told}{kept}.")


def _switch(settings: KnowledgeSettings, on: bool) -> None:
    from knowledge.errors import SetupError
    from knowledge.index import adapting

    moved = adapting.take_up(settings.data) if on else adapting.put_aside(settings.data)
    if not moved:
        raise SetupError(f"There is no adapter to switch {'on' if on else 'off'}: madoguchi tune transfer LABELS")
    output.show("The search uses what was learnt again." if on else "The search does without. To go back: --on")


def _status(settings: KnowledgeSettings, as_json: bool) -> None:
    from knowledge.index import adapting
    from knowledge.index.adapting import Bound
    from knowledge.index.store import Generation
    from knowledge.language.analysis import Analyzer

    adapter = adapting.load(settings.data)  # raises in words when it is damaged
    if adapter is None:
        output.show_json({"serves": False}) if as_json else output.show("The search uses no adapter.")
        return
    bound = Bound(adapter, Generation.open(settings.data, Analyzer()))  # raises in words when it is for another model
    head = adapter.head
    if as_json:
        told = asdict(head) | {"targets": len(head.targets)}
        output.show_json({"serves": True, "passages": len(bound)} | told)
        return
    output.show(f"{'Adapter:':<11}of {head.created_at}, from {head.questions} questions ({head.data[:16]}…)")
    output.show(f"{'Passages:':<11}{len(bound)} of those that it knows questions of are in the knowledge base")
    for name, scores in head.scores.items():
        found = f"nDCG@10 {scores['before']:.3f} before, {scores['after']:.3f} after"
        output.show(f"{name.capitalize() + ':':<11}{found} ({scores['questions']} questions)")
